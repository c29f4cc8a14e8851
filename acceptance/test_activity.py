"""Who looked: what people, applications and auditors see of the trail of a running server; AuditEvents as a client of FHIR takes
them, and a table that no spreadsheet takes for a program."""

import csv
import io
import json
import subprocess

import pytest
import requests
from fhirclient.models.auditevent import AuditEvent

from kit.deployment import binary, eventually
from kit.parties import assert_problem, rule

RULES = [rule("pulse", ["heart_rate"], required=True, why="We draw your pulse.")]
EVIL = "=HYPERLINK(\"https://evil.example\";\"x\")"


@pytest.fixture(scope="module")
def story(scene):
    """An application of an evil name read three times and was refused once."""
    application = scene.register(EVIL, RULES)
    browser = scene.person("ada@example.org")
    ada = scene.persons_app("ada@example.org")
    token = scene.consent(application, ada, "rule:pulse offline_access", ["rule:pulse", "offline_access"])
    for _ in range(3):
        assert application.read(token["access_token"], token["record"]).status_code == 200
    refused = application.read(token["access_token"], token["record"], types="body_weight")
    assert refused.status_code == 403
    return scene, application, browser, ada, token


def sealed(ada) -> list[dict]:
    """The accesses, as soon as each has its place in the log."""
    def claim():
        found = ada.call("GET", "/partner/activity").json()["accesses"]
        return len(found) == 4 and all(one["log_index"] is not None for one in found) and found
    return eventually(claim, what="the sealing of four accesses")


def test_a_person_sees_each_access_and_what_is_new(story):
    """D1, EHDS Art. 9: who, when, at what, under which grant, refused ones too; what is new is counted until it is seen."""
    _, application, browser, ada, token = story
    found = sealed(ada)
    assert [one["outcome"] for one in found] == ["refused:not_covered", "done", "done", "done"]
    assert all(one["client_id"] == application.id and one["grant_id"] == token["grant_id"] for one in found)
    overview = ada.call("GET", "/partner/activity/overview").json()
    assert overview["unseen"] == 4 and len(overview["days"]) == 30 and overview["days"][-1]["served"] == 3
    page = browser.open("/activity")
    assert page.status == 200 and "4 accesses that you have not seen" in page.text
    done = ada.call("PUT", "/partner/activity/notices", json={"seen_until": overview["at"]})
    assert done.status_code == 204
    assert ada.call("GET", "/partner/activity/overview").json()["unseen"] == 0


def test_an_access_is_proved_without_us(story, tmp_path):
    """D2: the person's page leads to a proof, and `licet audit check` finds it sound with the log's public key alone; a changed
    one it does not, and nobody else gets it."""
    scene, _, browser, ada, _ = story
    entry = sealed(ada)[0]["id"]
    page = browser.open(f"/activity/{entry}")
    assert page.status == 200 and "licet audit check" in page.text
    assert f"/activity/{entry}/proof" in page.html and "/log/key" in page.html
    proof = browser.open(f"/activity/{entry}/proof").answer
    assert proof.status_code == 200 and entry.encode() in proof.content or b"tlog-proof" in proof.content
    (tmp_path / "proof").write_bytes(proof.content)
    (tmp_path / "key").write_bytes(requests.get(scene.base + "/log/key", timeout=60).content)

    def check() -> subprocess.CompletedProcess:
        return subprocess.run([binary(), "audit", "check", str(tmp_path / "proof"), "--key", str(tmp_path / "key")],
                              capture_output=True, text=True, timeout=60, cwd=tmp_path, env={})

    done = check()
    assert done.returncode == 0, done.stderr
    lines = proof.content.split(b"\n")
    place = next(n for n, line in enumerate(lines) if line.startswith(b"index "))
    lines[place] = b"index 0"
    (tmp_path / "proof").write_bytes(b"\n".join(lines))
    assert check().returncode == 1
    stranger = scene.person("bob@example.org", name="Bob")
    assert stranger.open(f"/activity/{entry}").status == 404
    assert stranger.open(f"/activity/{entry}/proof").status == 404


def test_no_cell_of_the_table_begins_like_a_formula(story):
    """RFC 4180: Python's reader finds the columns, and the evil name is a text in every row."""
    _, _, browser, ada, _ = story
    answer = browser.open("/activity.csv").answer
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    assert len(rows) == 4 and {row["application"] for row in rows} == {"'" + EVIL}
    assert not any((cell or "").startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row.values())


def test_an_application_sees_its_own_entries_and_nobody_elses(story):
    """D1, F8: by its own names for people and records; another application sees none of it."""
    scene, application, _, ada, token = story
    sealed(ada)
    own = application.ask_token(grant_type="client_credentials").json()["access_token"]

    def entries(token: str, **query) -> dict:
        answer = requests.get(scene.base + "/api/v1/audit", params=query, timeout=60,
                              headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    reads = entries(own, action="read")["entries"]
    assert [one["outcome"] for one in reads] == ["done"] * 3 + ["refused:not_covered"]
    assert {one["record"] for one in reads} == {token["record"]} and {one["person"] for one in reads} == {token["person"]}
    seen, after = [], None
    while True:
        page = entries(own, limit=2, **({"after": after} if after is not None else {}))
        seen += page["entries"]
        after = page["next"]
        if after is None:
            break
    assert len({one["id"] for one in seen}) == len(seen) >= 6
    stranger = scene.register("Stranger", RULES)
    theirs = stranger.ask_token(grant_type="client_credentials").json()["access_token"]
    assert not [one for one in entries(theirs)["entries"] if one["grant_id"]]


def test_no_token_of_one_person_reads_the_entry_of_another(story):
    """D1: by the id of somebody else's entry a token gets what an unknown id gets, sealed or not; a token of the application's
    own has it. A holder of a record who does not look after it has no entry of others."""
    scene, application, _, ada, token = story
    scene.person("carl@example.org", name="Carl")
    carl = scene.persons_app("carl@example.org")
    carls = scene.consent(application, carl, "rule:pulse offline_access", ["rule:pulse", "offline_access"])
    own = application.ask_token(grant_type="client_credentials").json()["access_token"]
    entry = application.read(carls["access_token"], carls["record"]).headers["Licet-Audit"]

    def ask(token: str, id: str, end: str) -> requests.Response:
        return requests.get(f"{scene.base}/api/v1/audit/{id}{end}", timeout=60,
                            headers={"Authorization": f"Bearer {token}"})

    for _ in range(2):
        for end in ("", "/proof"):
            told = assert_problem(ask(token["access_token"], entry, end), 404, "NOT_FOUND")
            none = assert_problem(ask(token["access_token"], "aud_" + "0" * 26, end), 404, "NOT_FOUND")
            told.pop("request_id"), none.pop("request_id")
            assert told == none
            assert_problem(ada.call("GET", f"/partner/audit/{entry}{end}"), 404, "NOT_FOUND")
        eventually(lambda: ask(carls["access_token"], entry, "").status_code == 200, what="the sealing")
    assert ask(own, entry, "").status_code == 200 and ask(own, entry, "/proof").status_code == 200


def test_an_auditor_reads_everything_by_pseudonyms(story):
    """D1, FHIR R4: lines of JSON and AuditEvents, from the first entry to the last; nobody else may."""
    scene, _, _, ada, token = story
    sealed(ada)
    scene.person("eve@audit.example", name="Eve")
    eve = scene.persons_app("eve@audit.example")
    assert_problem(eve.call("GET", "/auditor/entries"), 403, "NOT_PERMITTED")
    assert "may read" in scene.deployment.run("auditor", "add", "eve@audit.example")
    lines, after = [], None
    while True:
        answer = eve.call("GET", "/auditor/entries", params={"limit": 5} | ({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        lines += [json.loads(line) for line in answer.text.splitlines()]
        after = answer.headers.get("Licet-Next")
        if not after:
            break
    assert [one["log_index"] for one in lines] == list(range(len(lines))) and len(lines) > 12
    text = json.dumps(lines)
    assert not any(word in text for word in ("ada@", "Ada", token["record"], token["person"], EVIL))
    bundle = eve.call("GET", "/auditor/events", params={"limit": 1000}).json()
    events = [AuditEvent(one["resource"], strict=True) for one in bundle["entry"]]
    assert {event.outcome for event in events} == {"0", "4"}
    assert "trail_read" in {event.subtype[0].code for event in events} | {one["entry"]["action"] for one in lines} or eventually(
        lambda: "trail_read" in eve.call("GET", "/auditor/entries", params={"action": "trail_read"}).text)
    assert "no more" in scene.deployment.run("auditor", "remove", "eve@audit.example")
    assert_problem(eve.call("GET", "/auditor/entries"), 403, "NOT_PERMITTED")


def test_an_auditor_reads_the_trail_in_a_browser(story):
    """D1, D2: "Audit" stands in an auditor's navigation and in nobody else's; the page narrows, its files hold the same, and a
    proof from its table is sound."""
    scene, _, browser, ada, _ = story
    sealed(ada)
    assert browser.open("/audit").status == 404 and "/audit" not in browser.open("/").html
    auditor = scene.person("iris@audit.example", name="Iris")
    assert "may read" in scene.deployment.run("auditor", "add", "iris@audit.example")
    assert 'href="/audit"' in auditor.open("/").html
    page = auditor.open("/audit?action=read&outcome=refused")
    assert page.status == 200 and "refused:not_covered" in page.html and EVIL not in page.html
    assert "licet audit verify" in page.text and requests.get(scene.base + "/log/key", timeout=60).text.split("+")[0] in page.text
    rows = list(csv.DictReader(io.StringIO(
        auditor.open("/audit.csv?action=read&outcome=refused").answer.content.decode(), newline="")))
    lines = [json.loads(line) for line in
             auditor.open("/audit.jsonl?action=read&outcome=refused").answer.content.decode().splitlines()]
    assert rows and [row["entry"] for row in rows] == [line["entry"]["id"] for line in lines]
    assert {row["outcome"] for row in rows} == {"refused:not_covered"}
    proof = auditor.open(f"/audit/{rows[0]['entry']}/proof").answer
    assert proof.status_code == 200 and b"tlog-proof" in proof.content
    assert browser.open(f"/audit/{rows[0]['entry']}/proof").status == 404
    assert auditor.open("/audit?person=Ada").status == 422
    assert "no more" in scene.deployment.run("auditor", "remove", "iris@audit.example")
    assert auditor.open("/audit").status == 404
