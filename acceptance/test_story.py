"""The story: from an organization's invitation to the revoked grant, with clients that are not ours.

The steps share one deployment and stand on each other, in order. An application's browser steps use requests-oauthlib; its
webhook endpoint verifies with standardwebhooks; the person uses pages without JavaScript.
"""

import types

import pytest
import requests
from requests_oauthlib import OAuth2Session

from kit.browser import Browser
from kit.deployment import eventually
from kit.exports import HEART_RATE, SLEEP, STEPS, WEIGHT, export, written
from kit.parties import CALLBACK, Application, assert_problem, draft, query, rule

PERSON = ("ada@people.example", "a long and good password", "Ada Example")
# Nothing covers weight: these numbers must show up nowhere.
PLANTED_WEIGHTS = ("77.3125", "78.6875")
ACTIVITY_WHY = "We draw your week so that you see which days kept you moving."
SLEEP_WHY = "We compare your nights with your days."
RESPONSIBLE = "Strider Ltd, privacy@strider.example"


@pytest.fixture(scope="module")
def story(scene):
    """What one step leaves for the next."""
    return types.SimpleNamespace(scene=scene, base=scene.base, deployment=scene.deployment)


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    # The client library refuses plain http, also on loopback, unless told.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")


@pytest.fixture
def exports(tmp_path):
    return written(tmp_path / "export.xml", export(
        (STEPS, 1200), (HEART_RATE, 61), (WEIGHT, PLANTED_WEIGHTS[0]), (STEPS, 431), (HEART_RATE, 64),
        (SLEEP, "HKCategoryValueSleepAnalysisAsleepREM"), (WEIGHT, PLANTED_WEIGHTS[1])))


def audit(story, action: str, outcome: str = "done") -> list[dict]:
    return story.deployment.storage.trail(action, outcome)


def refusals(story) -> int:
    return sum(line["outcome"].startswith("refused:") for line in story.deployment.storage.trail())


def test_1_an_invited_developer_registers_an_application_by_http(story, receiver):
    """A1: by invitation a developer becomes owner of an organization and registers an application with its rules; the
    secrets are shown once."""
    organization, invitation = story.deployment.make_organization("Strider")
    story.scene.person("dev@strider.example", name="Dev Strider")
    story.developer = story.scene.persons_app("dev@strider.example")
    joined = story.developer.call("POST", "/developer/invitations", json={"invitation": invitation})
    assert joined.status_code in (200, 201) and joined.json() == {"organization_id": organization}, joined.text
    again = story.developer.call("POST", "/developer/invitations", json={"invitation": invitation})
    assert again.status_code >= 400, "an invitation works once"

    answer = story.developer.call("POST", "/developer/apps", json=draft(
        "Strider", [
            rule("activity", ["steps", "heart_rate"], required=True, why=ACTIVITY_WHY),
            rule("nights", ["sleep"], why=SLEEP_WHY),
        ], organization_id=organization, webhook_url=receiver.url, grant_days=30))
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"client_id", "client_secret", "webhook_secret"}
    story.strider = Application(story.base, answer.json())
    receiver.secret = story.strider.webhook_secret
    story.scene.secrets |= {story.strider.secret, story.strider.webhook_secret, invitation, story.developer.token}

    listed = story.developer.call("GET", "/developer/apps")
    assert listed.status_code == 200 and story.strider.id in listed.text
    assert story.strider.secret not in listed.text and story.strider.webhook_secret not in listed.text


def test_2_a_person_signs_up_and_signing_in_changes_the_session(story):
    """C1: a person signs up and in by pages; signing in gives a new session and ends the one before."""
    browser = Browser(story.base)
    browser.session.cookies.set("licet_session", "lss_planted-by-somebody-else", domain="127.0.0.1", path="/")
    browser.sign_up(*PERSON)
    if not browser.cookie("licet_session") or browser.cookie("licet_session").endswith("somebody-else"):
        browser.sign_in(*PERSON[:2])
    first = browser.cookie("licet_session")
    assert first and "planted" not in first
    assert PERSON[2] in browser.open("/").text
    browser.sign_out()
    browser.sign_in(*PERSON[:2])
    second = browser.cookie("licet_session")
    assert second and second != first

    stale = Browser(story.base)
    stale.session.cookies.set("licet_session", first, domain="127.0.0.1", path="/")
    assert PERSON[2] not in stale.open("/").text
    wrong = Browser(story.base).sign_in(PERSON[0], "not the password at all")
    assert wrong.status == 401 and "not right" in wrong.text
    story.browser = browser
    story.scene.secrets |= {PERSON[1], first, second}


def test_3_the_consent_page_says_who_what_why_how_long_and_who_answers(story):
    """A5, C2, F10: an authorization started by a standard client leads a signed-out person through sign-in to a page
    that names the application, the data, the reasons, the duration and who is responsible."""
    story.oauth = OAuth2Session(
        story.strider.id, redirect_uri=CALLBACK, scope=["rule:activity", "rule:nights"], pkce="S256")
    address, story.state = story.oauth.authorization_url(story.base + "/oauth/authorize")
    browser = Browser(story.base)
    page = browser.open(address)
    assert page.path == "/sign-in", "nobody decides without signing in"
    page = browser.sign_in(*PERSON[:2], page=page)
    assert page.status == 200 and page.path.startswith("/approvals/apr_")
    text = page.text
    for said in ("Strider", RESPONSIBLE, ACTIVITY_WHY, SLEEP_WHY, "Steps", "Heart rate", "Sleep stages", "30 days",
                 "app.example"):
        assert said in text, f"{said!r} is not on the page:\n{text}"
    assert "responsib" in text.lower()
    assert "sandbox" in text.lower()
    assert page.soup.find("script") is None
    assert "frame-ancestors 'none'" in page.answer.headers["Content-Security-Policy"]
    assert page.answer.headers["Cache-Control"] == "no-store"
    story.browser, story.page = browser, page
    story.scene.secrets |= {browser.cookie("licet_session"), browser.cookie("licet_flow")}


def test_4_the_required_rule_is_approved_and_the_optional_one_left(story):
    """A2, A3, C5, C6: required is fixed, optional starts unticked; the subset becomes the token's scope, and the token says
    when the authorization ends."""
    form = story.page.form(story.page.path)
    assert ("scope", "rule:activity") in form.fields, "the required rule is sent without a box"
    assert form.boxes == {"rule:nights": ("scope", False)}
    assert {("decision", "approve"), ("decision", "deny")} <= set(form.buttons)
    back = story.browser.decide(story.page, "approve").answer
    assert back.status_code == 303
    redirect = back.headers["Location"]
    assert redirect.startswith(CALLBACK + "?")
    assert query(redirect)["state"] == story.state and query(redirect)["iss"] == story.base
    # The address came back over TLS; only the token endpoint is on loopback.
    token = story.oauth.fetch_token(
        story.base + "/oauth/token", authorization_response=redirect, client_secret=story.strider.secret)
    story.scene.secrets |= {query(redirect)["code"], token["access_token"]}
    assert str(token["token_type"]).lower() == "bearer"
    assert token["scope"] in ("rule:activity", ["rule:activity"])
    assert 29.9 * 86_400 < token["authorization_expires_in"] <= 30 * 86_400
    assert token["record"].startswith("r_") and token["person"].startswith("p_")
    story.token = token


def test_5_an_uploaded_export_is_delivered_signed_and_then_forgotten(story, receiver, exports):
    """F1, F2, F6, F8: readings arrive harmonised at the webhook with a signature that a library not ours accepts; once
    acknowledged, their payload is gone from the database."""
    page = story.browser.upload(exports)
    assert page.path.startswith("/imports/imp_"), page.text
    page = eventually(
        lambda: (now := story.browser.open(page.path)) and not now.refreshes() and now, what="the import's end")
    story.import_text = page.text
    assert "Strider" in page.text
    eventually(lambda: len(receiver.items()) >= 4, what="delivery")
    assert receiver.counts["bad_signature"] == 0, receiver.faults
    items = receiver.items()
    assert sorted((item["type"], item["value"], item["unit"]) for item in items) == [
        ("heart_rate", 61, "/min"), ("heart_rate", 64, "/min"), ("steps", 431, "{steps}"), ("steps", 1200, "{steps}")]
    for message in receiver.messages.values():
        assert message["type"] == "data.items"
        assert message["data"]["record"] == story.token["record"] and message["data"]["person"] == story.token["person"]
    raw = b"".join(receiver.bodies).decode()
    assert "Ada" not in raw and PERSON[0] not in raw, "what the person is called is not delivered"

    waiting = "SELECT count(*) FROM parcel WHERE state NOT IN ('delivered')"
    eventually(lambda: story.deployment.storage.query(waiting) == [(0,)], what="every parcel delivered")
    rows = story.deployment.storage.query("SELECT state, sealed IS NULL FROM parcel")
    assert rows and all(gone in (1, "t") for _, gone in rows), rows


def test_5b_the_command_imports_too(story, receiver, tmp_path):
    """F2: `licet import` beside the running server delivers the same way."""
    before = len(receiver.items())
    said = story.deployment.run(
        "import", "--person", PERSON[0], str(written(tmp_path / "export.xml", export((STEPS, 77), (WEIGHT, 79.0625)))))
    assert "79.0625" not in said
    eventually(lambda: len(receiver.items()) == before + 1, what="delivery of what the command imported")
    assert any(item["value"] == 77 for item in receiver.items())


def test_6_what_no_grant_covers_goes_nowhere_and_the_person_is_told(story, receiver):
    """F6: weight and sleep, which nothing covers, are counted for the person and kept and sent nowhere."""
    assert "covered by no permission" in story.import_text
    assert {item["type"] for item in receiver.items()} == {"steps", "heart_rate"}
    assert story.deployment.storage.query("SELECT count(*) FROM parcel WHERE data_type IN ('body_weight', 'sleep_stage')") \
        == [(0,)]
    for weight in PLANTED_WEIGHTS:
        assert weight not in story.import_text
        assert weight.encode() not in story.deployment.storage.everything()


def test_7_an_application_without_a_webhook_reads_on_demand_and_acknowledges(story, tmp_path):
    """C7, F4, F7: what waits in the bucket is read page by page, again until acknowledged, and then it is gone; reading is
    bound to the record, the types and the application."""
    story.reader = story.scene.register(
        "Reader", [rule("vitals", ["steps", "heart_rate"], mode="online", required=True, why="We show your vitals.")])
    oauth = OAuth2Session(story.reader.id, redirect_uri=CALLBACK, scope=["rule:vitals"], pkce="S256")
    page = story.browser.open(oauth.authorization_url(story.base + "/oauth/authorize")[0])
    redirect = story.browser.decide(page, "approve").answer.headers["Location"]
    token = oauth.fetch_token(
        story.base + "/oauth/token", authorization_response=redirect, client_secret=story.reader.secret)
    story.scene.secrets |= {query(redirect)["code"], token["access_token"]}
    story.reader_token, story.record = token["access_token"], token["record"]
    assert story.record != story.token["record"], "two applications cannot tell that they hold the same record"

    story.deployment.run("import", "--person", PERSON[0], str(written(
        tmp_path / "export.xml", export((STEPS, 311), (HEART_RATE, 58), (STEPS, 312)))))
    read = lambda **parameters: story.reader.read(story.reader_token, story.record, **parameters)
    answer = read()
    assert answer.status_code == 200, answer.text
    assert answer.headers["Licet-Audit"].startswith("aud_")
    assert answer.headers["Cache-Control"] == "no-store"
    parcels = answer.json()["parcels"]
    assert answer.json()["next"] is None
    assert sorted(item["value"] for parcel in parcels for item in parcel["items"]) == [58, 311, 312]
    assert read().json()["parcels"] == parcels, "nothing goes before it is acknowledged"
    assert {parcel["type"] for parcel in read(types="heart_rate").json()["parcels"]} == {"heart_rate"}
    first = read(limit=1).json()
    assert len(first["parcels"]) == 1 and first["next"]
    rest = read(limit=100, after=first["next"]).json()
    assert [parcel["id"] for parcel in first["parcels"] + rest["parcels"]] == [parcel["id"] for parcel in parcels]

    ids = [parcel["id"] for parcel in parcels]
    done = story.reader.acknowledge(story.reader_token, story.record, ids)
    assert done.status_code == 200 and done.json() == {"acknowledged": len(ids)}, done.text
    assert story.reader.acknowledge(story.reader_token, story.record, ids).json() == {"acknowledged": 0}
    assert read().json()["parcels"] == []
    listed = ", ".join(f"'{name}'" for name in ids)
    assert story.deployment.storage.query(f"SELECT count(*) FROM parcel WHERE id IN ({listed}) AND sealed IS NULL") \
        == [(len(ids),)]


def test_8_whoever_asks_beyond_the_grant_is_refused_and_it_is_recorded(story):
    """C7, D1: another application's token, a type not granted, an unknown record: 403 CONSENT_REQUIRED, each with its line
    in the audit trail; a bad limit is a fault of that field, a bad token one uniform 401."""
    before = refusals(story)
    stranger = story.strider.read(story.token["access_token"], story.record)
    missing = story.reader.read(story.reader_token, story.record, types="steps,body_weight")
    unknown = story.reader.read(story.reader_token, "r_" + "0" * 26)
    strangers_unknown = story.strider.read(story.token["access_token"], "r_" + "0" * 26)
    for answer in (stranger, missing, unknown, strangers_unknown):
        assert_problem(answer, 403, "CONSENT_REQUIRED")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert {**stranger.json(), "request_id": 0} == {**strangers_unknown.json(), "request_id": 0}, "a stranger learns nothing"
    assert refusals(story) == before + 4

    assert "limit" in str(assert_problem(story.reader.read(story.reader_token, story.record, limit=0), 422, "INVALID_FIELDS"))
    bad = story.reader.read("lat_" + "A" * 43, story.record)
    assert bad.status_code == 401 and 'error="invalid_token"' in bad.headers["WWW-Authenticate"]
    bare = requests.get(f"{story.base}/api/v1/records/{story.record}/items", timeout=60)
    assert bare.status_code == 401 and bare.headers["WWW-Authenticate"].startswith("Bearer resource_metadata=")


def test_8b_every_access_and_every_change_of_consent_has_its_line(story):
    """D1, D2: sign-ups, approvals, tokens, deliveries, reads and acknowledgements are in the audit trail with the
    application and without any name, secret or value."""
    for action in ("person_registered", "signed_in", "organization_created", "invitation_used", "application_registered",
                   "approval_started", "approval_approved", "token_issued", "imported", "deliver", "read", "acknowledge"):
        assert audit(story, action), f"no line for {action}"
    # Four by upload, one by command, and the webhook's own three of what was imported for the reader.
    eventually(lambda: sum(line["items"] for line in audit(story, "deliver")) == 8, what="the last delivery's line")
    assert all(line["application"] == story.strider.id for line in audit(story, "deliver"))
    reads = audit(story, "read")
    assert {line["application"] for line in reads} == {story.reader.id}
    assert all(line["request"].startswith("req_") for line in reads)
    assert all(line[who].startswith("n_") for line in reads for who in ("person", "record")), "people are pseudonyms here"
    trail = str(story.deployment.storage.trail())
    for word in (*story.scene.secrets, PERSON[0], PERSON[2], *PLANTED_WEIGHTS):
        assert word not in trail


def test_9_the_person_revokes_and_the_very_next_request_is_refused(story):
    """C8, C9, C10: revoked on the page, the grant stays listed as revoked, its token opens nothing from the next request on,
    and a later import brings its application nothing."""
    alive = story.reader.read(story.reader_token, story.record)
    assert alive.status_code == 200
    page = story.browser.open("/")
    details = [story.browser.open(link) for link in page.links("/grants/")]
    grant = next(page for page in details if "Reader" in page.text and "We show your vitals." in page.text)
    ended = story.browser.submit(grant.form("/revoke"))
    assert ended.status == 200
    refused = story.reader.read(story.reader_token, story.record)
    body = assert_problem(refused, 403, "CONSENT_REQUIRED")
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    assert "revoked" not in str(body).lower(), "no grant, an expired one and a revoked one answer alike"

    listed = {grant["clientId"]: grant for grant in story.scene.persons_app(*PERSON[:2]).grants()
              if grant["status"] == "revoked"}
    assert listed[story.reader.id]["revoked_at"]
    assert audit(story, "grant_revoked")
    assert "Reader" in story.browser.open("/").text, "an ended grant is still told"


@pytest.mark.parametrize("relaxed", [False, True], ids=["strict", "relaxed"])
def test_the_client_library_hears_that_the_scope_was_narrowed(story, monkeypatch, relaxed):
    """C5: a standard client is told the narrower scope: requests-oauthlib raises on it, unless told to accept."""
    if not relaxed:
        monkeypatch.delenv("OAUTHLIB_RELAX_TOKEN_SCOPE")
    login = f"relaxed-{relaxed}@people.example".lower()
    browser = story.scene.person(login)
    oauth = OAuth2Session(story.strider.id, redirect_uri=CALLBACK, scope=["rule:activity", "rule:nights"], pkce="S256")
    page = browser.open(oauth.authorization_url(story.base + "/oauth/authorize")[0])
    redirect = browser.decide(page, "approve").answer.headers["Location"]
    fetch = lambda: oauth.fetch_token(
        story.base + "/oauth/token", authorization_response=redirect, client_secret=story.strider.secret)
    if relaxed:
        assert fetch()["scope"] in ("rule:activity", ["rule:activity"])
    else:
        with pytest.raises(Warning, match="Scope has changed"):
            fetch()


def test_the_whole_optional_set_is_approved_when_ticked(story):
    """A2, C5: with the optional box ticked the token carries both rules and the client library is content."""
    browser = story.scene.person("both@people.example")
    oauth = OAuth2Session(story.strider.id, redirect_uri=CALLBACK, scope=["rule:activity", "rule:nights"], pkce="S256")
    page = browser.open(oauth.authorization_url(story.base + "/oauth/authorize")[0])
    redirect = browser.decide(page, "approve", "rule:nights").answer.headers["Location"]
    token = oauth.fetch_token(
        story.base + "/oauth/token", authorization_response=redirect, client_secret=story.strider.secret)
    assert set(str(token["scope"]).replace("[", "").replace("]", "").replace("'", "").replace(",", "").split()) \
        == {"rule:activity", "rule:nights"}


def test_a_denial_leads_back_and_leaves_no_grant(story):
    """C5: pressing deny sends the browser back with access_denied, the state and the issuer; there is no grant."""
    browser = story.scene.person("no@people.example")
    oauth = OAuth2Session(story.strider.id, redirect_uri=CALLBACK, scope=["rule:activity"], pkce="S256")
    address, state = oauth.authorization_url(story.base + "/oauth/authorize")
    redirect = browser.decide(browser.open(address), "deny").answer.headers["Location"]
    assert query(redirect)["error"] == "access_denied"
    assert query(redirect)["state"] == state and query(redirect)["iss"] == story.base
    assert story.scene.persons_app("no@people.example").grants() == []


def test_a_code_works_once_and_using_it_again_ends_its_token(story):
    """C2, C10: RFC 6749 section 4.1.2: a replayed code is invalid_grant, and what was issued for it stops working."""
    login = "replayed@people.example"
    story.scene.person(login)
    started, verifier = story.reader.start("rule:vitals")
    decided = story.scene.persons_app(login).call(
        "POST", f"/partner/consent/pending/{started.json()['approval_id']}/approve", json={"approvedScopes": ["rule:vitals"]})
    first = story.reader.exchange(decided.json()["redirect_to"], verifier)
    assert first.status_code == 200
    read = lambda: story.reader.read(first.json()["access_token"], first.json()["record"])
    assert read().status_code == 200
    again = story.reader.exchange(decided.json()["redirect_to"], verifier)
    assert again.status_code == 400 and again.json()["error"] == "invalid_grant"
    assert read().status_code == 401
    story.scene.secrets |= {query(decided.json()["redirect_to"])["code"], first.json()["access_token"]}


def test_approving_twice_does_not_deliver_twice(story, tmp_path):
    """C6, F1: a person who approves the same application again gives it one copy of each reading, not two."""
    login = "twice@people.example"
    story.scene.person(login)
    person = story.scene.persons_app(login)
    story.scene.consent(story.reader, person, "rule:vitals", ["rule:vitals"])
    token = story.scene.consent(story.reader, person, "rule:vitals", ["rule:vitals"])
    story.deployment.run("import", "--person", login, str(written(tmp_path / "export.xml", export((STEPS, 515)))))
    parcels = story.reader.read(token["access_token"], token["record"]).json()["parcels"]
    waiting = story.deployment.storage.query(
        f"SELECT count(*) FROM parcel WHERE application_id = '{story.reader.id}' AND sealed IS NOT NULL")
    assert [item["value"] for parcel in parcels for item in parcel["items"]] == [515] and waiting == [(1,)]


def test_logs_hold_no_secret_and_no_health_value(story):
    """D2: not the server's log at its most talkative, nor any command's output that did not have to show it."""
    log = story.deployment.log_text()
    assert log, "the server says where to go when it starts"
    for word in (*story.scene.secrets, *PLANTED_WEIGHTS):
        assert word not in log
    kept = story.deployment.storage.everything()
    for word in (*story.scene.secrets, *PLANTED_WEIGHTS):
        assert word.encode() not in kept, "secrets are kept as hashes or sealed"
