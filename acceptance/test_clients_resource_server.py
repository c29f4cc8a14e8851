"""django-oauth-toolkit as a foreign resource server: it knows nothing of tokens and asks us (RFC 7662)."""

import os
import pathlib
import subprocess
import sys

import pytest
import requests

from kit.clients import answer, code_of, pair, request_uri
from kit.deployment import eventually
from kit.parties import CALLBACK, rule

RULES = [rule("steps", ["steps"], required=True, why="We draw your days."),
         rule("nights", ["sleep_stage"], why="We show your nights.")]
CACHE_SECONDS = 1


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


@pytest.fixture(scope="module")
def foreign(scene):
    """The address of the resource server, which is an application of the same organization."""
    itself = scene.register("Archive", [rule("none", ["steps"], why="It only asks about tokens.")])
    here = pathlib.Path(__file__).resolve().parent
    process = subprocess.Popen(
        [sys.executable, "-m", "kit.foreign_server"], cwd=here, stdout=subprocess.PIPE, text=True,
        env=os.environ | {
            "FOREIGN_INTROSPECTION_URL": scene.base + "/oauth/introspect", "FOREIGN_CLIENT_ID": itself.id,
            "FOREIGN_CLIENT_SECRET": itself.secret, "FOREIGN_CACHE_SECONDS": str(CACHE_SECONDS)})
    port = process.stdout.readline().strip()
    assert port.isdigit(), "the foreign resource server did not start"
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()
    process.stdout.close()


def obtain(scene, application) -> dict:
    key = pair()
    redirect = answer(
        scene.browser, request_uri(scene.base, application.id, "rule:steps rule:nights", key["challenge"]))
    token = application.ask_token(grant_type="authorization_code", code=code_of(redirect), redirect_uri=CALLBACK,
                                  code_verifier=key["verifier"])
    assert token.status_code == 200, token.text
    return token.json()


def ask(address: str, path: str, token: str) -> int:
    return requests.get(address + path, headers={"Authorization": f"Bearer {token}"}, timeout=60).status_code


def test_a_foreign_resource_server_takes_a_token_until_it_is_revoked(scene, foreign):
    """RFC 7662, C10: a token of the organization is taken for its scopes and no others; after the person's revocation it is
    refused as soon as the server's own memory of our answer ends."""
    application = scene.register("Days", RULES)
    token = obtain(scene, application)
    assert ask(foreign, "/days", token["access_token"]) == 200
    assert ask(foreign, "/nights", token["access_token"]) in (401, 403), "what was not approved"
    assert ask(foreign, "/days", "lat_nothing") in (401, 403)
    assert scene.app.call("DELETE", f"/partner/consent/grants/{token['grant_id']}").status_code == 200
    eventually(lambda: ask(foreign, "/days", token["access_token"]) in (401, 403), within=CACHE_SECONDS + 10,
               what="the end of the token abroad")


def test_a_token_that_was_given_up_is_refused_abroad(scene, foreign):
    """RFC 7009: what the application revoked is worth nothing to others either."""
    application = scene.register("Weeks", RULES)
    token = obtain(scene, application)
    assert ask(foreign, "/days", token["access_token"]) == 200
    ended = requests.post(scene.base + "/oauth/revoke", data={"token": token["access_token"]},
                          auth=application.credentials, timeout=60)
    assert ended.status_code == 200
    eventually(lambda: ask(foreign, "/days", token["access_token"]) in (401, 403), within=CACHE_SECONDS + 10,
               what="the end of the token abroad")


def test_another_organizations_token_is_nothing_to_it(scene, foreign):
    """RFC 7662 §4: who asks learns nothing of the tokens of strangers."""
    stranger = scene.register("Stranger", RULES, environment="production")
    token = obtain(scene, stranger)
    assert ask(foreign, "/days", token["access_token"]) in (401, 403)
