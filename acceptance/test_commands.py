"""What an operator does without a browser, and the story that the binary itself can tell."""

import requests
import yaml

from kit.deployment import find
from kit.exports import STEPS, export, written
from kit.parties import CALLBACK, Application, draft, rule

LOGIN, PASSWORD = "edsger@people.example", "a password on one line"


def test_an_application_is_registered_from_a_file(deployment, scene, tmp_path):
    """A1: `application register` takes the same description as the HTTP interface, as YAML, and prints the secrets once."""
    organization, _ = deployment.make_organization("Filed")
    described = draft("Filed", [rule("steps", ["steps"], mode="online", required=True, why="We count with you.")],
                      webhook_url="http://127.0.0.1:9/hook")
    file = tmp_path / "application.yaml"
    file.write_text(yaml.safe_dump(described), "utf-8")
    said = deployment.run("application", "register", "--organization", organization, "--file", str(file))
    application = Application(scene.base, {
        "client_id": find(r"app_[0-9a-z]{26}", said), "client_secret": find(r"lcs_[A-Za-z0-9_-]+", said)})
    assert "whsec_" in said
    started, _ = application.start("rule:steps")
    assert started.status_code == 201, started.text


def test_a_file_with_faults_names_the_fields(deployment, tmp_path):
    """A1: the command says every fault by its field and registers nothing."""
    organization, _ = deployment.make_organization("Faulty")
    file = tmp_path / "application.yaml"
    file.write_text(yaml.safe_dump(draft("", [rule("steps", ["telepathy"], why="")])), "utf-8")
    said = deployment.run("application", "register", "--organization", organization, "--file", str(file), fails=True)
    for field in ("name", "rules[0].why", "rules[0].data_types[0]"):
        assert field in said, said
    file.write_text("not: [a, description", "utf-8")
    deployment.run("application", "register", "--organization", organization, "--file", str(file), fails=True)


def test_a_person_is_made_with_a_password_from_standard_input(deployment, scene):
    """C1: the password is never an argument; the person can sign in; a second account of the same login is refused."""
    said = deployment.run("person", "create", "--login", LOGIN, "--name", "Edsger Example", stdin=PASSWORD + "\n")
    assert PASSWORD not in said
    assert scene.persons_app(LOGIN, PASSWORD).grants() == []
    deployment.run("person", "create", "--login", LOGIN, "--name", "Another", stdin=PASSWORD + "\n", fails=True)
    deployment.run("person", "create", "--login", "short@people.example", "--name", "Short", stdin="short\n", fails=True)


def test_an_import_for_a_person_without_grants_says_that_nobody_gets_anything(deployment, tmp_path):
    """F6: no grant, no recipient: nothing is kept and the command says so."""
    said = deployment.run("import", "--person", LOGIN, str(written(tmp_path / "export.xml", export((STEPS, 9_876)))))
    assert "covered by no permission" in said and "9876" not in said
    assert deployment.storage.query("SELECT count(*) FROM parcel WHERE sealed IS NOT NULL") == [(0,)]


def test_the_demonstration_plays_to_its_end(deployment):
    """C2, C5, C9: `licet demo` asks, agrees, imports, delivers and revokes against the running server with real requests."""
    said = deployment.run("demo", timeout=240)
    assert "CONSENT_REQUIRED" in said, "the demonstration ends with a refusal after the revocation"
    assert deployment.storage.query("SELECT count(*) FROM consent_grant WHERE state = 'revoked'")[0][0] >= 1
    assert deployment.storage.query("SELECT count(*) FROM parcel WHERE state = 'delivered' AND sealed IS NOT NULL") == [(0,)]


def test_the_standard_metadata_leads_a_client_here(scene):
    """C2: RFC 8414: a client finds the endpoints, S256 and the scopes by the well-known address."""
    answer = requests.get(scene.base + "/.well-known/oauth-authorization-server", timeout=30)
    assert answer.status_code == 200
    found = answer.json()
    assert found["issuer"] == scene.base
    assert found["authorization_endpoint"] == scene.base + "/oauth/authorize"
    assert found["token_endpoint"] == scene.base + "/oauth/token"
    assert found["response_types_supported"] == ["code"] and found["code_challenge_methods_supported"] == ["S256"]
    assert set(found["grant_types_supported"]) == {"authorization_code", "client_credentials", "refresh_token"}
    assert found["authorization_response_iss_parameter_supported"] is True
    assert CALLBACK not in answer.text
