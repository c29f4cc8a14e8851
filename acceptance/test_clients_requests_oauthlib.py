"""requests-oauthlib, unmodified: the strictest of the usual clients, for it raises when less comes back than it asked for."""

import pytest
import requests
from oauthlib.oauth2 import AccessDeniedError, InvalidScopeError
from requests_oauthlib import OAuth2Session

from kit.clients import answer, read
from kit.exports import GLUCOSE, HEART_RATE, STEPS, WEIGHT, export, written
from kit.parties import CALLBACK, assert_problem, query, rule

ASKED = ["rule:steps", "rule:pulse", "rule:weight", "rule:glucose", "rule:nights"]
LEFT_OUT = ("body_weight", "blood_glucose", "sleep_stage")


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    """Plain http is for loopback only. Nothing is relaxed but where a test says so."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.delenv("OAUTHLIB_RELAX_TOKEN_SCOPE", raising=False)


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


@pytest.fixture
def application(scene):
    return scene.register("Fiver", [
        rule("steps", ["steps"], required=True, why="We draw your days."),
        rule("pulse", ["heart_rate"], why="We show your pulse."),
        rule("weight", ["body_weight"], why="We show your weight."),
        rule("glucose", ["blood_glucose"], why="We show your sugar."),
        rule("nights", ["sleep_stage"], why="We show your nights.")])


def words(token: dict) -> set[str]:
    """The library makes a list of the scope, or leaves it as it came."""
    return set(token["scope"] if isinstance(token["scope"], list) else token["scope"].split())


def begin(scene, application, scope: list[str], *ticked: str) -> tuple[OAuth2Session, str]:
    """A session that has sent its person to us, and the address that they came back with."""
    session = OAuth2Session(application.id, redirect_uri=CALLBACK, scope=scope, pkce="S256")
    address, state = session.authorization_url(scene.base + "/oauth/authorize")
    redirect = answer(scene.browser, address, *ticked)
    assert query(redirect)["iss"] == scene.base and query(redirect)["state"] == state
    return session, redirect


def fetch(scene, application, session: OAuth2Session, redirect: str) -> dict:
    return session.fetch_token(
        scene.base + "/oauth/token", authorization_response=redirect, client_secret=application.secret)


def test_a_full_approval_passes_the_strict_client(scene, application):
    """§6 check 16, C5: everything asked for and everything approved is the same scope, whatever its order, so that a client
    which raises on a change does not raise."""
    asked = [*ASKED, "offline_access"]
    session, redirect = begin(scene, application, asked, *ASKED[1:], "offline_access")
    token = fetch(scene, application, session, redirect)
    assert words(token) == set(asked)
    assert not token.scope_changed and token["refresh_token"]


def test_two_of_five_are_two_of_five_everywhere(scene, application, tmp_path, monkeypatch):
    """§6 check 1, C5, C6, C7: two scopes of five approved are the token's scope, the introspection's, what can be read, and
    the refreshed token's. The strict client raises and says so; the relaxed one goes on."""
    two = {"rule:steps", "rule:pulse", "offline_access"}
    session, redirect = begin(scene, application, [*ASKED, "offline_access"], "rule:pulse", "offline_access")
    with pytest.raises(Warning, match="Scope has changed") as raised:
        fetch(scene, application, session, redirect)
    token = raised.value.token
    assert words(token) == two
    scene.secrets |= {token["access_token"], token["refresh_token"], query(redirect)["code"]}

    scene.deployment.run("import", "--person", scene.login, str(written(
        tmp_path / "export.xml", export((STEPS, 901), (HEART_RATE, 58), (WEIGHT, 77), (GLUCOSE, 99)))))
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    kept = []
    # As its documentation has it: the next day's session knows the token and no scope.
    later = OAuth2Session(
        application.id, token=dict(token) | {"expires_in": -30, "expires_at": 1},
        auto_refresh_url=scene.base + "/oauth/token", token_updater=kept.append,
        auto_refresh_kwargs={"client_id": application.id, "client_secret": application.secret})
    values = [item["value"] for parcel in read(scene.base, token, "steps,heart_rate", later).json()["parcels"]
              for item in parcel["items"]]
    assert sorted(values) == [58, 901]
    refreshed, = kept
    scene.secrets |= {refreshed["access_token"], refreshed["refresh_token"]}
    assert words(refreshed) == two
    assert refreshed["refresh_token"] != token["refresh_token"] and refreshed["grant_id"] == token["grant_id"]
    assert refreshed["authorization_expires_in"] <= token["authorization_expires_in"]

    for each in (token, refreshed):
        told = requests.post(scene.base + "/oauth/introspect", data={"token": each["access_token"]},
                             auth=application.credentials, timeout=60).json()
        assert told["active"] is True and set(told["scope"].split()) == two
        assert told["grant_id"] == token["grant_id"] and told["record"] == token["record"]
        for left_out in LEFT_OUT:
            refused = read(scene.base, each, left_out)
            assert_problem(refused, 403, "CONSENT_REQUIRED")
            assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_asking_a_refresh_for_more_than_was_approved_is_refused_and_ends_nothing(scene, application, monkeypatch):
    """RFC 6749 §6: a session that still holds the scope it asked for is told invalid_scope; when it drops it, its token
    works."""
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")
    session, redirect = begin(scene, application, [*ASKED, "offline_access"], "offline_access")
    fetch(scene, application, session, redirect)
    credentials = {"client_id": application.id, "client_secret": application.secret}
    with pytest.raises(InvalidScopeError):
        session.refresh_token(scene.base + "/oauth/token", **credentials)
    session.scope = None
    again = session.refresh_token(scene.base + "/oauth/token", **credentials)
    assert words(again) == {"rule:steps", "offline_access"}


def test_a_denial_is_the_clients_own_error(scene, application):
    """C3, RFC 9207: a denial comes back with state and iss, and the client raises its own AccessDeniedError."""
    session = OAuth2Session(application.id, redirect_uri=CALLBACK, scope=ASKED, pkce="S256")
    address, state = session.authorization_url(scene.base + "/oauth/authorize")
    redirect = answer(scene.browser, address, decision="deny")
    assert query(redirect)["iss"] == scene.base and query(redirect)["state"] == state
    with pytest.raises(AccessDeniedError):
        fetch(scene, application, session, redirect)
