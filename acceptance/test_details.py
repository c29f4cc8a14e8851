"""RFC 9396 from end to end: asked for a time, read by the person, echoed, and held wherever data comes out."""

import datetime
import json

import pytest
import requests

from kit.clients import answer, code_of, pair, request_uri
from kit.deployment import eventually
from kit.exports import HEART_RATE, NOON, STEPS, record
from kit.parties import CALLBACK, query, rule
from kit.receiver import Receiver

RULES = [rule("walking", ["steps"], mode="online", why="We draw your days."),
         rule("pulse", ["heart_rate"], mode="online", why="We show your pulse.")]
PUSHED = [rule("walking", ["steps"], why="We draw your days."), rule("pulse", ["heart_rate"], why="We show your pulse.")]
PERIOD = {"from": "2026-01-01", "to": "2026-06-30"}
DETAILS = [{"type": "health_data", "purpose": "walking", "period": PERIOD},
           {"type": "health_data", "datatypes": ["heart_rate"], "period": {"to": "2024-12-31"}}]
WORDS = ("Only from 1 January 2026 to 30 June 2026", "Only to 31 December 2024")


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


def three_years() -> bytes:
    """A step count and a pulse at noon of every day of 2024, 2025 and 2026 up to September."""
    first = datetime.datetime(2024, 1, 1, 12, 0, tzinfo=NOON.tzinfo)
    days = [first + datetime.timedelta(days=number) for number in range(1_000)]
    lines = [record(kind, value, int((day - NOON).total_seconds() // 60))
             for day in days for kind, value in ((STEPS, 900), (HEART_RATE, 61))]
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<HealthData locale="en_GB">\n' + "".join(lines)
            + "</HealthData>\n").encode()


def granted(token: dict) -> list[dict]:
    return sorted(token["authorization_details"], key=lambda element: element["purpose"])


def expected() -> list[dict]:
    return [{"type": "health_data", "purpose": "pulse", "datatypes": ["heart_rate"], "actions": ["read"],
             "period": {"to": "2024-12-31"}},
            {"type": "health_data", "purpose": "walking", "datatypes": ["steps"], "actions": ["read"],
             "period": PERIOD}]


def push(scene, application, challenge: str, **fields) -> requests.Response:
    return requests.post(
        scene.base + "/oauth/par", auth=application.credentials, timeout=60,
        data={"response_type": "code", "redirect_uri": CALLBACK, "code_challenge": challenge,
              "code_challenge_method": "S256"} | fields)


def link(scene, application, way: str, challenge: str, details) -> str:
    if way == "get":
        return request_uri(scene.base, application.id, "", challenge, authorization_details=json.dumps(details))
    pushed = push(scene, application, challenge, authorization_details=json.dumps(details))
    assert pushed.status_code == 201, pushed.text
    return requests.Request("GET", scene.base + "/oauth/authorize", params={
        "client_id": application.id, "request_uri": pushed.json()["request_uri"]}).prepare().url


def settle(app, identifier: str) -> dict:
    ended = lambda: app.call("GET", f"/partner/imports/{identifier}").json()["state"] != "running"
    eventually(ended, what="the end of the import")
    return app.call("GET", f"/partner/imports/{identifier}").json()


def days_read(application, token: str, record_name: str, kind: str) -> list[str]:
    days, after = [], None
    while True:
        more = {"after": after} if after else {}
        page = application.read(token, record_name, types=kind, limit=100, **more)
        assert page.status_code == 200, page.text
        body = page.json()
        days += [item["start"][:10] for parcel in body["parcels"] for item in parcel["items"]]
        after = body.get("next")
        if not after:
            return sorted(days)


@pytest.mark.parametrize("way", ["par", "get"])
def test_from_the_request_to_the_days_that_come_out(scene, way):
    """RFC 9396 §2, §7, §9.1: the page says the dates, the answers echo them, and of three years only they come out."""
    application = scene.register(f"Study {way}", RULES)
    login = f"details-{way}@example.org"
    browser = scene.person(login)
    person = scene.persons_app(login)
    made = pair()
    address = link(scene, application, way, made["challenge"], DETAILS)
    page = browser.open(address)
    assert page.status == 200, page.text
    for words in WORDS:
        assert words in page.text, words
    back = browser.decide(page, "approve", "rule:walking", "rule:pulse").answer
    assert back.status_code == 303, back.text[:500]
    exchanged = application.exchange(back.headers["Location"], made["verifier"])
    assert exchanged.status_code == 200, exchanged.text
    token = exchanged.json()
    scene.secrets |= {token["access_token"], made["verifier"], query(back.headers["Location"])["code"]}
    assert granted(token) == expected()

    sent = person.call("POST", "/partner/imports", data=three_years(), headers={"Content-Type": "application/xml"})
    assert sent.status_code == 202, sent.text
    view = settle(person, sent.json()["import_id"])
    assert view["state"] == "complete" and view["items"] == 2_000, view
    assert view["recipients"][0]["items"] == 181 + 366 and view["items_for_nobody"] == 2_000 - 181 - 366
    steps = days_read(application, token["access_token"], token["record"], "steps")
    assert (steps[0], steps[-1], len(steps)) == ("2026-01-01", "2026-06-30", 181)
    pulse = days_read(application, token["access_token"], token["record"], "heart_rate")
    assert (pulse[0], pulse[-1], len(pulse)) == ("2024-01-01", "2024-12-31", 366)

    seen = requests.post(scene.base + "/oauth/introspect", auth=application.credentials, timeout=60,
                         data={"token": token["access_token"]}).json()
    assert seen["active"] and granted(seen) == expected()
    sheet = browser.open(f"/grants/{token['grant_id']}")
    assert all(words in sheet.text for words in WORDS)
    grant = next(grant for grant in person.grants() if grant["id"] == token["grant_id"])
    assert grant["periods"] == [{"rule": "walking", "data_types": ["steps"], **PERIOD},
                                {"rule": "pulse", "data_types": ["heart_rate"], "from": None, "to": "2024-12-31"}]


def test_a_second_yes_adds_its_dates_and_no_others(scene):
    """Decision 0011: settled within what stands; beyond it asked, and the page lists every period."""
    application = scene.register("Twice", RULES)
    browser = scene.person("details-twice@example.org")

    def ask(period: dict) -> str:
        made = pair()
        details = [{"type": "health_data", "purpose": "walking", "period": period}]
        ask.verifier = made["verifier"]
        return link(scene, application, "par", made["challenge"], details)

    def redeem(back: str) -> dict:
        told = application.exchange(back, ask.verifier)
        assert told.status_code == 200, told.text
        scene.secrets |= {told.json()["access_token"], ask.verifier, code_of(back)}
        return told.json()

    first = redeem(answer(browser, ask({"from": "2024-01-01", "to": "2024-12-31"}), "rule:walking"))
    page = browser.open(ask({"from": "2024-03-01", "to": "2024-03-31"}))
    assert "Go on to" in page.text and "Only from 1 January 2024 to 31 December 2024" in page.text
    page = browser.open(ask({"from": "2026-01-01"}))
    assert "Only from 1 January 2024 to 31 December 2024, and from 1 January 2026" in page.text
    back = browser.decide(page, "approve", "rule:walking").answer.headers["Location"]
    second = redeem(back)
    assert second["grant_id"] == first["grant_id"]
    assert [element["period"] for element in second["authorization_details"]] == [
        {"from": "2024-01-01", "to": "2024-12-31"}, {"from": "2026-01-01"}]


BAD = [("{}", "array"), ("[]", "array"), ("[{}]", "type"), ('[{"type":"payment"}]', "type"),
       ('[{"type":"health_data","purpose":"sleeping"}]', "purpose"),
       ('[{"type":"health_data","purpose":"walking","frequency":"daily"}]', "frequency"),
       ('[{"type":"health_data","datatypes":["blood_glucose"]}]', "datatypes"),
       ('[{"type":"health_data","purpose":"walking","period":{"from":"2026-02-30"}}]', "period.from"),
       ('[{"type":"health_data","purpose":"walking","purpose":"pulse"}]', "twice"),
       ('[{"type":"health_data","purpose":"walking","locations":["https://elsewhere.example"]}]', "locations")]


@pytest.mark.parametrize("text, named", BAD)
def test_details_that_are_not_good_go_back(scene, text, named):
    """RFC 9396 §5: the application is told which member is wrong, in the redirect and where it pushes."""
    application = scene.register("Bad", RULES)
    made = pair()
    led = requests.get(request_uri(scene.base, application.id, "", made["challenge"], authorization_details=text),
                       allow_redirects=False, timeout=60)
    told = query(led.headers["Location"])
    assert led.status_code == 303 and told["error"] == "invalid_authorization_details", told
    assert named in told["error_description"], told
    pushed = push(scene, application, made["challenge"], authorization_details=text)
    assert pushed.status_code == 400 and pushed.json()["error"] == "invalid_authorization_details", pushed.text
    assert named in pushed.json()["error_description"], pushed.text


@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token", "client_credentials"])
def test_no_token_is_asked_for_in_details(scene, grant_type):
    """RFC 9396 §6: a token gives what its grant gives, so it cannot be asked for with less."""
    application = scene.register("Token", RULES)
    told = application.ask_token(grant_type=grant_type, code="lac_x", refresh_token="lrt_x", redirect_uri=CALLBACK,
                                 code_verifier="v" * 43, authorization_details=json.dumps(DETAILS))
    assert told.status_code == 400 and told.json()["error"] == "invalid_authorization_details", told.text


@pytest.fixture
def hook():
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_a_webhook_carries_only_the_agreed_days(scene, hook):
    """F2, RFC 9396: what is pushed is held to the dates as what is fetched."""
    application = scene.register("Pushed", PUSHED, webhook_url=hook.url)
    hook.secret = application.webhook_secret
    scene.person("details-hook@example.org")
    person = scene.persons_app("details-hook@example.org")
    started, verifier = application.start("", authorization_details=json.dumps(DETAILS[:1]))
    assert started.status_code == 201, started.text
    approval = started.json()["approval_id"]
    shown = person.call("GET", f"/partner/consent/pending/{approval}").json()
    assert shown["scopes"][0]["periods"] == [{"data_types": ["steps"], **PERIOD}]
    decided = person.call("POST", f"/partner/consent/pending/{approval}/approve",
                          json={"approvedScopes": ["rule:walking"]})
    assert decided.status_code == 200, decided.text
    token = application.exchange(decided.json()["redirect_to"], verifier).json()
    assert token["authorization_details"] == expected()[1:]
    sent = person.call("POST", "/partner/imports", data=three_years(), headers={"Content-Type": "application/xml"})
    assert settle(person, sent.json()["import_id"])["state"] == "complete"
    eventually(lambda: len(hook.items()) >= 181, what="delivery")
    days = sorted(item["start"][:10] for item in hook.items())
    assert (days[0], days[-1], len(days)) == ("2026-01-01", "2026-06-30", 181)
