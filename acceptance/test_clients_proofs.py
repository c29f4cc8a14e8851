"""What joserfc and PyJWT can sign that must not be taken: client assertions and DPoP proofs, each wrong in one way."""

import base64
import hashlib
import hmac
import http.client
import json
import time
import types
from urllib.parse import urlsplit

import jwt as pyjwt
import pytest
import requests
from joserfc.jws import JWSRegistry, serialize_compact

from kit.clients import (
    Prover, answer, asserted, assertion_claims, code_of, key_set, make_key, pair, proof, request_uri, sign)
from kit.exports import STEPS, export, written
from kit.parties import CALLBACK, assert_problem, rule

RULES = [rule("steps", ["steps"], required=True, why="We draw your days.")]


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


@pytest.fixture(scope="module")
def signing(scene):
    """An application with two keys, another with one, and a stranger's key."""
    one, two, other = make_key(kid="one"), make_key("PS256", kid="two"), make_key(kid="other")
    register = lambda name, *keys: scene.register(
        name, RULES, token_endpoint_auth_method="private_key_jwt", jwks=key_set(*keys))
    return types.SimpleNamespace(
        base=scene.base, token_url=scene.base + "/oauth/token", one=one, two=two, other=other,
        stranger=make_key(kid="one"), application=register("Signer", one, two), second=register("Second", other))


def present(signing, assertion: str, **fields) -> requests.Response:
    return requests.post(signing.token_url, data=asserted(assertion, grant_type="client_credentials") | fields, timeout=60)


def plain(header: dict, claims: dict, signature: bytes = b"") -> str:
    """A JWT put together by hand."""
    part = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return ".".join([part(json.dumps(header).encode()), part(json.dumps(claims).encode()), part(signature)])


def wrong_assertions():
    """What is wrong, and how to make it: from the applications' keys and claims that are right otherwise."""
    claims = lambda s, **changed: assertion_claims(s.application.id, s.base, **changed)
    pem = lambda key: key.as_pem(private=False)
    now = time.time
    return {
        "alg none": lambda s: pyjwt.encode(claims(s), None, algorithm="none", headers={"kid": "one"}),
        "alg none with a signature": lambda s: plain({"alg": "none", "kid": "one"}, claims(s), b"x" * 64),
        "HS256 with the public key": lambda s: forged_hmac(claims(s), pem(s.one), "one"),
        "HS256 with the client id": lambda s: pyjwt.encode(
            claims(s), s.application.id * 2, algorithm="HS256", headers={"kid": "one"}),
        "RS256, which is not listed": lambda s: pyjwt.encode(
            claims(s), s.two.as_pem(private=True), algorithm="RS256", headers={"kid": "two"}),
        "PS256 under the name RS384": lambda s: relabelled(sign(s.two, claims(s), "PS256", kid="two"), "RS384"),
        "unknown kid": lambda s: sign(s.one, claims(s), kid="three"),
        "another key's kid": lambda s: sign(s.one, claims(s), kid="two"),
        "a stranger's key without a kid": lambda s: sign(s.stranger, claims(s)),
        "a stranger's key under our kid": lambda s: sign(s.stranger, claims(s), kid="one"),
        "a stranger's key in the header": lambda s: sign(
            s.stranger, claims(s), kid="one", jwk=s.stranger.as_dict(private=False)),
        "another client's key": lambda s: sign(s.other, claims(s), kid="other"),
        "aud the token endpoint": lambda s: sign(s.one, claims(s, aud=s.token_url), kid="one"),
        "aud with a slash": lambda s: sign(s.one, claims(s, aud=s.base + "/"), kid="one"),
        "aud also another server": lambda s: sign(s.one, claims(s, aud=[s.base, "https://other.example"]), kid="one"),
        "no aud": lambda s: sign(s.one, claims(s, aud=None), kid="one"),
        "no jti": lambda s: sign(s.one, claims(s, jti=None), kid="one"),
        "no exp": lambda s: sign(s.one, claims(s, exp=None), kid="one"),
        "expired": lambda s: sign(s.one, claims(s, iat=int(now()) - 120, exp=int(now()) - 30), kid="one"),
        "an hour to live": lambda s: sign(s.one, claims(s, exp=int(now()) + 3600), kid="one"),
        "not yet": lambda s: sign(s.one, claims(s, nbf=int(now()) + 120), kid="one"),
        "iss another client": lambda s: sign(s.one, claims(s, iss=s.second.id), kid="one"),
        "sub another client": lambda s: sign(s.one, claims(s, sub=s.second.id), kid="one"),
        "a DPoP proof": lambda s: sign(s.one, claims(s), kid="one", typ="dpop+jwt"),
        "crit": lambda s: plain_crit(s, claims(s)),
        "no JWT at all": lambda s: "not.a.jwt",
    }


def forged_hmac(claims: dict, key: bytes, kid: str) -> str:
    """By hand: the libraries know the trick and refuse to sign."""
    unsigned = plain({"alg": "HS256", "kid": kid}, claims).rsplit(".", 1)[0]
    return plain({"alg": "HS256", "kid": kid}, claims, hmac.new(key, unsigned.encode(), hashlib.sha256).digest())


def relabelled(token: str, algorithm: str) -> str:
    head, claims, signature = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "==")) | {"alg": algorithm}
    return ".".join([base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode(), claims, signature])


def plain_crit(signing, claims: dict) -> str:
    registry = JWSRegistry(header_registry=None, strict_check_header=False, algorithms=["ES256"])
    header = {"alg": "ES256", "kid": "one", "crit": ["kid"]}
    return serialize_compact(header, json.dumps(claims).encode(), signing.one, registry=registry)


def test_a_right_assertion_is_taken_once(signing):
    """RFC 7523 §3: the same assertion a second time is nobody's, also at another endpoint; a fresh one works."""
    assertion = sign(signing.one, assertion_claims(signing.application.id, signing.base), kid="one")
    assert present(signing, assertion).status_code == 200
    assert present(signing, assertion).json()["error"] == "invalid_client"
    elsewhere = requests.post(
        signing.base + "/oauth/introspect", data=asserted(assertion, token="lat_nothing"), timeout=60)
    assert elsewhere.status_code == 401 and elsewhere.json()["error"] == "invalid_client"
    fresh = sign(signing.two, assertion_claims(signing.application.id, signing.base), "PS256", kid="two")
    assert present(signing, fresh).status_code == 200
    same_name = assertion_claims(signing.second.id, signing.base, jti="same")
    assert present(signing, sign(signing.other, same_name, kid="other")).status_code == 200
    same_name = assertion_claims(signing.application.id, signing.base, jti="same")
    assert present(signing, sign(signing.one, same_name, kid="one")).status_code == 200, "a jti is its client's own"


@pytest.mark.parametrize("wrong", wrong_assertions())
def test_a_wrong_assertion_is_invalid_client_and_no_more(signing, wrong):
    """§5.16, RFC 7523 §3.2: whatever is wrong, the answer is the same 401 invalid_client."""
    refused = present(signing, wrong_assertions()[wrong](signing))
    assert refused.status_code == 401, f"{wrong}: {refused.status_code} {refused.text}"
    said = refused.json()
    assert said["error"] == "invalid_client"
    unknown = present(signing, sign(signing.one, assertion_claims("app_" + "0" * 26, signing.base), kid="one")).json()
    assert {**said, "request_id": ""} == {**unknown, "request_id": ""}, "no word about what was wrong"


def test_two_ways_to_authenticate_are_a_malformed_request(signing):
    """RFC 6749 §2.3: an assertion beside a secret is refused before either is looked at; so is an unknown type."""
    good = lambda: sign(signing.one, assertion_claims(signing.application.id, signing.base), kid="one")
    both = present(signing, good(), client_id=signing.application.id, client_secret="x")
    assert both.status_code == 400 and both.json()["error"] == "invalid_request"
    kind = present(signing, good(), client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
    assert kind.status_code == 400 and kind.json()["error"] == "invalid_request"
    named = present(signing, good(), client_id=signing.second.id)
    assert named.status_code in (400, 401), "client_id and assertion must be of one client"
    assert present(signing, good(), client_id=signing.application.id).status_code == 200
    by_secret = requests.post(signing.token_url, data={"grant_type": "client_credentials"}, timeout=60,
                              auth=(signing.application.id, "none"))
    assert by_secret.status_code == 401, "who signs has no secret"


# DPoP, by hand


@pytest.fixture(scope="module")
def bound(scene, tmp_path_factory):
    """A token that is bound to a key by the nonce dance, of a client whose tokens always are."""
    application = scene.register("Bound", RULES, dpop_bound_access_tokens=True)
    prover, url = Prover(), scene.base + "/oauth/token"
    key = pair()
    redirect = answer(scene.browser, request_uri(
        scene.base, application.id, "rule:steps offline_access", key["challenge"], dpop_jkt=prover.thumbprint),
        "offline_access")
    scene.deployment.run("import", "--person", scene.login, str(written(
        tmp_path_factory.mktemp("bound") / "export.xml", export((STEPS, 77)))))
    fields = {"grant_type": "authorization_code", "code": code_of(redirect), "redirect_uri": CALLBACK,
              "code_verifier": key["verifier"]}
    first = prover.send("POST", url, data=fields, auth=application.credentials, dance=False)
    assert first.status_code == 400 and first.json()["error"] == "use_dpop_nonce", first.text
    assert first.headers["DPoP-Nonce"]
    token = prover.send("POST", url, data=fields, auth=application.credentials)
    assert token.status_code == 200, token.text
    token = token.json()
    scene.secrets |= {token["access_token"], token["refresh_token"]}
    return types.SimpleNamespace(
        scene=scene, base=scene.base, application=application, prover=prover, token=token, token_url=url,
        items=f"{scene.base}/api/v1/records/{token['record']}/items")


def test_a_bound_token_is_told_as_one_and_reads_with_its_key(bound):
    """RFC 9449 §5, §6, §7: token_type DPoP, cnf.jkt by introspection, and a read under the scheme DPoP."""
    assert bound.token["token_type"] == "DPoP"
    told = requests.post(bound.base + "/oauth/introspect", data={"token": bound.token["access_token"]},
                         auth=bound.application.credentials, timeout=60).json()
    assert told["cnf"] == {"jkt": bound.prover.thumbprint} and told["token_type"] == "DPoP"
    items = bound.prover.send("GET", bound.items, token=bound.token["access_token"])
    assert items.status_code == 200, items.text
    assert [item["value"] for parcel in items.json()["parcels"] for item in parcel["items"]] == [77]


def test_a_bound_token_is_nothing_without_its_key(bound):
    """RFC 9449 §7.1, §7.2: as a bearer, without a proof, with another key's proof or another token's, it is refused and the
    challenge says DPoP."""
    access = bound.token["access_token"]
    bearer = requests.get(bound.items, headers={"Authorization": f"Bearer {access}"}, timeout=60)
    assert bearer.status_code == 401, bearer.text
    without = requests.get(bound.items, headers={"Authorization": f"DPoP {access}"}, timeout=60)
    assert without.status_code in (400, 401) and without.headers["WWW-Authenticate"].startswith("DPoP ")
    assert "ES256" in without.headers["WWW-Authenticate"] and "resource_metadata=" in without.headers["WWW-Authenticate"]
    stranger = Prover().send("GET", bound.items, token=access)
    assert stranger.status_code == 401 and "parcels" not in stranger.text


def test_a_proof_counts_once_and_for_one_request(bound):
    """RFC 9449 §4.3: a replayed proof, one for another method, address or token, an old one and one signed by another key
    than it names are refused with invalid_dpop_proof."""
    access, key = bound.token["access_token"], bound.prover.key
    bound.prover.send("GET", bound.items, token=access)
    nonce = bound.prover.nonce
    good = lambda **changed: proof(key, "GET", bound.items, nonce=nonce, token=access, **changed)

    def ask(*proofs: str) -> requests.Response:
        # As a list of pairs, for a header that is sent twice.
        place = urlsplit(bound.items)
        connection = http.client.HTTPConnection(place.netloc, timeout=60)
        connection.putrequest("GET", place.path)
        connection.putheader("Authorization", f"DPoP {access}")
        for each in proofs:
            connection.putheader("DPoP", each)
        connection.endheaders()
        answered = connection.getresponse()
        told = types.SimpleNamespace(
            status=answered.status, text=answered.read().decode(), challenge=answered.headers["WWW-Authenticate"] or "")
        connection.close()
        return told

    once = good()
    assert ask(once).status == 200
    other = make_key()
    wrong = {
        "a replay": once, "another method": proof(key, "POST", bound.items, nonce=nonce, token=access),
        "another address": proof(key, "GET", bound.items + "/x", nonce=nonce, token=access),
        "another token": proof(key, "GET", bound.items, nonce=nonce, token=access + "x"),
        "no token": proof(key, "GET", bound.items, nonce=nonce),
        "an old one": good(iat=int(time.time()) - 600), "one from the future": good(iat=int(time.time()) + 600),
        "no jti": good(jti=""), "a plain JWT": good(header={"typ": "JWT"}),
        "a key that is private": good(header={"jwk": key.as_dict(private=True)}),
        "another key's signature": good(header={"jwk": other.as_dict(private=False)}),
        "alg none": plain({"typ": "dpop+jwt", "alg": "none", "jwk": key.as_dict(private=False)}, {"jti": "x"}),
    }
    for what, text in wrong.items():
        refused = ask(text)
        assert refused.status in (400, 401), f"{what}: {refused.status} {refused.text}"
        assert 'error="invalid_dpop_proof"' in refused.challenge, f"{what}: {refused.challenge}"
    twice = ask(good(), good())
    assert twice.status in (400, 401) and "parcels" not in twice.text
    lapsed = ask(proof(key, "GET", bound.items, nonce="A" * 32, token=access))
    assert lapsed.status == 401 and 'error="use_dpop_nonce"' in lapsed.challenge
    assert ask(good()).status == 200, "the token itself is as good as before"


def test_a_refresh_stays_bound(bound):
    """RFC 9449 §5, §5.2: a client whose tokens are bound gets none without a proof, and its refreshed token is bound."""
    credentials = bound.application.credentials
    fields = {"grant_type": "refresh_token", "refresh_token": bound.token["refresh_token"]}
    without = requests.post(bound.token_url, data=fields, auth=credentials, timeout=60)
    assert without.status_code == 400 and without.json()["error"] == "invalid_dpop_proof", without.text
    again = bound.prover.send("POST", bound.token_url, data=fields, auth=credentials)
    assert again.status_code == 200 and again.json()["token_type"] == "DPoP", again.text
    fresh = again.json()
    assert bound.prover.send("GET", bound.items, token=fresh["access_token"]).status_code == 200
    assert_problem(requests.get(bound.items, headers={"Authorization": f"Bearer {fresh['access_token']}"}, timeout=60),
                   401, "NOT_AUTHENTICATED")


def test_a_code_is_for_the_key_it_was_asked_with(scene, bound):
    """RFC 9449 §10: a code that was asked for with dpop_jkt is exchanged with that key only."""
    key, prover = pair(), Prover()
    application = scene.register("Jkt", RULES)
    redirect = answer(scene.browser, request_uri(
        scene.base, application.id, "rule:steps", key["challenge"], dpop_jkt=prover.thumbprint))
    fields = {"grant_type": "authorization_code", "code": code_of(redirect), "redirect_uri": CALLBACK,
              "code_verifier": key["verifier"]}
    stolen = Prover().send("POST", bound.token_url, data=fields, auth=application.credentials)
    assert stolen.status_code == 400 and stolen.json()["error"] == "invalid_grant", stolen.text
