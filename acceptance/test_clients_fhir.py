"""fhirclient, unmodified: launch by the CapabilityStatement, Patient, Observations, refresh, and the end of the permission."""

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.observation import Observation
from fhirclient.server import FHIRPermissionDeniedException, FHIRUnauthorizedException

from kit.clients import answer
from kit.exports import HEART_RATE, STEPS, WEIGHT, export, written
from kit.parties import CALLBACK, rule

LOINC = {"heart_rate": "8867-4", "body_weight": "29463-7", "steps": "55423-8"}


@pytest.fixture(scope="module")
def scene(clients_scene):
    return clients_scene


@pytest.fixture
def application(scene):
    return scene.register("Pulse", [
        rule("heart", ["heart_rate"], required=True, why="We show your pulse."),
        rule("weight", ["body_weight"], why="We show your weight."),
        rule("steps", ["steps"], why="We draw your days.")])


def make(scene, application, scope: str) -> FHIRClient:
    client = FHIRClient(settings={
        "app_id": application.id, "app_secret": application.secret, "api_base": scene.base + "/fhir/r4",
        "redirect_uri": CALLBACK, "scope": scope})
    client.prepare()
    return client


def observations(client: FHIRClient, **asked) -> list[tuple]:
    found = Observation.where({"patient": client.patient_id, **asked}).perform_resources_iter(client.server)
    return sorted((seen.code.coding[0].code, float(seen.valueQuantity.value), seen.valueQuantity.code) for seen in found)


def test_launch_read_refresh_and_revocation(scene, application, tmp_path):
    """§6 check 16, C7, D1: the SMART client finds us by /metadata, gets the record's own id as its patient, reads what was
    approved and nothing else, renews its token, and stops when the person says so."""
    client = make(scene, application, "patient/*.read offline_access")
    assert client.authorize_url.startswith(scene.base + "/oauth/authorize?")
    redirect = answer(scene.browser, client.authorize_url, "rule:weight", "offline_access")
    client.handle_callback(redirect)
    context = dict(client.launch_context)
    assert client.patient_id == context["patient"] and client.patient_id.startswith("r-"), "an id that FHIR can spell"
    assert "patient/*" not in context["scope"] and "launch/patient" in context["scope"].split()
    assert client.patient.as_json() == {"resourceType": "Patient", "id": client.patient_id}

    scene.deployment.run("import", "--person", scene.login, str(written(
        tmp_path / "export.xml", export((HEART_RATE, 61), (HEART_RATE, 63), (WEIGHT, 70.5), (STEPS, 900)))))
    pulse = [(LOINC["heart_rate"], 61.0, "/min"), (LOINC["heart_rate"], 63.0, "/min")]
    weight = [(LOINC["body_weight"], 70.5, "kg")]
    assert observations(client, code=LOINC["heart_rate"]) == pulse
    assert observations(client, code="http://loinc.org|" + LOINC["body_weight"]) == weight
    assert observations(client) == sorted(pulse + weight)
    assert observations(client, _count="1") == sorted(pulse + weight), "page by page"
    with pytest.raises(FHIRPermissionDeniedException) as refused:
        observations(client, code=LOINC["steps"])
    said = refused.value.response
    assert 'error="insufficient_scope"' in said.headers["WWW-Authenticate"]
    assert said.json()["resourceType"] == "OperationOutcome"

    before = client.server.auth.access_token
    spent = client.server.auth.refresh_token
    assert client.reauthorize() and client.server.auth.access_token != before
    assert client.server.auth.refresh_token != spent
    assert client.patient_id == context["patient"], "the refreshed answer names the same patient"
    assert set(client.launch_context["scope"].split()) == set(context["scope"].split())
    assert observations(client, code=LOINC["heart_rate"]) == pulse

    assert scene.app.call("DELETE", f"/partner/consent/grants/{context['grant_id']}").status_code == 200
    with pytest.raises((FHIRPermissionDeniedException, FHIRUnauthorizedException)):
        observations(client, code=LOINC["heart_rate"])


def test_a_launch_without_offline_access_gives_nothing_to_renew_with(scene, application):
    """C6: without offline_access there is no refresh token, and the client knows that it must launch again."""
    client = make(scene, application, "patient/Observation.rs patient/Patient.rs")
    client.handle_callback(answer(scene.browser, client.authorize_url))
    assert client.server.auth.refresh_token is None and client.server.auth.reauthorize(client.server) is None
    assert client.patient.id == client.patient_id


def test_a_server_of_another_address_is_not_launched_for(scene, application):
    """SMART App Launch §2.0: an aud that is not ours is sent back as an error, so that no token leaks to a false server."""
    client = make(scene, application, "patient/*.read")
    client.server.auth.aud = "https://other.example/fhir"
    page = scene.browser.open(client.authorize_url)
    assert page.answer.status_code == 303 and "error=invalid_target" in page.answer.headers["Location"]
