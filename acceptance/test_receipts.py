"""Receipts, checked by libraries that know nothing of us: PyJWT and joserfc for the signature, fhirclient for the Consent; and
by `licet receipt verify` with the published keys alone."""

import json
import subprocess

import jwt as pyjwt
import pytest
import requests
from fhirclient.models.consent import Consent
from joserfc import jwt as jose
from joserfc.jwk import KeySet

from kit.deployment import binary
from kit.parties import assert_problem, rule

RULES = [rule("pulse", ["heart_rate"], required=True, why="We draw your pulse, even “at night”."),
         rule("steps", ["steps"], why="We count your steps.")]


@pytest.fixture(scope="module")
def story(scene):
    """A permission that was given, narrowed and ended, after something was read under it."""
    application = scene.register("Pulse", RULES)
    scene.person("ada@example.org")
    ada = scene.persons_app("ada@example.org")
    token = scene.consent(application, ada, "rule:pulse rule:steps offline_access",
                          ["rule:pulse", "rule:steps", "offline_access"])
    grant = token["grant_id"]
    narrowed = ada.call("POST", f"/partner/consent/grants/{grant}/narrow", json={"rules": ["steps"]})
    assert narrowed.status_code == 200, narrowed.text
    own = application.ask_token(grant_type="client_credentials").json()["access_token"]
    assert ada.call("DELETE", f"/partner/consent/grants/{grant}").status_code == 200
    return scene, application, ada, grant, own, token["access_token"]


def receipts(ada, grant: str, version: int, form: str) -> requests.Response:
    answer = ada.call("GET", f"/partner/consent/grants/{grant}/receipts/{version}/{form}")
    assert answer.status_code == 200, answer.text
    return answer


def keys(base: str) -> dict:
    return requests.get(base + "/oauth/jwks", timeout=60).json()


def test_every_change_has_a_receipt_that_pyjwt_and_joserfc_find_sound(story):
    """C8, ISO/IEC TS 27560: each change has a signed receipt; both libraries verify it with the published keys and read the same."""
    scene, application, ada, grant, _, _ = story
    said = ada.call("GET", f"/partner/consent/grants/{grant}/receipts").json()["receipts"]
    assert [(one["version"], one["event"]) for one in said] == [(1, "given"), (2, "narrowed"), (3, "revoked")]
    published = keys(scene.base)
    for one in said:
        text = receipts(ada, grant, one["version"], "jwt").text
        header = pyjwt.get_unverified_header(text)
        assert header["typ"] == "consent-receipt+jwt" and header["alg"] == "ES256"
        key = pyjwt.PyJWKSet.from_dict(published)[header["kid"]]
        claims = pyjwt.decode(text, key, algorithms=["ES256"], issuer=scene.base)
        other = jose.decode(text, KeySet.import_key_set(published), algorithms=["ES256"])
        assert other.claims == claims and claims["jti"] == f"{grant}/{one['version']}"
        record = claims["receipt"]["dpv:hasRecordOfActivity"]
        assert record["dpv:hasDataSubject"]["dct:identifier"] == claims["sub"]
        purposes = [process["dct:title"] for process in record["dpv:hasProcess"]]
        assert purposes == (["pulse", "steps"] if one["version"] == 1 else ["pulse"])
        assert record["dpv:hasConsentStatus"][-1]["licet:event"] == one["event"]
        assert "Ada" not in text and "ada@example.org" not in json.dumps(claims)
    assert record["licet:tokensEnded"] == 2, "an access token and a refresh token"
    with pytest.raises(pyjwt.InvalidSignatureError):
        header, payload, signature = text.split(".")
        pyjwt.decode(f"{header}.{payload}.AAAAAAAA{signature[8:]}", key, algorithms=["ES256"])


def test_a_receipt_is_a_consent_that_fhirclient_takes(story):
    """FHIR R4: every receipt as a Consent is valid for a client library of FHIR, which refuses members and kinds it does not know."""
    _, application, ada, grant, own, _ = story
    for version in (1, 2, 3):
        answer = receipts(ada, grant, version, "fhir")
        assert answer.headers["Content-Type"].startswith("application/fhir+json")
        consent = Consent(answer.json(), strict=True)
        assert consent.status == ("inactive" if version == 3 else "active")
        assert consent.provision.actor[0].reference.identifier.value == application.id
        assert [one.code[0].coding[0].code for one in consent.provision.provision][0] == "8867-4"


def test_the_application_has_the_same_receipts_of_its_own_grants(story):
    """C1, C10: the application has them by a token of its own; the token of the ended grant, and anybody else, gets nothing."""
    scene, application, ada, grant, own, ended = story
    path = f"{scene.base}/api/v1/grants/{grant}/receipts"

    def ask(token: str, rest: str = "") -> requests.Response:
        return requests.get(path + rest, headers={"Authorization": f"Bearer {token}"}, timeout=60)

    assert [one["event"] for one in ask(own).json()["receipts"]] == ["given", "narrowed", "revoked"]
    theirs, hers = ask(own, "/3/jsonld").json(), receipts(ada, grant, 3, "jsonld").json()
    assert theirs.pop("dct:created") and hers.pop("dct:created") and theirs == hers
    assert_problem(ask(ended, "/3/jwt"), 403, "CONSENT_REQUIRED")
    stranger = scene.register("Stranger", RULES)
    foreign = stranger.ask_token(grant_type="client_credentials").json()["access_token"]
    for rest in ("", "/1/jwt", "/1/fhir", "/9/jwt"):
        assert_problem(ask(foreign, rest), 403, "CONSENT_REQUIRED")
    assert_problem(ask(own, "/9/jwt"), 404, "NOT_FOUND")


def verify(folder, text: str, published: dict, *more: str) -> subprocess.CompletedProcess:
    (folder / "receipt.jwt").write_text(text)
    (folder / "keys.json").write_text(json.dumps(published))
    command = [binary(), "receipt", "verify", str(folder / "receipt.jwt"), "--jwks", str(folder / "keys.json"), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, env={})


def test_a_receipt_is_checked_offline_and_outlives_a_rotation_of_keys(story, tmp_path):
    """The command needs the file and the keys, and no deployment; after a rotation the former key is still published."""
    scene, _, ada, grant, _, _ = story
    text = receipts(ada, grant, 3, "jwt").text
    first = keys(scene.base)
    done = verify(tmp_path, text, first)
    assert done.returncode == 0, done.stderr
    assert f"signed by {scene.base}" in done.stdout and f"{grant}/3" in done.stdout
    assert "2 tokens ended with it" in done.stdout and "it never read anything" in done.stdout
    scene.deployment.run("keys", "rotate")
    assert verify(tmp_path, text, keys(scene.base), "--issuer", scene.base).returncode == 0
    assert verify(tmp_path, receipts(ada, grant, 3, "jwt").text, keys(scene.base)).returncode == 0
    for text, published, more, words in [
        (text, {"keys": []}, [], "not among the published ones"),
        (text[:-8] + "AAAAAAAA", first, [], "does not fit"),
        (text, first, ["--issuer", "https://other.example"], "somebody else"),
        ("hello", first, [], "not a signed receipt"),
    ]:
        done = verify(tmp_path, text, published, *more)
        assert done.returncode == 1 and words in done.stderr and done.stdout == "", done.stderr


def test_anybody_checks_a_receipt_on_the_page(story):
    """The page says what the receipt says, in plain words, and of a changed one that it is not ours."""
    scene, _, ada, grant, _, _ = story
    text = receipts(ada, grant, 2, "jwt").text
    good = requests.post(scene.base + "/receipts/verify", data={"receipt": text}, timeout=60,
                         headers={"Origin": scene.base})
    assert good.status_code == 200 and "not a letter of it was changed" in good.text
    assert "Narrowed by the person, in their own app" in good.text and "“at night”" in good.text
    bad = requests.post(scene.base + "/receipts/verify", data={"receipt": text[:-8] + "AAAAAAAA"}, timeout=60,
                        headers={"Origin": scene.base})
    assert bad.status_code == 422 and "does not fit" in bad.text
    assert requests.post(scene.base + "/receipts/verify", data={"receipt": text}, timeout=60,
                         headers={"Origin": "https://evil.example"}).status_code == 403
