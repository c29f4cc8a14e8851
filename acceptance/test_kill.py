"""Processes are killed as a power cut would, in the middle of what matters. Nothing acknowledged is lost, nothing unfinished
stays."""

import random
import time
import types

import pytest

from kit.deployment import eventually
from kit.exports import HEART_RATE, STEPS, export, many, written
from kit.parties import rule

PASSWORD = "correct horse battery"
# Long enough for the lease of a sender that died.
RECOVERS_WITHIN = 180.0


@pytest.fixture(scope="module")
def world(scene, receiver, kills):
    """One application with a webhook and one without, and a person for each kill who allows both."""
    pushed = scene.register("Pushed", [rule("steps", ["steps"], required=True, why="We count with you.")],
                            webhook_url=receiver.url)
    receiver.secret = pushed.webhook_secret
    pulled = scene.register("Pulled", [rule("pulse", ["heart_rate"], mode="online", required=True, why="We watch over you.")])
    logins = [f"person{number}@people.example" for number in range(kills)]
    tokens = {}
    for login in logins:
        scene.person(login)
        app = scene.persons_app(login)
        scene.consent(pushed, app, "rule:steps", ["rule:steps"])
        tokens[login] = scene.consent(pulled, app, "rule:pulse", ["rule:pulse"])
    return types.SimpleNamespace(scene=scene, deployment=scene.deployment, receiver=receiver, pushed=pushed, pulled=pulled,
                                 logins=logins, tokens=tokens)


def count(world, condition: str) -> int:
    return world.deployment.storage.query(f"SELECT count(*) FROM parcel WHERE {condition}")[0][0]


def test_no_parcel_is_lost_when_the_server_dies_while_delivering(world, tmp_path):
    """F2, F4: every parcel of every finished import arrives at least once, though the server is killed in the middle of each
    person's delivery."""
    seed = 20_260_517
    print("seed", seed)
    dice = random.Random(seed)
    world.receiver.delay = 0.05
    for number, login in enumerate(world.logins):
        posts = world.receiver.counts["posts"]
        world.deployment.run("import", "--person", login, str(written(
            tmp_path / "export.xml", export(*((STEPS, 1 + 1_000 * number + step) for step in range(1_000))))))
        eventually(lambda: world.receiver.counts["posts"] > posts, RECOVERS_WITHIN, "the first message")
        time.sleep(dice.uniform(0.0, 0.2))
        world.deployment.kill()
        assert count(world, "state IN ('waiting', 'sending')") > 0, "the kill came too late to mean anything"
        world.deployment.start()
    world.receiver.delay = 0.0
    eventually(lambda: count(world, "state IN ('staged', 'waiting', 'sending')") == 0, RECOVERS_WITHIN, "the last delivery")
    assert world.receiver.counts["bad_signature"] == 0, world.receiver.faults
    items = world.receiver.items()
    expected = 1_000 * len(world.logins)
    assert len({item["id"] for item in items}) == expected
    assert sorted(item["value"] for item in items) == list(range(1, 1 + expected))
    print(len(world.logins), "kills,", world.receiver.counts["duplicates"], "messages sent twice under one id")
    assert count(world, "sealed IS NOT NULL") == 0


def test_an_import_command_that_is_killed_leaves_nothing(world, kills, tmp_path):
    """F6: parcels of an import that did not finish are never seen by an application and are swept away."""
    login = world.logins[0]
    token = world.tokens[login]
    path = written(tmp_path / "large.xml", many(60_000, HEART_RATE))
    began = time.monotonic()
    finished = 0
    for number in range(kills):
        command = world.deployment.start_command("import", "--person", login, str(path))
        time.sleep(0.1 + 0.15 * (number % 5))
        finished += command.poll() == 0
        command.kill()
        command.communicate()
        if not finished:
            assert world.pulled.read(token["access_token"], token["record"]).json()["parcels"] == []
    assert finished == 0, f"the export is too small to be killed in the middle ({time.monotonic() - began:.1f} s)"
    world.deployment.stop()
    world.deployment.start()
    eventually(lambda: count(world, "state = 'staged'") == 0, RECOVERS_WITHIN, "the sweep")
    assert count(world, "sealed IS NOT NULL") == 0

    world.deployment.run("import", "--person", login, str(path))
    assert len(drain(world, token)) == 60_000


def test_an_uploaded_import_that_dies_with_the_server_leaves_nothing(world, kills, tmp_path):
    """F6: the same when the server itself is killed while it imports what was uploaded; the person is told that it failed."""
    login = world.logins[1]
    token = world.tokens[login]
    person = world.scene.persons_app(login, PASSWORD)
    path = written(tmp_path / "large.xml", many(60_000, HEART_RATE))
    begun = []
    for number in range(kills):
        with path.open("rb") as file:
            answer = person.call("POST", "/partner/imports", data=file, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 202, answer.text
        begun.append(answer.json()["import_id"])
        time.sleep(0.05 + 0.1 * (number % 3))
        world.deployment.kill()
        world.deployment.start()
        assert world.pulled.read(token["access_token"], token["record"]).json()["parcels"] == []
    told = lambda name: person.call("GET", f"/partner/imports/{name}").json()["state"]
    for name in begun:
        assert eventually(lambda: (now := told(name)) != "running" and now, RECOVERS_WITHIN, "the word on it") == "failed"
    eventually(lambda: count(world, "state = 'staged'") == 0, RECOVERS_WITHIN, "the sweep")
    assert count(world, "sealed IS NOT NULL") == 0


def test_what_was_acknowledged_before_the_kill_stays_acknowledged(world, kills, tmp_path):
    """C9, D1, F6: an answered acknowledgement, revocation or approval is still there after a kill in the very next moment,
    and so is its audit line."""
    login = world.logins[2]
    token = world.tokens[login]
    person = world.scene.persons_app(login)
    for number in range(kills):
        world.deployment.run("import", "--person", login, str(written(
            tmp_path / "one.xml", export((HEART_RATE, 60 + number % 60)))))
        parcels = world.pulled.read(token["access_token"], token["record"])
        ids = [parcel["id"] for parcel in parcels.json()["parcels"]]
        assert len(ids) == 1
        assert world.pulled.acknowledge(token["access_token"], token["record"], ids).json() == {"acknowledged": 1}
        world.deployment.kill()
        line = parcels.headers["Licet-Audit"]
        assert world.deployment.storage.query(f"SELECT outcome FROM audit_entry WHERE id = '{line}'") == [("done",)]
        world.deployment.start()
        assert world.pulled.read(token["access_token"], token["record"]).json()["parcels"] == []
    ended = person.call("DELETE", f"/partner/consent/grants/{token['grant_id']}")
    assert ended.status_code == 200
    world.deployment.kill()
    world.deployment.start()
    assert world.pulled.read(token["access_token"], token["record"]).status_code == 403
    again = world.scene.consent(world.pulled, person, "rule:pulse", ["rule:pulse"])
    world.deployment.kill()
    world.deployment.start()
    assert world.pulled.read(again["access_token"], again["record"]).status_code == 200


def drain(world, token) -> list[dict]:
    """Reads and acknowledges until nothing waits."""
    items = []
    while True:
        parcels = world.pulled.read(token["access_token"], token["record"], limit=100).json()["parcels"]
        if not parcels:
            return items
        items += [item for parcel in parcels for item in parcel["items"]]
        done = world.pulled.acknowledge(token["access_token"], token["record"], [parcel["id"] for parcel in parcels])
        assert done.json() == {"acknowledged": len(parcels)}
