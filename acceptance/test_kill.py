"""Processes are killed as a power cut would, in the middle of what matters. Nothing acknowledged is lost, nothing unfinished
stays.

The tests stand on each other, in order: the first ones kill, the last ones wait once for everything to recover, because what a
dead process held is only taken over when its lease ends.
"""

import random
import time
import types

import pytest

from kit.deployment import eventually
from kit.exports import HEART_RATE, STEPS, export, many, written
from kit.parties import rule

PASSWORD = "correct horse battery"
# Longer than any lease.
RECOVERS_WITHIN = 240.0
STEPS_EACH = 1_000
LARGE = 60_000


@pytest.fixture(scope="module")
def world(scene, receiver, kills, tmp_path_factory):
    """One application with a webhook and one without, and a person for each kill who allows both."""
    pushed = scene.register("Pushed", [rule("steps", ["steps"], required=True, why="We count with you.")],
                            webhook_url=receiver.url)
    receiver.secret = pushed.webhook_secret
    pulled = scene.register("Pulled", [rule("pulse", ["heart_rate"], mode="online", required=True, why="We watch over you.")])
    logins = [f"person{number}@people.example" for number in range(kills)]
    apps, tokens = {}, {}
    for login in logins:
        scene.person(login, PASSWORD)
        apps[login] = scene.persons_app(login, PASSWORD)
        scene.consent(pushed, apps[login], "rule:steps", ["rule:steps"])
        tokens[login] = scene.consent(pulled, apps[login], "rule:pulse", ["rule:pulse"])
    large = written(tmp_path_factory.mktemp("exports") / "large.xml", many(LARGE, HEART_RATE))
    return types.SimpleNamespace(scene=scene, deployment=scene.deployment, receiver=receiver, pushed=pushed, pulled=pulled,
                                 logins=logins, apps=apps, tokens=tokens, large=large, interrupted=[])


def count(world, condition: str) -> int:
    return world.deployment.storage.query(f"SELECT count(*) FROM parcel WHERE {condition}")[0][0]


def waiting(world, login: str) -> list[dict]:
    """What the application without a webhook may read of the person now."""
    token = world.tokens[login]
    answer = world.pulled.read(token["access_token"], token["record"])
    assert answer.status_code == 200, answer.text
    return answer.json()["parcels"]


def test_1_the_server_dies_while_it_delivers(world, tmp_path):
    """F2: the server is killed in the middle of each person's delivery and starts again."""
    seed = 20_260_517
    print("seed", seed)
    dice = random.Random(seed)
    world.receiver.delay = 0.05
    for number, login in enumerate(world.logins):
        posts = world.receiver.counts["posts"]
        world.deployment.run("import", "--person", login, str(written(
            tmp_path / "export.xml", export(*((STEPS, 1 + STEPS_EACH * number + step) for step in range(STEPS_EACH))))))
        eventually(lambda: world.receiver.counts["posts"] > posts, RECOVERS_WITHIN, "the first message")
        time.sleep(dice.uniform(0.0, 0.2))
        world.deployment.kill()
        assert count(world, "state IN ('waiting', 'sending')") > 0, "the kill came too late to mean anything"
        world.deployment.start()
    world.receiver.delay = 0.0


def test_2_the_import_command_dies(world, kills):
    """F6: an application sees nothing of an import that did not finish."""
    login = world.logins[0]
    for number in range(kills):
        command = world.deployment.start_command("import", "--person", login, str(world.large))
        time.sleep(0.1 + 0.15 * (number % 5))
        assert command.poll() is None, "the export is too small to be killed in the middle"
        command.kill()
        command.communicate()
        assert waiting(world, login) == []


def test_3_the_server_dies_while_it_imports_an_upload(world, kills):
    """F6: the same when the server itself is killed while it imports what was uploaded."""
    login = world.logins[1]
    for number in range(kills):
        with world.large.open("rb") as file:
            answer = world.apps[login].call(
                "POST", "/partner/imports", data=file, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 202, answer.text
        world.interrupted.append(answer.json()["import_id"])
        time.sleep(0.05 + 0.1 * (number % 3))
        world.deployment.kill()
        world.deployment.start()
        assert waiting(world, login) == []


def test_4_what_was_answered_before_the_kill_stays(world, kills, tmp_path):
    """C9, D1, F6: an answered acknowledgement, revocation or approval is still there after a kill in the very next moment,
    and so is its audit line."""
    login = world.logins[2]
    token, person = world.tokens[login], world.apps[login]
    for number in range(kills):
        world.deployment.run("import", "--person", login, str(written(
            tmp_path / "one.xml", export((HEART_RATE, 60 + number % 60)))))
        answer = world.pulled.read(token["access_token"], token["record"])
        ids = [parcel["id"] for parcel in answer.json()["parcels"]]
        assert len(ids) == 1
        assert world.pulled.acknowledge(token["access_token"], token["record"], ids).json() == {"acknowledged": 1}
        world.deployment.kill()
        line = answer.headers["Licet-Audit"]
        outcomes = [found["outcome"] for found in world.deployment.storage.trail() if found["id"] == line]
        assert outcomes == ["done"], "once, durable, in the inbox or in the log"
        world.deployment.start()
        assert waiting(world, login) == []
    assert person.call("DELETE", f"/partner/consent/grants/{token['grant_id']}").status_code == 200
    world.deployment.kill()
    world.deployment.start()
    assert world.pulled.read(token["access_token"], token["record"]).status_code == 403
    again = world.scene.consent(world.pulled, person, "rule:pulse", ["rule:pulse"])
    world.deployment.kill()
    world.deployment.start()
    assert world.pulled.read(again["access_token"], again["record"]).status_code == 200


def test_5_in_the_end_every_parcel_has_arrived(world):
    """F2, F4: every reading of every finished import has reached the webhook at least once, and none is left behind."""
    eventually(lambda: count(world, "state IN ('waiting', 'sending') AND data_type = 'steps'") == 0, RECOVERS_WITHIN,
               "the last delivery")
    assert world.receiver.counts["bad_signature"] == 0, world.receiver.faults
    items = world.receiver.items()
    expected = STEPS_EACH * len(world.logins)
    assert sorted(item["value"] for item in items) == list(range(1, 1 + expected))
    assert len({item["id"] for item in items}) == expected
    print(len(world.logins), "kills,", world.receiver.counts["duplicates"], "messages sent twice under one id")


def test_6_in_the_end_nothing_unfinished_is_left(world):
    """F6: what unfinished imports had staged is swept away, the person is told that they failed, and the same file can be
    imported whole."""
    told = lambda name: world.apps[world.logins[1]].call("GET", f"/partner/imports/{name}").json()["state"]
    for name in world.interrupted:
        assert eventually(lambda: (now := told(name)) != "running" and now, RECOVERS_WITHIN, "the word on it") == "failed"
    eventually(lambda: count(world, "state = 'staged'") == 0, RECOVERS_WITHIN, "the sweep")
    assert count(world, "sealed IS NOT NULL") == 0

    login = world.logins[0]
    token = world.tokens[login]
    world.deployment.run("import", "--person", login, str(world.large))
    taken = 0
    while parcels := world.pulled.read(token["access_token"], token["record"], limit=100).json()["parcels"]:
        taken += sum(len(parcel["items"]) for parcel in parcels)
        done = world.pulled.acknowledge(token["access_token"], token["record"], [parcel["id"] for parcel in parcels])
        assert done.json() == {"acknowledged": len(parcels)}
    assert taken == LARGE
