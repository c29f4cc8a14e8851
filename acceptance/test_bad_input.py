"""What is wrong is refused by name, loses nothing and leaves nothing."""

import pathlib
import types

import pytest
import requests

from kit.browser import Browser
from kit.deployment import eventually
from kit.exports import STEPS, export, many, written, zipped
from kit.parties import CALLBACK, assert_problem, draft, fault_fields, rule

LOGIN, PASSWORD = "linus@people.example", "yet another password"
STEP_RULE = [rule("steps", ["steps"], mode="online", required=True, why="We count with you.")]


@pytest.fixture(scope="module")
def world(scene):
    application = scene.register("Counter", STEP_RULE)
    browser = scene.person(LOGIN, PASSWORD, "Linus Example")
    person = scene.persons_app(LOGIN, PASSWORD)
    token = scene.consent(application, person, "rule:steps", ["rule:steps"])
    return types.SimpleNamespace(
        scene=scene, base=scene.base, application=application, browser=browser, person=person, token=token)


def broken_exports(folder: pathlib.Path) -> dict[str, tuple[pathlib.Path, str]]:
    """Name to file and a word that its refusal must say."""
    whole = many(2_000)
    entity = whole.replace(b"<!ELEMENT HealthData", b'<!ENTITY a "b">\n<!ELEMENT HealthData')
    return {
        "empty": (written(folder / "empty.xml", b""), ""),
        "not XML": (written(folder / "notes.xml", b"Dear diary, today I walked.\n" * 50), ""),
        "other XML": (written(folder / "other.xml", b"<?xml version='1.0'?><Recipes><Cake/></Recipes>"), ""),
        "truncated": (written(folder / "cut.xml", whole[: len(whole) * 2 // 3]), "line"),
        "an entity": (written(folder / "entity.xml", entity), ""),
        "two exports": (zipped(folder / "two.zip", {
            "apple_health_export/export.xml": export((STEPS, 4)), "copy/export.xml": export((STEPS, 5))}), "export.xml"),
        "no export": (zipped(folder / "none.zip", {"photo.txt": b"x"}), ""),
        "a damaged archive": (written(
            folder / "bad.zip", zipped(folder / "good.zip", {"export.xml": whole}).read_bytes()[:-200]), ""),
    }


NAMES = ["empty", "not XML", "other XML", "truncated", "an entity", "two exports", "no export", "a damaged archive"]


def nothing_is_left(world):
    rows = world.scene.deployment.storage.query("SELECT state FROM parcel WHERE sealed IS NOT NULL")
    return rows == []


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_export_is_refused_by_the_command(world, tmp_path, name):
    """F1: a file that is no whole export ends the command with a clear error; nothing of it is kept."""
    path, word = broken_exports(tmp_path)[name]
    said = world.scene.deployment.run("import", "--person", LOGIN, str(path), fails=True)
    assert word in said and len(said.strip()) > 10, said
    assert "Fatal error" not in said and "Stack dump" not in said
    eventually(lambda: nothing_is_left(world), what="that nothing is left")
    assert world.application.read(world.token["access_token"], world.token["record"]).json()["parcels"] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_export_is_refused_on_the_page(world, tmp_path, name):
    """F1: the same file uploaded says what is wrong on the page; the server goes on and nothing is kept."""
    path, word = broken_exports(tmp_path)[name]
    page = world.browser.upload(path, path.name)
    if page.path.startswith("/imports/"):
        page = eventually(lambda: (now := world.browser.open(page.path)) and not now.refreshes() and now)
    said = "choose a file" if name == "empty" else "nothing was kept"
    assert word in page.text and said in page.text.lower(), page.text
    eventually(lambda: nothing_is_left(world), what="that nothing is left")
    assert requests.get(world.base + "/readyz", timeout=10).status_code == 200


def test_a_good_zip_still_works_afterwards(world, tmp_path):
    """F1: export.zip with one export inside is imported."""
    path = zipped(tmp_path / "export.zip", {
        "apple_health_export/export.xml": export((STEPS, 640)), "apple_health_export/export_cda.xml": b"<ClinicalDocument/>"})
    page = world.browser.upload(path, "export.zip")
    assert page.path.startswith("/imports/imp_"), page.text
    read = lambda: world.application.read(world.token["access_token"], world.token["record"]).json()["parcels"]
    parcels = eventually(read, what="the imported parcel")
    assert [item["value"] for parcel in parcels for item in parcel["items"]] == [640]
    world.application.acknowledge(world.token["access_token"], world.token["record"], [parcel["id"] for parcel in parcels])


def test_a_person_who_does_not_exist_and_a_file_that_is_not_there(world, tmp_path):
    """F1: the command says which of its words is wrong."""
    file = str(written(tmp_path / "export.xml", export((STEPS, 1))))
    assert "--person" in world.scene.deployment.run(
        "import", "--person", "nobody@people.example", file, fails=True)
    world.scene.deployment.run("import", "--person", LOGIN, str(tmp_path / "missing.xml"), fails=True)


@pytest.mark.parametrize("address", [
    "http://hooks.example/in", "https://127.0.0.1/in", "https://10.1.2.3/in", "https://192.168.7.7/in", "https://[::1]/in",
    "https://169.254.169.254/latest", "https://localhost/in", "https://user:word@hooks.example/in", "ftp://hooks.example/in",
    "https://hooks.example/in#part", "not an address",
])
def test_a_webhook_address_that_must_not_be_called_is_refused_in_production(world, address):
    """F2: in production a webhook is public and https; anything else is a fault of the field webhook_url."""
    answer = world.scene.developer("production").call(
        "POST", "/developer/apps", json=draft("Insider", STEP_RULE, webhook_url=address))
    body = assert_problem(answer, 422, "INVALID_FIELDS")
    assert fault_fields(body) == {"webhook_url"}


def test_a_draft_full_of_faults_hears_all_of_them_at_once(world):
    """A1: every fault of a registration is told with its field, the empty why among them."""
    answer = world.scene.developer().call("POST", "/developer/apps", json={
        "name": "", "description": "", "redirect_uris": ["https://app.example/callback#part"], "grant_days": 366,
        "rules": [rule("Bad Name", ["telepathy"], why="  "), rule("fine", ["steps"], mode="dreaming", why="Because.")]})
    fields = fault_fields(assert_problem(answer, 422, "INVALID_FIELDS"))
    assert {"name", "rules[0].name", "rules[0].why", "rules[1].mode"} <= fields, fields
    assert any(field.startswith("redirect_uris") for field in fields) and "grant_days" in fields, fields
    assert any(field.startswith("rules[0].") and "types" in field for field in fields), fields


@pytest.mark.parametrize("address", ["http://app.example/back", "https://user@app.example/back", "/back", "https://a.example/#b"])
def test_an_address_that_no_answer_may_go_to_is_refused_in_production(world, address):
    """C2: in production an answer goes over TLS to an absolute address without user name or fragment."""
    answer = world.scene.developer("production").call(
        "POST", "/developer/apps", json=draft("Elsewhere", STEP_RULE) | {"redirect_uris": [address]})
    assert fault_fields(assert_problem(answer, 422, "INVALID_FIELDS")) == {"redirect_uris[0]"}


@pytest.mark.parametrize(("method", "path", "body", "field"), [
    ("POST", "/partner/session", {}, "login"),
    ("POST", "/partner/session", {"login": LOGIN, "password": 5}, "password"),
    ("POST", "/developer/invitations", {}, "invitation"),
    ("POST", "/developer/apps", {"name": "Nothing else"}, "rules"),
])
def test_a_missing_or_misspelled_field_is_named(world, method, path, body, field):
    """A1, C3: JSON that lacks a field, or has it of another kind, is 422 with that field."""
    answer = world.scene.developer().call(method, path, json=body)
    assert field in fault_fields(assert_problem(answer, 422, "INVALID_FIELDS"))


def test_what_is_no_json_is_refused(world):
    """C3: a body that is not JSON, or not said to be, is refused without a stack trace."""
    call = world.scene.developer().call
    assert call("POST", "/developer/apps", data=b"{", headers={"Content-Type": "application/json"}).status_code in (400, 422)
    assert call("POST", "/developer/apps", data=b"{}", headers={"Content-Type": "text/plain"}).status_code in (415, 422)
    deep = b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert call("POST", "/developer/apps", data=deep, headers={"Content-Type": "application/json"}).status_code in (400, 422)
    large = b'{"name":"' + b"x" * (2 << 20) + b'"}'
    assert call("POST", "/developer/apps", data=large, headers={"Content-Type": "application/json"}).status_code == 413


def test_a_sign_up_with_faults_shows_them_beside_the_fields(world):
    """C1: the page comes back with what was typed and what is wrong, the password aside."""
    browser = Browser(world.base)
    form = browser.open("/sign-up").form("/sign-up")
    form.set("login", "x")
    form.set("password", "short-one")
    form.set("name", "")
    page = browser.submit(form)
    assert page.status == 422
    wrong = {control.get("name") for control in page.soup.find_all("input") if control.get("aria-invalid") == "true"}
    assert wrong == {"login", "password", "name"}, page.text
    assert "short-one" not in page.html
    taken = Browser(world.base).sign_up(LOGIN, "long enough to be good", "Somebody Else")
    assert taken.status in (409, 422)


def consent_form(world):
    started, _ = world.application.start("rule:steps")
    page = world.browser.open(f"/approvals/{started.json()['approval_id']}")
    return page, page.form(page.path)


def test_a_tampered_or_foreign_form_is_refused(world):
    """C1, §6 check 12: a decision with another form token, with none, with the session's, with another approval's, from another
    site, or by another person's browser is 403 and decides nothing."""
    page, form = consent_form(world)
    decision = ("decision", "approve")
    bent = [(name, value[:-1] + ("a" if value[-1] != "a" else "b") if name == "form_token" else value)
            for name, value in form.fields]
    bare = [(name, value) for name, value in form.fields if name != "form_token"]
    _, elsewhere = consent_form(world)
    assert dict(elsewhere.fields)["form_token"] != dict(form.fields)["form_token"]
    tokens = [dict(elsewhere.fields)["form_token"], dict(page.form("/sign-out").fields)["form_token"]]
    swapped = [[("form_token", token), *bare] for token in tokens]
    for fields in (bent, bare, *swapped):
        answer = world.browser.post(form.action, fields + [decision])
        assert answer.status == 403 and "FORM_TAMPERED" in answer.text, answer.text
    for headers in ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
                    {"Origin": "null", "Sec-Fetch-Site": "cross-site"}):
        assert world.browser.submit(form, *decision, headers=headers).status == 403
    other = world.scene.person("mallory@people.example")
    assert other.open(page.path).status == 404
    other_token = dict(other.open("/").form("/sign-out").fields)["form_token"]
    assert other.post(form.action, [("form_token", other_token), ("scope", "rule:steps"), decision]).status == 403
    assert world.browser.submit(form, *decision).answer.status_code == 303, "the real one still works"


def test_a_form_that_leaves_out_the_required_rule_is_refused(world):
    """A2: a page posted without the required scope is 422 and the approval stays pending."""
    page, form = consent_form(world)
    fields = [(name, value) for name, value in form.fields if name != "scope"] + [("scope", "rule:other")]
    answer = world.browser.post(form.action, fields + [("decision", "approve")])
    assert answer.status == 422
    assert world.browser.submit(page.form(page.path), "decision", "approve").answer.status_code == 303


@pytest.mark.parametrize(("changed", "told"), [
    ({"client_id": "app_" + "0" * 26}, "page"),
    ({"redirect_uri": "https://evil.example/callback"}, "page"),
    ({"redirect_uri": CALLBACK + "/"}, "page"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"scope": "rule:never_declared"}, "invalid_scope"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
])
def test_a_bad_authorization_request_goes_back_only_to_a_registered_address(world, changed, told):
    """C2: with a wrong client or address a page explains and nothing is redirected; other faults go back as OAuth errors."""
    fields = {"response_type": "code", "client_id": world.application.id, "redirect_uri": CALLBACK, "scope": "rule:steps",
              "state": "s1", "code_challenge": "A" * 43, "code_challenge_method": "S256"} | changed
    answer = requests.get(world.base + "/oauth/authorize", params=fields, allow_redirects=False, timeout=60)
    if told == "page":
        assert answer.status_code == 400 and "Location" not in answer.headers
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "evil.example/callback\"" not in answer.text
    else:
        assert answer.status_code == 303 and answer.headers["Location"].startswith(CALLBACK + "?")
        assert f"error={told}" in answer.headers["Location"] and "state=s1" in answer.headers["Location"]
    twice = requests.get(world.base + "/oauth/authorize", params=[*fields.items(), ("state", "s2")], allow_redirects=False,
                         timeout=60)
    assert twice.status_code in (303, 400) and "approvals" not in twice.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/nothing", "/grants/grt_" + "0" * 26, "/approvals/x", "/imports/../etc", "/%00", "/%ff"])
def test_an_unknown_address_is_404_everywhere(world, path):
    """C1: pages and API alike say 404 without a trace of what is inside."""
    answer = requests.get(world.base + path, headers={"Accept": "application/json", "Cookie":
                          f"licet_session={world.browser.cookie('licet_session')}"}, timeout=60)
    assert answer.status_code in (400, 404), answer.status_code


def test_a_wrong_method_says_which_are_right(world):
    """C1: 405 with Allow."""
    answer = requests.delete(world.base + "/oauth/token", timeout=60)
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]
