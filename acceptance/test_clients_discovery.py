"""§6 check 17: what the metadata documents list works, each endpoint and method and word of it, and nothing else does."""

import json
import types

import jwt as pyjwt
import pytest
import requests
from joserfc.jwk import KeySet

from kit.clients import (
    Prover, answer, asserted, assertion_claims, code_of, key_set, make_key, pair, request_uri, sign)
from kit.parties import CALLBACK, query, rule

TYPES = ["steps", "distance", "active_energy", "workout", "heart_rate", "resting_heart_rate",
         "heart_rate_variability_sdnn", "blood_pressure", "oxygen_saturation", "respiratory_rate", "vo2_max",
         "body_temperature", "body_weight", "body_height", "body_mass_index", "body_fat", "blood_glucose", "sleep_stage"]
RULES = [rule("all", TYPES, required=True, why="We show you everything.")]
ID = "0" * 26
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BY_SECRET = ("client_secret_basic", "client_secret_post")


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


@pytest.fixture(scope="module")
def place(scene):
    """The documents, and an application of every kind that they speak of."""
    get = lambda path: requests.get(scene.base + path, timeout=60)
    server = get("/.well-known/oauth-authorization-server").json()
    keys = {name: make_key(name, kid=name) for name in server["token_endpoint_auth_signing_alg_values_supported"]}
    register = lambda name, **more: scene.register(name, RULES, **more)
    return types.SimpleNamespace(
        scene=scene, base=scene.base, server=server, keys=keys,
        resource=get("/.well-known/oauth-protected-resource").json(),
        smart=get("/fhir/r4/.well-known/smart-configuration").json(),
        root_smart=get("/.well-known/smart-configuration").json(), fhir=get("/fhir/r4/metadata").json(),
        secret=register("Secret"), public=register("Public", token_endpoint_auth_method="none"),
        signer=register("Signer", token_endpoint_auth_method="private_key_jwt", jwks=key_set(*keys.values())))


def authenticated(place, method: str, algorithm: str = "ES256") -> dict:
    """What `requests` needs to send a form as that kind of client."""
    if method == "client_secret_basic":
        return {"auth": place.secret.credentials, "data": {}}
    if method == "client_secret_post":
        return {"data": {"client_id": place.secret.id, "client_secret": place.secret.secret}}
    if method == "none":
        return {"data": {"client_id": place.public.id}}
    assert method == "private_key_jwt"
    claims = assertion_claims(place.signer.id, place.server["issuer"])
    return {"data": asserted(sign(place.keys[algorithm], claims, algorithm, kid=algorithm))}


def application_of(place, method: str):
    return {"none": place.public, "private_key_jwt": place.signer}.get(method, place.secret)


def post(place, endpoint: str, method: str = "client_secret_basic", algorithm: str = "ES256", **fields):
    sent = authenticated(place, method, algorithm)
    return requests.post(place.server[endpoint], **(sent | {"data": sent["data"] | fields}), timeout=60)


def push(place, method: str = "client_secret_basic", **changed) -> requests.Response:
    """A pushed request is looked at as one by the browser is, and answered where it asks."""
    fields = {"response_type": "code", "client_id": application_of(place, method).id, "redirect_uri": CALLBACK,
              "scope": "rule:all", "code_challenge": pair()["challenge"], "code_challenge_method": "S256"} | changed
    return post(place, "pushed_authorization_request_endpoint", method,
                **{name: word for name, word in fields.items() if word is not None})


def begin(place, **changed) -> str:
    """Where the browser is led by an authorization request of the application with a secret."""
    fields = {"scope": "rule:all", "challenge": pair()["challenge"]} | changed
    url = request_uri(place.base, place.secret.id, **fields)
    led = requests.get(url, allow_redirects=False, timeout=60)
    assert led.status_code == 303, led.text[:500]
    return led.headers["Location"]


def test_the_documents_say_the_same(place):
    """RFC 8414, RFC 9728, SMART 2.2, FHIR's oauth-uris: one issuer, the same endpoints, the same words."""
    assert place.server["issuer"] == place.base and place.resource["authorization_servers"] == [place.base]
    assert place.server["protected_resources"] == [place.resource["resource"]]
    assert place.smart == place.root_smart
    for name, said in place.smart.items():
        if name not in ("capabilities", "scopes_supported"):
            assert place.server[name] == said, name
    assert set(place.smart["scopes_supported"]) <= set(place.server["scopes_supported"])
    assert place.resource["scopes_supported"] == place.server["scopes_supported"]
    security = place.fhir["rest"][0]["security"]["extension"][0]
    told = {part["url"]: part["valueUri"] for part in security["extension"]}
    assert told == {
        "authorize": place.server["authorization_endpoint"], "token": place.server["token_endpoint"],
        "revoke": place.server["revocation_endpoint"], "introspect": place.server["introspection_endpoint"]}


def test_a_401_leads_to_the_documents(place):
    """RFC 9728 §5.1: from a refusal to the resource's metadata, and from there to the authorization server's."""
    for path in (f"/api/v1/records/r_{ID}/items", f"/fhir/r4/Patient/r-{ID}", "/fhir/r4/Observation", "/api/v1/person"):
        refused = requests.get(place.base + path, timeout=60)
        assert refused.status_code == 401, path
        challenge = refused.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer ") and "error=" not in challenge, challenge
        url = challenge.split('resource_metadata="')[1].split('"')[0]
        assert requests.get(url, timeout=60).json() == place.resource


ENDPOINTS = {
    "authorization_endpoint": {"GET", "POST"}, "token_endpoint": {"POST"}, "introspection_endpoint": {"POST"},
    "pushed_authorization_request_endpoint": {"POST"}, "revocation_endpoint": {"POST"},
    "grant_management_endpoint": {"GET", "DELETE"}, "jwks_uri": {"GET"},
}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_takes_its_methods_and_no_other(place, endpoint):
    """RFC 8414 §2: each address that is listed is there; what it does not take is 405 with Allow."""
    url = place.server[endpoint] + (f"/grt_{ID}" if endpoint == "grant_management_endpoint" else "")
    for method in METHODS:
        told = requests.request(method, url, data={"a": "b"} if method == "POST" else None, allow_redirects=False, timeout=60)
        if method in ENDPOINTS[endpoint]:
            assert told.status_code in (200, 303, 400, 401), f"{method} {url}: {told.status_code}"
        else:
            assert told.status_code == 405, f"{method} {url}: {told.status_code}"
            assert set(told.headers["Allow"].replace(" ", "").split(",")) - {"HEAD"} == ENDPOINTS[endpoint]


def test_no_endpoint_is_left_out_and_none_invented(place):
    """Every address in the document is one of those tried here; what others have and we do not list is not there."""
    listed = {name for name, said in place.server.items()
              if isinstance(said, str) and said.startswith(place.base + "/")}
    assert listed == set(ENDPOINTS)
    for path in ("/oauth/register", "/oauth/userinfo", "/oauth/device_authorization", "/oauth/bc-authorize",
                 "/oauth/logout", "/oauth/ciba", "/.well-known/openid-configuration", "/.well-known/jwks.json",
                 "/fhir/r4/.well-known/openid-configuration"):
        for method in ("GET", "POST"):
            assert requests.request(method, place.base + path, timeout=60).status_code == 404, path


def test_the_grant_types_are_those_listed(place):
    """RFC 8414, RFC 6749 §5.2: a type that is listed is known; every other is unsupported_grant_type."""
    urn = "urn:ietf:params:oauth:grant-type:"
    others = ["password", "implicit", urn + "device_code", urn + "jwt-bearer", urn + "saml2-bearer",
              urn + "token-exchange", "urn:openid:params:grant-type:ciba", "AUTHORIZATION_CODE"]
    assert set(place.server["grant_types_supported"]) == {"authorization_code", "client_credentials", "refresh_token"}
    for kind in place.server["grant_types_supported"]:
        told = post(place, "token_endpoint", grant_type=kind, code="x", refresh_token="x", code_verifier="v" * 43,
                    redirect_uri=CALLBACK)
        assert told.json().get("error") == (None if kind == "client_credentials" else "invalid_grant"), kind
    for kind in others:
        told = post(place, "token_endpoint", grant_type=kind, username="a", password="b", assertion="x")
        assert told.status_code == 400 and told.json()["error"] == "unsupported_grant_type", kind


def test_the_response_types_modes_and_challenges_are_those_listed(place):
    """RFC 6749 §4.1.2.1, RFC 7636 §4.4.1, RFC 9101: only code, only by query, only S256, no request objects."""
    assert place.server["response_types_supported"] == ["code"]
    assert place.server["response_modes_supported"] == ["query"]
    assert place.server["code_challenge_methods_supported"] == ["S256"]
    assert push(place).status_code == 201
    assert push(place, response_mode="query").status_code == 201
    assert "/approvals/apr_" in begin(place)
    for kind in ("token", "id_token", "code token", "code id_token", "none", "CODE"):
        assert push(place, response_type=kind).json()["error"] == "unsupported_response_type", kind
        assert query(begin(place, response_type=kind))["error"] == "unsupported_response_type", kind
    for mode in ("fragment", "form_post", "query.jwt", "jwt"):
        assert push(place, response_mode=mode).json()["error"] == "invalid_request", mode
    for changed in ({"code_challenge_method": "plain"}, {"code_challenge_method": None}, {"code_challenge": None},
                    {"code_challenge": "short"}, {"code_challenge_method": "S512"}):
        assert push(place, **changed).json()["error"] == "invalid_request", changed
    assert query(begin(place, request="e30.e30."))["error"] == "request_not_supported"
    strange = requests.get(place.server["authorization_endpoint"], allow_redirects=False, timeout=60, params={
        "client_id": place.secret.id, "request_uri": "https://app.example/request.jwt", "response_type": "code"})
    assert strange.status_code == 400 and "Location" not in strange.headers, "nothing is fetched for a client"


@pytest.mark.parametrize("endpoint", ["token", "revocation", "introspection"])
def test_every_way_to_authenticate_that_is_listed_works(place, endpoint):
    """RFC 8414 §2: at each endpoint its own list; what is not in it is invalid_client or a malformed request."""
    listed = place.server[f"{endpoint}_endpoint_auth_methods_supported"]
    fields = {"token": {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK,
                        "code_verifier": "v" * 43}}.get(endpoint, {"token": "lat_nothing"})
    for method in ("client_secret_basic", "client_secret_post", "private_key_jwt", "none"):
        told = post(place, f"{endpoint}_endpoint", method, **fields)
        error = told.json().get("error")
        if method in listed:
            assert error == ("invalid_grant" if endpoint == "token" else None), f"{method}: {told.text}"
        else:
            assert told.status_code == 401 and error == "invalid_client", f"{method}: {told.text}"
    secret = place.secret
    by_secret_jwt = pyjwt.encode(assertion_claims(secret.id, place.base), secret.secret, algorithm="HS256")
    told = requests.post(place.server[f"{endpoint}_endpoint"], data=asserted(by_secret_jwt, **fields), timeout=60)
    assert told.status_code == 401 and told.json()["error"] == "invalid_client", "client_secret_jwt"
    told = requests.post(place.server[f"{endpoint}_endpoint"] + f"?client_id={secret.id}&client_secret={secret.secret}",
                         data=fields, timeout=60)
    assert told.status_code in (400, 401), "credentials in the address"


def test_a_request_is_pushed_in_every_way_to_authenticate_and_taken_once(place):
    """RFC 9126: what was pushed is taken by the browser once, by the client that pushed it."""
    for method in place.server["token_endpoint_auth_methods_supported"]:
        pushed = push(place, method)
        assert pushed.status_code == 201 and pushed.json()["expires_in"] > 0, f"{method}: {pushed.text}"
        asked = {"client_id": application_of(place, method).id, "request_uri": pushed.json()["request_uri"]}
        follow = lambda: requests.get(
            place.server["authorization_endpoint"], params=asked, allow_redirects=False, timeout=60)
        led = follow()
        assert led.status_code == 303 and "/approvals/apr_" in led.headers["Location"], method
        assert follow().status_code == 400, "a second time"
    assert place.server["require_pushed_authorization_requests"] is False and "/approvals/" in begin(place)
    bound = place.scene.register("Pusher", RULES, require_pushed_authorization_requests=True)
    asked = request_uri(place.base, bound.id, "rule:all", pair()["challenge"])
    led = requests.get(asked, allow_redirects=False, timeout=60)
    assert query(led.headers["Location"])["error"] == "invalid_request", "a client that must push"


def test_the_algorithms_are_those_listed(place):
    """RFC 8414, RFC 9449 §5.1: assertions and DPoP proofs by each algorithm listed, and by no other."""
    for name in place.server["token_endpoint_auth_signing_alg_values_supported"]:
        for endpoint in ("token", "revocation", "introspection"):
            assert name in place.server[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert post(place, "token_endpoint", "private_key_jwt", name, grant_type="client_credentials").status_code == 200
    assert place.server["dpop_signing_alg_values_supported"] == place.resource["dpop_signing_alg_values_supported"]
    send = lambda prover: prover.send(
        "POST", place.server["token_endpoint"], data={"grant_type": "client_credentials"}, auth=place.secret.credentials)
    for name in place.server["dpop_signing_alg_values_supported"]:
        told = send(Prover(algorithm=name))
        assert told.status_code == 200 and told.json()["token_type"] == "DPoP", f"{name}: {told.text}"
    for name in ("RS256", "PS384", "RS512"):
        assert name not in place.server["dpop_signing_alg_values_supported"]
        told = send(Prover(key=make_key("PS256"), algorithm=name))
        assert told.status_code == 400 and told.json()["error"] == "invalid_dpop_proof", name


def test_every_scope_that_is_listed_can_be_asked_for(place):
    """RFC 8414 §2: by a person's approval or by an application alone, and the words of others are refused."""
    for scope in place.server["scopes_supported"]:
        alone = scope.startswith(("system/", "grant_management_"))
        told = post(place, "token_endpoint", grant_type="client_credentials", scope=scope) if alone \
            else push(place, scope=scope)
        assert told.status_code == (200 if alone else 201), f"{scope}: {told.text}"
    for scope in ("openid", "profile", "fhirUser", "online_access", "launch", "launch/encounter", "read:genome",
                  "patient/Encounter.rs", "patient/Observation.dus", "grant_management_create", "*"):
        assert scope not in place.server["scopes_supported"]
        assert push(place, scope=scope).json()["error"] == "invalid_scope", scope
        assert post(place, "token_endpoint", grant_type="client_credentials", scope=scope).json()["error"] \
            == "invalid_scope", scope


def test_the_types_of_authorization_details_are_those_listed(place):
    """RFC 9396 §10: each type that is listed can be asked for, in the browser and pushed; others are refused by name."""
    assert place.server["authorization_details_types_supported"] == ["health_data"]
    for kind in place.server["authorization_details_types_supported"]:
        asked = json.dumps([{"type": kind, "purpose": "all", "period": {"from": "2026-01-01"}}])
        assert "/approvals/apr_" in begin(place, scope="", authorization_details=asked)
        assert push(place, scope=None, authorization_details=asked).status_code == 201
    for kind in ("payment_initiation", "openid_credential", "health-data", ""):
        asked = json.dumps([{"type": kind, "purpose": "all"}])
        assert query(begin(place, authorization_details=asked))["error"] == "invalid_authorization_details"
        assert push(place, authorization_details=asked).json()["error"] == "invalid_authorization_details"


def test_the_grant_management_actions_are_those_listed(place):
    """Grant Management for OAuth 2.0: a grant is made, asked about, merged into, replaced and given up, by what is listed."""
    assert set(place.server["grant_management_actions_supported"]) == {"create", "merge", "replace", "query", "revoke"}
    assert place.server["grant_management_action_required"] is False
    key = pair()
    redirect = answer(place.scene.browser, request_uri(
        place.base, place.secret.id, "rule:all", key["challenge"], grant_management_action="create"))
    token = post(place, "token_endpoint", grant_type="authorization_code", code=code_of(redirect),
                 redirect_uri=CALLBACK, code_verifier=key["verifier"]).json()
    for action in ("merge", "replace"):
        assert "/approvals/" in begin(place, grant_management_action=action, grant_id=token["grant_id"]), action
    for action in ("update", "delete", "query", "revoke"):
        assert query(begin(place, grant_management_action=action))["error"] == "invalid_request", action
    manage = lambda scope: post(
        place, "token_endpoint", grant_type="client_credentials", scope=scope).json()["access_token"]
    call = lambda method, scope: requests.request(
        method, f"{place.server['grant_management_endpoint']}/{token['grant_id']}", timeout=60,
        headers={"Authorization": f"Bearer {manage(scope)}"})
    assert call("GET", "grant_management_query").json()["status"] == "active"
    assert call("DELETE", "grant_management_query").status_code == 403
    assert call("DELETE", "grant_management_revoke").status_code == 204
    assert call("GET", "grant_management_query").json()["status"] == "revoked"


def test_a_token_is_taken_from_the_header_only(place):
    """RFC 9728, RFC 6750 §2: bearer_methods_supported says header, so an address or a form does not carry a token."""
    assert place.resource["bearer_methods_supported"] == ["header"]
    token = post(place, "token_endpoint", grant_type="client_credentials").json()["access_token"]
    url = f"{place.base}/api/v1/people/p_{ID}"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code != 401
    assert requests.get(url, params={"access_token": token}, timeout=60).status_code == 401
    assert requests.get(url, data={"access_token": token}, timeout=60).status_code == 401


def test_the_keys_are_public_and_good(place):
    """RFC 7517: the key set can be read, names each key, and holds nothing private."""
    told = requests.get(place.server["jwks_uri"], timeout=60)
    found = told.json()
    KeySet.import_key_set(found)
    assert found["keys"] and all(key["kid"] and key["use"] == "sig" and "d" not in key for key in found["keys"])


def test_smarts_capabilities_are_what_the_rest_says(place):
    """SMART App Launch 2.2: client kinds, launches and permissions follow from what works; no sign-in is claimed."""
    capabilities = set(place.smart["capabilities"])
    assert {"launch-standalone", "authorize-post", "client-public", "client-confidential-symmetric",
            "client-confidential-asymmetric", "context-standalone-patient", "permission-patient", "permission-offline",
            "permission-v1", "permission-v2"} <= capabilities
    assert not capabilities & {"sso-openid-connect", "launch-ehr", "permission-online"}
    fields = {"response_type": "code", "client_id": place.public.id, "redirect_uri": CALLBACK,
              "scope": "launch/patient patient/*.rs", "state": "s", "code_challenge": pair()["challenge"],
              "code_challenge_method": "S256"}
    led = requests.post(place.server["authorization_endpoint"], data=fields, allow_redirects=False, timeout=60)
    assert led.status_code == 303 and "/approvals/apr_" in led.headers["Location"], "authorize-post"
