"""The life of an authorization through the real surfaces: rules that grow, statuses, asking for more, narrowing, renewing, a
child's record, notices, an owner's tools, and why something was refused."""

import base64
import hashlib
import time
import types

import jwt as pyjwt
import pytest
import requests

from kit.parties import CALLBACK, Application, assert_problem, fault_fields, query, rule
from kit.receiver import Receiver

LOGIN, PASSWORD = "lena@people.example", "a password of her own"
CORE = rule("core", ["heart_rate", "steps"], required=True, why="We draw your days.")
EXTRA = rule("extra", ["body_weight"], why="We show how your weight goes.", display_first_time=False)


@pytest.fixture(scope="module")
def life(scene):
    """An application that wants to be told, a person with a browser and an app of her own."""
    notices = Receiver()
    application = scene.register("Lifelong", [CORE, EXTRA], notice_url=notices.url, grant_days=90)
    notices.secret = application.webhook_secret
    browser = scene.person(LOGIN, PASSWORD, "Lena Example")
    person = scene.persons_app(LOGIN, PASSWORD)
    token = scene.consent(application, person, "rule:core offline_access", ["rule:core", "offline_access"])
    yield types.SimpleNamespace(
        scene=scene, base=scene.base, application=application, notices=notices, browser=browser, person=person,
        token=token["access_token"], record=token["record"], grant=token["grant_id"], developer=scene.developer())
    notices.close()


def check_erasure(life, told: dict):
    """What PyJWT makes of the proof with nothing but the published keys; and that no row leads into the trail any more."""
    token = told["erasure_proof"]
    keys = pyjwt.PyJWKSet.from_dict(requests.get(f"{life.base}/oauth/jwks", timeout=60).json())
    header = pyjwt.get_unverified_header(token)
    assert header["typ"] == "erasure-proof+jwt"
    key = next(key for key in keys.keys if key.key_id == header["kid"])
    claims = pyjwt.decode(token, key, algorithms=["ES256"], options={"require": ["iat", "iss"]})
    assert claims["iss"] == life.base and claims["entry"] == told["audit_entry"]
    trail = life.scene.deployment.storage.trail()
    named = next(line for line in trail if line["id"] == claims["entry"])["person"]
    hashed = base64.urlsafe_b64encode(hashlib.sha256(named.encode()).digest()).rstrip(b"=").decode()
    assert hashed in claims["names"]
    kept = {row[0] for row in life.scene.deployment.storage.query("SELECT audit_name FROM person UNION SELECT audit_name FROM record")}
    assert named not in kept
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    with pytest.raises(pyjwt.InvalidSignatureError):
        pyjwt.decode(forged, key, algorithms=["ES256"])


def ask(life, path: str, token: str | None = None, **parameters) -> requests.Response:
    return requests.get(
        life.base + path, params=parameters, timeout=60, headers={"Authorization": f"Bearer {token or life.token}"})


def status(life) -> dict:
    answer = ask(life, "/api/v1/person")
    assert answer.status_code == 200, answer.text
    return next(entry for entry in answer.json()["records"] if entry["record"] == life.record)


def publish(life, rules: list[dict], **more) -> requests.Response:
    return life.developer.call("PUT", f"/developer/apps/{life.application.id}/rules", json={"rules": rules, **more})


def expect_notice(life, event: str) -> dict:
    """Waits until the notice has come, signed and verified."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with life.notices.lock:
            found = [message for message in life.notices.messages.values() if message["type"] == event]
        if found:
            assert life.notices.counts["bad_signature"] == 0, life.notices.faults
            return found[-1]["data"]
        time.sleep(0.1)
    raise AssertionError(f"no {event}: {[m['type'] for m in life.notices.messages.values()]}")


def test_1_a_first_yes_is_told_and_needs_no_action(life):
    """B9, B11, C6: the record is listed with NoActionRequired, its grant lasts what the application said, and the notice of it is
    signed and names grant and record."""
    entry = status(life)
    assert entry["status"] == "NoActionRequired" and entry["missing"] == [] and entry["reauthorize_url"] is None
    told = expect_notice(life, "grant.given")
    assert told["grant_id"] == life.grant and told["record"] == life.record and told["actor"] == "person"


def test_2_query_permissions_shows_masks_and_what_cuts_them(life):
    """A6: what is granted is a mask for each mode, what is not is empty and says why, an unknown type is a named fault."""
    answer = ask(life, f"/api/v1/records/{life.record}/permissions", types="heart_rate,body_weight,blood_glucose").json()
    entries = {entry["data_type"]: entry for entry in answer["permissions"]}
    assert entries["heart_rate"]["offline"] == ["read"] and entries["heart_rate"]["online"] == []
    assert entries["body_weight"]["offline"] == [] and entries["body_weight"]["withheld"] == [
        {"mode": "offline", "access": "read", "cut_by": ["grant"]}]
    assert entries["blood_glucose"] == {"data_type": "blood_glucose", "online": [], "offline": [], "withheld": []}
    assert "/shell/redirect?target=APPAUTH" in answer["reauthorize_url"]
    body = assert_problem(
        ask(life, f"/api/v1/records/{life.record}/permissions", types="heart_rate,moods"), 422, "INVALID_FIELDS")
    assert fault_fields(body) == {"types[1]"}
    assert_problem(ask(life, "/api/v1/records/r_00000000000000000000000000/permissions", types="steps"), 403,
                   "CONSENT_REQUIRED")


def test_3_asking_for_more_names_optional_rules(life):
    """A7, B4: APPAUTH with a named optional rule asks for just that, tolerates the spellings that clients send, and comes back by
    303 with the outcome and never with a token; unknown names and broken numbering are refused before anything is shown."""
    shell = life.base + "/shell/redirect"
    for bad, field in [("onopt1=never", "onopt1"), ("offopt2=extra", "offopt1"), ("onopt1=extra", "onopt1")]:
        refused = requests.get(shell, params={"target": "APPAUTH", "targetqs": f"appid={life.application.id}&{bad}"},
                               timeout=60, allow_redirects=False)
        assert refused.status_code == 422 and field in refused.text, f"{bad}: {refused.status_code}"
    spelled = f"?AppId={life.application.id}&&offopt1=extra&actionqs=screen%253D7&trm=post"
    page = life.browser.open(
        "/shell/redirect?target=APPAUTH&trm=post&targetqs=" + requests.utils.quote(spelled, safe=""))
    assert page.path.startswith("/approvals/apr_") and "how your weight goes" in page.text
    form = page.form(page.path)
    form.tick("rule:extra")
    answer = life.browser.submit(form, "decision", "approve", follow=False)
    assert answer.status == 303
    back = answer.answer.headers["Location"]
    assert back.startswith(CALLBACK) and query(back)["target"] == "AppAuthSuccess" and "code" not in query(back)
    assert query(back)["actionqs"] == "screen=7" or query(back)["actionqs"] == "screen%3D7"
    masks = ask(life, f"/api/v1/records/{life.record}/permissions", types="body_weight").json()["permissions"][0]
    assert masks["offline"] == ["read"], "the live token has it: the grant grew, and kept its id"
    assert [grant["id"] for grant in life.person.grants()] == [life.grant]
    expect_notice(life, "grant.extended")


def test_4_an_owner_sees_what_a_change_would_mean_before_publishing(life):
    """A4: the check counts the live grants that would need their people again, with the rule and the types; nothing is stored."""
    grown = CORE | {"data_types": ["heart_rate", "steps", "sleep"]}
    answer = life.developer.call(
        "POST", f"/developer/apps/{life.application.id}/rules/check", json={"rules": [grown, EXTRA]})
    assert answer.status_code == 200, answer.text
    impact = answer.json()["impact"]
    assert impact["grants"] == 1 and impact["newly_affected"] == 1 and impact["after"] == {"ReauthorizationRequired": 1}
    assert impact["reasons"][0]["rule"] == "core" and "sleep_stage" in impact["reasons"][0]["data_types"]
    assert status(life)["status"] == "NoActionRequired"


def test_5_a_required_rule_that_grows_asks_again_and_offline_goes_on(life):
    """B1, B2, B6: after the new version the record needs reauthorization, the old types go on, the next sign-in asks for what is new, and
    no token comes before the yes."""
    grown = CORE | {"data_types": ["heart_rate", "steps", "sleep"]}
    published = publish(life, [grown, EXTRA], version=1)
    assert published.status_code == 200 and published.json()["version"] == 2, published.text
    assert published.json()["author"] == "Dev Eloper" and published.json()["changes"]["changed"][0]["rule"] == "core"
    assert_problem(publish(life, [CORE], version=1), 409, "RULES_CHANGED")
    entry = status(life)
    assert entry["status"] == "ReauthorizationRequired" and entry["missing"][0]["reason"] == "not_granted"
    assert entry["missing"][0]["data_types"] == ["sleep_stage"] and entry["reauthorize_url"]
    assert life.application.read(life.token, life.record, types="heart_rate").status_code == 200
    assert_problem(life.application.read(life.token, life.record, types="sleep_stage"), 403, "CONSENT_REQUIRED")
    started, verifier = life.application.start("rule:core offline_access")
    approval = started.json()["approval_id"]
    page = life.browser.open(f"/approvals/{approval}")
    assert "Sleep" in page.text
    decided = life.person.call(
        "POST", f"/partner/consent/pending/{approval}/approve", json={"approvedScopes": ["rule:core"]})
    assert decided.status_code == 200, decided.text
    token = life.application.exchange(decided.json()["redirect_to"], verifier)
    assert token.status_code == 200 and token.json()["grant_id"] == life.grant, token.text
    assert status(life)["status"] == "NoActionRequired"


def test_6_a_rule_that_shrinks_asks_nothing_and_gives_less(life):
    """B3: nothing is asked after a type is taken from a required rule, and the grant gives it no more, saying which of the three cut it."""
    assert publish(life, [CORE | {"data_types": ["heart_rate", "sleep"]}, EXTRA]).status_code == 200
    assert status(life)["status"] == "NoActionRequired"
    masks = ask(life, f"/api/v1/records/{life.record}/permissions", types="steps").json()["permissions"][0]
    assert masks["offline"] == [] and masks["withheld"][0]["cut_by"] == ["rules"]


def test_7_narrowing_takes_effect_on_the_live_token(life):
    """C6, C7: the person takes one type back; the very next request with the old token is refused for it, the rest goes on, and the history has
    every change with actor, method and time."""
    answer = life.person.call(
        "POST", f"/partner/consent/grants/{life.grant}/narrow", json={"data_types": ["body_weight"]})
    assert answer.status_code == 200, answer.text
    assert_problem(life.application.read(life.token, life.record, types="body_weight"), 403, "CONSENT_REQUIRED")
    assert life.application.read(life.token, life.record, types="heart_rate").status_code == 200
    again = life.person.call(
        "POST", f"/partner/consent/grants/{life.grant}/narrow", json={"data_types": ["body_weight"]})
    assert_problem(again, 422, "INVALID_FIELDS")
    expect_notice(life, "grant.narrowed")
    shorter = life.person.call("POST", f"/partner/consent/grants/{life.grant}/narrow", json={"days": 10})
    assert shorter.status_code == 200, shorter.text
    renewed = life.person.call("POST", f"/partner/consent/grants/{life.grant}/renew", json={"days": 60})
    assert renewed.status_code == 200, renewed.text
    assert_problem(
        life.person.call("POST", f"/partner/consent/grants/{life.grant}/renew", json={"days": 91}), 422, "INVALID_FIELDS")
    grant = life.person.call("GET", f"/partner/consent/grants/{life.grant}").json()
    assert [change["event"] for change in grant["history"]] == ["given", "extended", "extended", "narrowed", "narrowed", "renewed"]
    assert {change["actor"] for change in grant["history"]} == {"person"}
    assert {change["method"] for change in grant["history"]} == {"page", "api"}


def test_8_a_childs_record(life):
    """B5, B7: a mother makes her child's record, invites the father to see some of it, who can give an application no more than he may
    see himself; she takes his access back, and the answer is ACCESS_DENIED at once."""
    made = life.person.call("POST", "/partner/records", json={"name": "Mia", "relationship": "child"})
    assert made.status_code == 201, made.text
    record = made.json()["record_id"]
    invited = life.person.call("POST", f"/partner/records/{record}/invitations", json={
        "relationship": "child", "custodian": False, "data_types": ["heart_rate"], "accesses": ["read"]})
    assert invited.status_code == 201, invited.text
    life.scene.person("paul@people.example", "a password of his", "Paul Example")
    father = life.scene.persons_app("paul@people.example", "a password of his")
    accepted = father.call("POST", "/partner/invitations/accept", json={"invitation": invited.json()["invitation"]})
    assert accepted.status_code == 200 and accepted.json()["record_id"] == record, accepted.text
    used = father.call("POST", "/partner/invitations/accept", json={"invitation": invited.json()["invitation"]})
    assert used.status_code == 422, used.text

    started, _ = life.application.start("rule:core")
    approve = f"/partner/consent/pending/{started.json()['approval_id']}/approve"
    body = assert_problem(
        father.call("POST", approve, json={"approvedScopes": ["rule:core"], "record": record}), 422, "BEYOND_OWN_ACCESS")
    assert body["missing"] == ["rule:core"]

    pulse = life.scene.register("Pulse only", [rule("pulse", ["heart_rate"], mode="online", required=True, why="We show it.")])
    started, verifier = pulse.start("rule:pulse")
    decided = father.call(
        "POST", f"/partner/consent/pending/{started.json()['approval_id']}/approve",
        json={"approvedScopes": ["rule:pulse"], "record": record, "days": 7})
    assert decided.status_code == 200, decided.text
    token = pulse.exchange(decided.json()["redirect_to"], verifier).json()
    assert 6 * 86_400 < token["authorization_expires_in"] <= 7 * 86_400
    assert pulse.read(token["access_token"], token["record"]).status_code == 200
    people = life.person.call("GET", f"/partner/records/{record}").json()
    him = next(holder for holder in people["people"] if not holder["you"])
    removed = life.person.call("DELETE", f"/partner/records/{record}/people/{him['person_id']}")
    assert removed.status_code == 204, removed.text
    assert_problem(pulse.read(token["access_token"], token["record"]), 403, "ACCESS_DENIED")
    entry = ask(life, "/api/v1/person", token["access_token"]).json()["records"][0]
    assert entry["status"] == "ReauthorizationNotPossible"
    assert_problem(life.person.call("POST", f"/partner/records/{record}/leave"), 409, "LAST_CUSTODIAN")


def test_9_rotating_the_secret_with_and_without_overlap(life):
    """C1: after a rotation with an overlap both secrets work; after one without, only the new one."""
    address = f"/developer/apps/{life.application.id}/secret"
    first = life.developer.call("POST", address, json={"overlap_hours": 24})
    assert first.status_code in (200, 201), first.text
    renewed = Application(life.base, {"client_id": life.application.id, "client_secret": first.json()["client_secret"]})
    life.scene.secrets.add(renewed.secret)
    assert life.application.ask_token(grant_type="client_credentials").status_code == 200
    assert renewed.ask_token(grant_type="client_credentials").status_code == 200
    second = life.developer.call("POST", address, json={"overlap_hours": 0})
    last = Application(life.base, {"client_id": life.application.id, "client_secret": second.json()["client_secret"]})
    life.scene.secrets.add(last.secret)
    assert renewed.ask_token(grant_type="client_credentials").status_code == 401
    assert last.ask_token(grant_type="client_credentials").status_code == 200
    life.application.secret = last.secret


def test_a_licet_explain_says_why(life):
    """C7: the operator's command prints question, facts, ladder and verdict."""
    said = life.scene.deployment.run(
        "explain", "--application", life.application.id, "--record", life.record, "--type", "body_weight", "--mode", "offline")
    assert "refused: not_covered, told as CONSENT_REQUIRED" in said and "cut by: grant" in said and "FELL" in said
    said = life.scene.deployment.run(
        "explain", "--application", life.application.id, "--record", life.record, "--type", "heart_rate", "--mode", "offline")
    assert "permitted" in said and "NoActionRequired" in said


def test_b_the_application_gives_up_its_grant(life):
    """B9, B11, C10: revoked by the application is as final as by the person; with nothing left, *get person info* is ACCESS_DENIED."""
    answer = requests.delete(
        f"{life.base}/api/v1/records/{life.record}/authorization", timeout=60,
        headers={"Authorization": f"Bearer {life.token}"})
    assert answer.status_code == 204, answer.text
    assert_problem(life.application.read(life.token, life.record), 403, "CONSENT_REQUIRED")
    assert_problem(ask(life, "/api/v1/person"), 403, "ACCESS_DENIED")
    grant = life.person.call("GET", f"/partner/consent/grants/{life.grant}").json()
    assert grant["status"] == "revoked" and grant["history"][-1]["actor"] == "application"
    assert expect_notice(life, "grant.revoked")["actor"] == "application"


def test_c_a_new_password_by_the_recovery_code(life):
    """C1: a recovery code is shown once, works once, and ends every session of the old password."""
    unconfirmed = life.person.call("POST", "/partner/account/recovery-code", json={"password": "not the password"})
    assert_problem(unconfirmed, 422, "INVALID_FIELDS")
    made = life.person.call("POST", "/partner/account/recovery-code", json={"password": PASSWORD})
    assert made.status_code in (200, 201), made.text
    code = made.json()["recovery_code"]
    life.scene.secrets |= {code, "yet another password"}
    wanted = {"login": LOGIN, "code": code, "new_password": "yet another password"}
    wrong = requests.post(f"{life.base}/partner/account/recovery", json=wanted | {"code": "lrc_wrong"}, timeout=60)
    assert_problem(wrong, 401, "SIGN_IN_FAILED")
    assert requests.post(f"{life.base}/partner/account/recovery", json=wanted, timeout=60).status_code in (200, 204)
    assert_problem(requests.post(f"{life.base}/partner/account/recovery", json=wanted, timeout=60), 401, "SIGN_IN_FAILED")
    assert life.person.call("GET", "/partner/consent/grants").status_code == 401
    assert life.person.sign_in(LOGIN, "yet another password").status_code == 201
    closing = life.person.call("GET", "/partner/account/closing").json()
    assert "Mia" in closing["records_closed"]
    closed = life.person.call("POST", "/partner/account/close", json={"password": "yet another password"})
    assert closed.status_code == 200, closed.text
    assert life.person.sign_in(LOGIN, "yet another password").status_code == 401
    check_erasure(life, closed.json())
