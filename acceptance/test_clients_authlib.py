"""Authlib, unmodified, led by the metadata: every way to authenticate, code with PKCE, refresh, revocation, introspection."""

import json
import time

import pytest
import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import rfc8414, rfc9207
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from kit.clients import ALGORITHMS, answer, key_set, make_key, read
from kit.exports import STEPS, export, written
from kit.parties import CALLBACK, query, rule

SCOPE = "rule:steps offline_access"
RULES = [rule("steps", ["steps"], required=True, why="We draw your days.")]


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


@pytest.fixture(scope="module")
def metadata(scene):
    url = rfc8414.get_well_known_url(scene.base, external=True)
    return rfc8414.AuthorizationServerMetadata(requests.get(url, timeout=60).json())


@pytest.fixture
def application(scene):
    return scene.register("Authlib", RULES)


@pytest.fixture(scope="module")
def keys():
    return {algorithm: make_key(algorithm, kid=algorithm) for algorithm in ALGORITHMS}


@pytest.fixture(scope="module")
def signer(scene, keys):
    """An application that proves who it is by its signature."""
    return scene.register(
        "Signer", RULES, token_endpoint_auth_method="private_key_jwt", jwks=key_set(*keys.values()))


def signing(session: OAuth2Session, issuer: str, algorithm: str) -> OAuth2Session:
    """The library's own method; an hour, its default, is longer than SMART and we let an assertion live."""
    session.register_client_auth_method(PrivateKeyJWT(
        issuer, alg=algorithm, headers={"kid": algorithm}, claims={"exp": int(time.time()) + 120}))
    return session


@pytest.fixture
def client(scene, metadata, application, signer, keys):
    """Makes sessions by their way to authenticate."""
    def make(method: str, **more) -> OAuth2Session:
        known = signer if method == "private_key_jwt" else application
        session = OAuth2Session(
            known.id, keys["ES256"] if method == "private_key_jwt" else known.secret, redirect_uri=CALLBACK,
            token_endpoint_auth_method=method, revocation_endpoint_auth_method=method, code_challenge_method="S256",
            token_endpoint=metadata["token_endpoint"], **more)
        return signing(session, metadata["issuer"], "ES256") if method == "private_key_jwt" else session
    return make


def test_the_metadata_passes_the_librarys_own_check(scene, metadata):
    """§6 check 17, RFC 8414, RFC 9207: the document validates and its issuer is the address it was found at."""
    metadata.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    assert metadata["issuer"] == scene.base
    assert metadata["authorization_response_iss_parameter_supported"] is True


def test_details_go_through_the_library(scene, metadata, client):
    """RFC 9396 §2, §7, §10: what the metadata lists is asked for in authorization_details, and the token says what was given."""
    kind, = metadata["authorization_details_types_supported"]
    asked = [{"type": kind, "purpose": "steps", "datatypes": ["steps"], "actions": ["read"],
              "period": {"from": "2020-01-01", "to": "2020-12-31"}}]
    session, verifier = client("client_secret_basic"), "v" * 64
    address, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, authorization_details=json.dumps(asked))
    token = session.fetch_token(
        authorization_response=answer(scene.browser, address), state=state, code_verifier=verifier)
    scene.secrets.add(token["access_token"])
    assert token["authorization_details"] == asked
    seen = session.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json()
    assert seen["authorization_details"] == asked


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_from_launch_to_revocation(scene, metadata, client, method, tmp_path):
    """§6 check 16: code with PKCE, a read, the refresh hook, introspection and revocation; the grant outlives its tokens."""
    session = client(method, scope=SCOPE)
    verifier = "v" * 64
    address, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier)
    redirect = answer(scene.browser, address, "offline_access")
    assert query(redirect)["iss"] == metadata["issuer"], "RFC 9207"
    token = session.fetch_token(authorization_response=redirect, state=state, code_verifier=verifier)
    assert set(token["scope"].split()) == set(SCOPE.split())
    scene.deployment.run("import", "--person", scene.login, str(written(tmp_path / "export.xml", export((STEPS, 1203)))))

    told = []
    later = client(method, token=dict(token) | {"expires_at": 1},
                   update_token=lambda fresh, refresh_token: told.append((dict(fresh), refresh_token)))
    first = read(scene.base, token, "steps", later)
    assert [item["value"] for parcel in first.json()["parcels"] for item in parcel["items"]] == [1203], first.text
    (fresh, spent), = told
    assert spent == token["refresh_token"] != fresh["refresh_token"]
    scene.secrets |= {token["access_token"], token["refresh_token"], fresh["access_token"], fresh["refresh_token"]}

    def introspect(text: str) -> dict:
        told = client(method, token=fresh).introspect_token(metadata["introspection_endpoint"], token=text)
        assert told.status_code == 200, told.text
        return told.json()

    said = introspect(fresh["access_token"])
    assert said["active"] is True and said["client_id"] == later.client_id and said["grant_id"] == token["grant_id"]
    assert said["token_type"] == "Bearer" and said["iss"] == metadata["issuer"]
    assert abs(said["exp"] - said["iat"] - token["expires_in"]) <= 1
    assert introspect(fresh["refresh_token"])["active"] is True
    assert introspect(spent) == {"active": False}, "a refresh token that was used is worth nothing"
    assert introspect("lat_nothing") == {"active": False}

    ended = client(method, token=fresh).revoke_token(
        metadata["revocation_endpoint"], token=fresh["refresh_token"], token_type_hint="refresh_token")
    assert ended.status_code == 200
    for text in (fresh["access_token"], fresh["refresh_token"], token["access_token"]):
        assert introspect(text) == {"active": False}
    assert client(method, token=fresh).revoke_token(
        metadata["revocation_endpoint"], token="lat_nothing").status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        client(method, token=fresh).refresh_token()
    grants = {grant["id"]: grant["status"] for grant in scene.app.grants()}
    assert grants[token["grant_id"]] == "active", "ending tokens ends no grant"


def test_a_public_client_has_its_name_and_pkce(scene, metadata):
    """RFC 8252, RFC 9700 §2.1.1: without any secret, code with PKCE and refresh work; client credentials and introspection
    are not for it."""
    public = scene.register("Public", RULES, token_endpoint_auth_method="none")
    assert public.secret is None
    make = lambda **more: OAuth2Session(
        public.id, redirect_uri=CALLBACK, token_endpoint_auth_method="none", revocation_endpoint_auth_method="none",
        code_challenge_method="S256", token_endpoint=metadata["token_endpoint"], **more)
    session = make(scope=SCOPE)
    address, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier="v" * 64)
    redirect = answer(scene.browser, address, "offline_access")
    token = session.fetch_token(authorization_response=redirect, state=state, code_verifier="v" * 64)
    fresh = make(token=dict(token)).refresh_token()
    assert fresh["refresh_token"] != token["refresh_token"] and fresh["grant_id"] == token["grant_id"]
    scene.secrets |= {token["access_token"], token["refresh_token"], fresh["access_token"], fresh["refresh_token"]}
    with pytest.raises(OAuthError, match="unauthorized_client|invalid_client"):
        make().fetch_token(grant_type="client_credentials")
    told = requests.post(metadata["introspection_endpoint"], data={"client_id": public.id, "token": "x"}, timeout=60)
    assert told.status_code == 401 and told.json()["error"] == "invalid_client"
    assert make(token=fresh).revoke_token(
        metadata["revocation_endpoint"], token=fresh["refresh_token"]).status_code == 200
    with pytest.raises(OAuthError, match="invalid_grant"):
        make(token=fresh).refresh_token()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_an_application_acts_alone(metadata, client, method):
    """C7, RFC 6749 §4.4: client credentials, with no refresh token."""
    session = client(method)
    token = session.fetch_token(grant_type="client_credentials")
    assert "refresh_token" not in token and "authorization_expires_in" not in token
    said = (client(method, token=token)).introspect_token(
        metadata["introspection_endpoint"], token=token["access_token"]).json()
    assert said["active"] is True and said["scope"] == token["scope"] and "grant_id" not in said
    session = client(method, token=token)
    assert session.revoke_token(metadata["revocation_endpoint"], token=token["access_token"]).status_code == 200
    said = client(method, token=token).introspect_token(
        metadata["introspection_endpoint"], token=token["access_token"]).json()
    assert said == {"active": False}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_that_is_listed_signs(metadata, signer, keys, algorithm):
    """RFC 7523: assertions by each algorithm of the metadata are taken."""
    assert algorithm in metadata["token_endpoint_auth_signing_alg_values_supported"]
    session = signing(
        OAuth2Session(signer.id, keys[algorithm], token_endpoint_auth_method="private_key_jwt"), metadata["issuer"],
        algorithm)
    assert session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")["access_token"]


@pytest.mark.parametrize("wrong", ["secret", "client", "verifier", "redirect"])
def test_what_is_wrong_is_the_clients_own_error(scene, metadata, application, client, wrong):
    """RFC 6749 §5.2: a wrong secret and an unknown client are one and the same error."""
    session = client("client_secret_basic", scope="rule:steps")
    address, state = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier="v" * 64)
    redirect = answer(scene.browser, address)
    if wrong == "secret":
        session.client_secret = application.secret[:-1]
    if wrong == "client":
        session.client_id = "app_" + "0" * 26
    error = "invalid_client" if wrong in ("secret", "client") else "invalid_grant"
    with pytest.raises(OAuthError, match=error):
        session.fetch_token(
            authorization_response=redirect, state=state, code_verifier=("w" if wrong == "verifier" else "v") * 64,
            redirect_uri=CALLBACK + ("/" if wrong == "redirect" else ""))
