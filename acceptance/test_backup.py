"""A deployment is carried over by two commands."""

import shutil

import pytest

from kit import trail
from kit.exports import STEPS, export, written
from kit.parties import Application, rule
from kit.storage import SQLite

LOGIN, PASSWORD = "joan@people.example", "a password to remember"


def test_what_was_backed_up_lives_on_elsewhere(deployment, scene, engine, make_deployment, tmp_path):
    """F8: a backup taken beside the running server and restored elsewhere holds people, grants, tokens and what waits in
    buckets; it is sealed, and of no use without the key."""
    if engine == "postgres":
        said = deployment.run("backup", str(tmp_path / "copy.licet"), fails=True)
        assert "pg_dump" in said, "PostgreSQL brings its own tool, and the command says so"
        return
    application = scene.register("Keeper", [rule("steps", ["steps"], mode="online", required=True, why="We keep count.")])
    scene.person(LOGIN, PASSWORD, "Joan Example")
    token = scene.consent(application, scene.persons_app(LOGIN, PASSWORD), "rule:steps", ["rule:steps"])
    deployment.run("import", "--person", LOGIN, str(written(tmp_path / "export.xml", export((STEPS, 86_421)))))
    copy = tmp_path / "copy.licet"
    deployment.run("backup", str(copy))
    content = copy.read_bytes()
    assert b"86421" not in content and token["access_token"].encode() not in content
    assert (copy.stat().st_mode & 0o077) == 0, "only its owner may read a backup"
    existing = deployment.run("backup", str(copy), fails=True)
    assert "copy.licet" in existing, "a backup never overwrites"

    folder = tmp_path / "elsewhere"
    (folder / "data").mkdir(parents=True)
    elsewhere = make_deployment(SQLite(folder / "data"), folder)
    key = deployment.data / "sealing.key"
    assert (key.stat().st_mode & 0o077) == 0
    shutil.copy2(key, elsewhere.data / "sealing.key")
    elsewhere.run("restore", str(copy))
    elsewhere.start()
    there = Application(elsewhere.base, {"client_id": application.id, "client_secret": application.secret})
    parcels = there.read(token["access_token"], token["record"]).json()["parcels"]
    assert [item["value"] for parcel in parcels for item in parcel["items"]] == [86_421]
    # D1: what an operator does to the store as a whole is on its trail.
    for storage, action in ((deployment.storage, "schema_migrated"), (deployment.storage, "backup_made"),
                            (elsewhere.storage, "backup_restored")):
        assert len(trail.entries(storage, action)) == 1, action
    elsewhere.stop()
    elsewhere.run("restore", str(copy))
    kept = elsewhere.data / "licet.sqlite.before-restore"
    assert kept.stat().st_size > 0, "what was there before a restore is kept beside it"


def test_a_file_that_is_no_backup_is_not_restored(make_deployment, engine, tmp_path):
    """F8: what is not a backup is refused and leaves an empty place empty."""
    if engine == "postgres":
        pytest.skip("PostgreSQL brings its own tool")
    empty = make_deployment()
    empty.run("restore", str(written(tmp_path / "no.licet", b"not a backup" * 1_000)), fails=True)
    assert not empty.storage.file.exists() or empty.storage.file.stat().st_size == 0
