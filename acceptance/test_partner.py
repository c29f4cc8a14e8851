"""The same decisions by JSON, as the person's own app makes them; and that no credential works on another's door."""

import types

import httpx
import pytest

from kit.exports import HEART_RATE, STEPS, export, written
from kit.parties import assert_problem, fault_fields, query, rule

LOGIN, PASSWORD = "grace@people.example", "another long password"


@pytest.fixture(scope="module")
def flow(scene):
    """An application with a required and an optional rule, and a person with their own app."""
    application = scene.register("Pacer", [
        rule("activity", ["activity"], required=True, why="We draw your days."),
        rule("pulse", ["heart_rate"], mode="online", why="We show your pulse."),
    ])
    scene.person(LOGIN, PASSWORD, "Grace Example")
    return types.SimpleNamespace(
        scene=scene, application=application, person=scene.persons_app(LOGIN, PASSWORD), base=scene.base)


def start(flow, scope="rule:activity rule:pulse") -> tuple[str, str]:
    answer, verifier = flow.application.start(scope)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["page"] == f"{flow.base}/approvals/{body['approval_id']}" and body["expires_at"]
    return body["approval_id"], verifier


def approve(flow, approval: str, scopes: list[str]):
    return flow.person.call("POST", f"/partner/consent/pending/{approval}/approve", json={"approvedScopes": scopes})


def test_a_pending_approval_says_what_the_page_says(flow):
    """A5, C2, C3: opened by the person, a server-started approval is among their pending ones, with application, rules,
    reasons and what is required."""
    approval, _ = start(flow)
    browser = flow.scene.person("opener@people.example")
    assert browser.open(f"/approvals/{approval}").status == 200
    opener = flow.scene.persons_app("opener@people.example")
    pending = {entry["id"]: entry for entry in opener.pending()}[approval]
    assert pending["client_id"] == flow.application.id
    assert pending["application"]["name"] == "Pacer" and "privacy@" in pending["application"]["responsible"]
    scopes = {entry["scope"]: entry for entry in pending["scopes"]}
    assert scopes["rule:activity"]["required"] is True and scopes["rule:pulse"]["required"] is False
    assert scopes["rule:pulse"]["why"] == "We show your pulse." and scopes["rule:pulse"]["mode"] == "online"
    assert scopes["rule:pulse"]["data_types"] == ["heart_rate"] and scopes["rule:pulse"]["accesses"] == ["read"]
    assert_problem(approve(flow, approval, ["rule:activity"]), 404, "NOT_FOUND")
    assert approval not in {entry["id"] for entry in flow.person.pending()}, "it is the first opener's now"


def test_leaving_out_a_required_rule_is_refused_and_stays_pending(flow):
    """A2, C5: an approval without the required rule is 422 and names it; the same approval can then be given whole."""
    approval, verifier = start(flow)
    body = assert_problem(approve(flow, approval, ["rule:pulse"]), 422, "REQUIRED_SCOPE_MISSING")
    assert body["missing"] == ["rule:activity"]
    body = assert_problem(approve(flow, approval, ["rule:never_asked"]), 422, "INVALID_FIELDS")
    assert any(field.startswith("approvedScopes") for field in fault_fields(body))
    decided = approve(flow, approval, ["rule:activity"])
    assert decided.status_code == 200 and decided.json()["grant_id"].startswith("grt_"), decided.text
    token = flow.application.exchange(decided.json()["redirect_to"], verifier)
    assert token.status_code == 200 and token.json()["scope"] == "rule:activity", token.text
    assert_problem(approve(flow, approval, ["rule:activity"]), 409, "APPROVAL_ALREADY_DECIDED")


@pytest.mark.parametrize("by", ["deny", "zero scopes"])
def test_deny_and_zero_scopes_are_the_same(flow, by):
    """C3, C5: a denial by word or by an empty list sends access_denied back and makes no grant."""
    approval, _ = start(flow)
    before = len(flow.person.grants())
    if by == "deny":
        answer = flow.person.call("POST", f"/partner/consent/pending/{approval}/deny")
    else:
        answer = approve(flow, approval, [])
    assert answer.status_code == 200, answer.text
    assert query(answer.json()["redirect_to"])["error"] == "access_denied"
    assert len(flow.person.grants()) == before


def test_grants_are_listed_and_ended(flow, tmp_path):
    """C8, C9, C10: an active grant is listed with client, scopes, times and status; DELETE keeps it as revoked and ends its
    token at once."""
    token = flow.scene.consent(flow.application, flow.person, "rule:activity rule:pulse", ["rule:activity", "rule:pulse"])
    flow.scene.deployment.run("import", "--person", LOGIN, str(written(
        tmp_path / "export.xml", export((STEPS, 9), (HEART_RATE, 59)))))
    read = lambda: flow.application.read(token["access_token"], token["record"], types="heart_rate")
    assert [item["value"] for parcel in read().json()["parcels"] for item in parcel["items"]] == [59]
    listed = {grant["id"]: grant for grant in flow.person.grants()}[token["grant_id"]]
    assert listed["clientId"] == flow.application.id and listed["status"] == "active"
    assert set(listed["scopes"]) == {"rule:activity", "rule:pulse"} and listed["created_at"] < listed["expires_at"]

    ended = flow.person.call("DELETE", f"/partner/consent/grants/{token['grant_id']}")
    assert ended.status_code == 200 and ended.json()["status"] == "revoked" and ended.json()["revoked_at"], ended.text
    assert_problem(read(), 403, "CONSENT_REQUIRED")
    assert {grant["id"]: grant for grant in flow.person.grants()}[token["grant_id"]]["status"] == "revoked"
    waiting = f"SELECT count(*) FROM parcel WHERE grant_id = '{token['grant_id']}' AND sealed IS NOT NULL"
    assert flow.scene.deployment.storage.query(waiting) == [(0,)], "what waited is withdrawn with the grant"


def test_somebody_elses_grant_is_nothing(flow):
    """C8: a person sees and ends only their own grants; others' look like none."""
    token = flow.scene.consent(flow.application, flow.person, "rule:activity", ["rule:activity"])
    flow.scene.person("other@people.example")
    other = flow.scene.persons_app("other@people.example")
    assert other.grants() == []
    assert_problem(other.call("DELETE", f"/partner/consent/grants/{token['grant_id']}"), 404, "NOT_FOUND")


def test_a_client_credentials_token_reads_in_offline_mode(flow, tmp_path):
    """C7: an application acting alone reads what an offline rule granted, and is refused what only an online rule did."""
    token = flow.scene.consent(flow.application, flow.person, "rule:activity rule:pulse", ["rule:activity", "rule:pulse"])
    flow.scene.deployment.run("import", "--person", LOGIN, str(written(
        tmp_path / "export.xml", export((STEPS, 1717), (HEART_RATE, 88)))))
    issued = flow.application.ask_token(grant_type="client_credentials")
    assert issued.status_code == 200 and "authorization_expires_in" not in issued.json(), issued.text
    alone = issued.json()["access_token"]
    flow.scene.secrets.add(alone)
    parcels = flow.application.read(alone, token["record"], types="steps").json()["parcels"]
    assert 1717 in [item["value"] for parcel in parcels for item in parcel["items"]]
    assert_problem(flow.application.read(alone, token["record"], types="heart_rate"), 403, "CONSENT_REQUIRED")


def test_no_credential_works_on_anothers_door(flow):
    """C1: an application's token opens nothing under /partner, a person's session nothing under /oauth/token or the data
    API, a page's cookie nothing under /partner, and a bearer session no page."""
    issued = flow.application.ask_token(grant_type="client_credentials").json()["access_token"]
    get = lambda path, **headers: httpx.get(flow.base + path, headers=headers, timeout=60)
    browser = flow.scene.person("doors@people.example")
    person = flow.scene.persons_app("doors@people.example")
    cookie = browser.cookie("licet_session")
    for path in ("/partner/consent/pending", "/partner/consent/grants", "/developer/apps"):
        for headers in ({"Authorization": f"Bearer {issued}"}, {"Cookie": f"licet_session={cookie}"},
                        {"Authorization": f"Bearer {cookie}"}, {}):
            answer = get(path, **headers)
            assert answer.status_code == 401, (path, answer.text)
            assert answer.json()["code"] == "NOT_AUTHENTICATED"
    answer = httpx.post(
        flow.base + "/oauth/token", data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Bearer {person.token}"}, timeout=60)
    assert answer.status_code == 401 and answer.json()["error"] == "invalid_client"
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert get(f"/api/v1/records/r_{'0' * 26}/items", Authorization=f"Bearer {person.token}").status_code == 401
    home = get("/", Cookie=f"licet_session={person.token}")
    assert "Ada Example" not in home.text


def test_a_session_ends_when_it_is_deleted(flow):
    """C1: DELETE /partner/session ends the bearer session."""
    flow.scene.person("leaving@people.example")
    person = flow.scene.persons_app("leaving@people.example")
    assert person.grants() == []
    assert person.call("DELETE", "/partner/session").status_code == 204
    assert_problem(person.call("GET", "/partner/consent/grants"), 401, "NOT_AUTHENTICATED")
