"""The audit log of a real server after real traffic, on both engines: copied, checked by us and by code that nobody here wrote;
what damage shows; and what an insider with the database and the key cannot hide."""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys

import pytest
import requests

from kit.deployment import CommandFailed, eventually
from kit.exports import HEART_RATE, export, written
from kit.parties import assert_problem, rule
from kit.scene import Scene

JUDGE = pathlib.Path(__file__).resolve().parent / "third_party" / "tlog_check.py"
READS = 560


def judge(folder: pathlib.Path, key: str, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(JUDGE), str(folder), key, *more], capture_output=True, text=True, timeout=120)


class World:
    """A server with a log of some hundred entries, its copy, and the checkpoint that somebody kept."""

    def __init__(self, deployment, folder: pathlib.Path):
        self.deployment = deployment
        self.copy = folder / "copy"
        storage = deployment.storage
        # What an insider would need for going on from here anew: the log as it is now, which is short.
        peaks, note, hashes = (storage.as_hex.format(column) for column in ("peaks", "note", "hashes"))
        self.early = storage.query(
            f"SELECT size, {peaks}, {note}, level, idx, {hashes} FROM log_head LEFT JOIN log_tile ON 1 = 1")
        scene = Scene(deployment)
        self.application = scene.register("Pulse", [rule("pulse", ["heart_rate"], mode="online", required=True, why="To see it.")])
        scene.person("ada@people.example")
        self.person = scene.persons_app("ada@people.example")
        self.token = scene.consent(self.application, self.person, "rule:pulse", ["rule:pulse"])
        deployment.run("import", "--person", "ada@people.example", str(written(folder / "x.xml", export((HEART_RATE, 61)))))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.read(), range(READS)))
        assert all(answer.status_code == 200 for answer in answers)
        self.entries = [answer.headers["Licet-Audit"] for answer in answers]
        assert len(set(self.entries)) == READS, "each answer has an entry of its own"
        self.sealed()
        self.key = requests.get(deployment.url("/log/key"), timeout=10).text.strip()
        deployment.run("audit", "export", str(self.copy))
        self.kept = folder / "kept"
        shutil.copy(self.copy / "checkpoint", self.kept)

    def read(self) -> requests.Response:
        return self.application.read(self.token["access_token"], self.token["record"])

    def size(self) -> int:
        return int(requests.get(self.deployment.url("/log/checkpoint"), timeout=10).text.split("\n")[1])

    def sealed(self):
        eventually(lambda: self.deployment.storage.query("SELECT count(*) FROM audit_inbox") == [(0,)], what="sealing")

    def ask(self, path: str, token: str | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(self.deployment.url(path), headers=headers, timeout=10)

    def verify(self, folder: pathlib.Path, *more: str, fails: bool = False) -> str:
        return self.deployment.run("audit", "verify", str(folder), "--key", self.key, *more, fails=fails)


@pytest.fixture(scope="module")
def world(deployment, tmp_path_factory):
    return World(deployment, tmp_path_factory.mktemp("log"))


def test_a_copy_of_real_traffic_is_sound_to_us_and_to_a_judge(world):
    """D1, D2: every answer's entry is in the log, and pymerkle, sigstore and cryptography accept the copy of it."""
    assert world.verify(world.copy).startswith("Sound: ")
    judged = judge(world.copy, world.key)
    assert judged.returncode == 0 and judged.stdout.startswith("OK size="), judged.stdout + judged.stderr
    copied = b"".join(path.read_bytes() for path in (world.copy / "tile/entries").rglob("*") if path.is_file())
    assert all(f'"id":"{entry}"'.encode() in copied for entry in world.entries)
    assert (world.copy / "key").read_text().strip() == world.key
    assert world.deployment.storage.trail("trail_exported"), "that it was copied is on record"


def test_a_copy_grows_by_what_is_new_and_continues_a_kept_checkpoint(world, tmp_path):
    """D2: an export into the same folder adds; the older checkpoint is a beginning of the newer, to us and to the judge."""
    grown = tmp_path / "grown"
    shutil.copytree(world.copy, grown)
    for _ in range(3):
        assert world.read().status_code == 200
    world.sealed()
    world.deployment.run("audit", "export", str(grown))
    assert "continues the older checkpoint" in world.verify(grown, "--checkpoint", str(world.kept))
    judged = judge(grown, world.key, "--old", str(world.kept))
    assert judged.returncode == 0, judged.stdout + judged.stderr


def flip(path: pathlib.Path, at: int):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def bundle(folder: pathlib.Path) -> tuple[pathlib.Path, list[bytes]]:
    path, rows = folder / "tile/entries/001", []
    data = path.read_bytes()
    while data:
        end = 2 + int.from_bytes(data[:2], "big")
        rows.append(data[:end])
        data = data[end:]
    assert len(rows) == 256
    return path, rows


def remove_row(folder: pathlib.Path):
    path, rows = bundle(folder)
    path.write_bytes(b"".join(rows[:7] + rows[8:]))


def swap_rows(folder: pathlib.Path):
    path, rows = bundle(folder)
    rows[7], rows[8] = rows[8], rows[7]
    path.write_bytes(b"".join(rows))


DAMAGE = {
    "a flipped bit of an entry": lambda folder: flip(folder / "tile/entries/001", 300),
    "a flipped bit of a tile": lambda folder: flip(folder / "tile/0/000", 40),
    "a removed row": remove_row,
    "a reordered pair": swap_rows,
    "a truncated tile": lambda folder: (folder / "tile/0/001").write_bytes((folder / "tile/0/001").read_bytes()[:-1]),
    "a truncated bundle": lambda folder: (folder / "tile/entries/001").write_bytes((folder / "tile/entries/001").read_bytes()[:-1]),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_copy_is_refused_by_both(world, tmp_path, what):
    """D2: what was changed in a copy shows, to us and to the judge."""
    copy = tmp_path / "copy"
    shutil.copytree(world.copy, copy)
    DAMAGE[what](copy)
    world.verify(copy, fails=True)
    assert judge(copy, world.key).returncode != 0


def test_an_answers_entry_is_proved_to_whom_it_concerns_and_to_nobody_else(world, tmp_path):
    """D2, F8: sealed within a second; the application has its entry without the trail's names, the person has the whole
    proof, which is checked offline; to others it is not there."""
    entry = world.read().headers["Licet-Audit"]
    app, own = world.token["access_token"], world.person.token
    told = eventually(lambda: (lambda answer: answer.status_code == 200 and answer)(
        world.ask(f"/api/v1/audit/{entry}", app)), within=5, what="sealing")
    assert told.json()["id"] == entry and told.json()["action"] == "read" and '"n_' not in told.text
    proof = world.ask(f"/api/v1/audit/{entry}/proof", app)
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\nindex ")
    whole = world.ask(f"/partner/audit/{entry}/proof", own)
    (tmp_path / "one.tlog-proof").write_bytes(whole.content)
    said = world.deployment.run("audit", "check", str(tmp_path / "one.tlog-proof"), "--key", world.key)
    assert said.startswith("Sound: entry ") and entry in said
    assert world.deployment.run("audit", "prove", entry, "--output", str(tmp_path / "two")).startswith("entry ")
    assert entry in world.deployment.run("audit", "check", str(tmp_path / "two"), "--key", world.key)
    lines = (tmp_path / "two").read_text("utf-8").split("\n")
    lines[2] = "index 1"
    (tmp_path / "three").write_text("\n".join(lines), "utf-8")
    world.deployment.run("audit", "check", str(tmp_path / "three"), "--key", world.key, fails=True)
    for path, token in ((f"/partner/audit/aud_{'0' * 26}", own), (f"/api/v1/audit/aud_{'0' * 26}", app)):
        assert_problem(world.ask(path, token), 404, "NOT_FOUND")
    assert world.ask(f"/partner/audit/{entry}").status_code == 401
    series = requests.get(world.deployment.url("/metrics"), timeout=10).text
    assert "licet_audit_log_broken 0.0" in series and "licet_audit_log_lag_seconds" in series


def test_tiles_and_consistency_are_anybodys(world):
    """RFC 6962, C2SP tlog-tiles: the served tiles are those of the copy, and no entry is served."""
    assert world.ask("/log/tile/0/000").content == (world.copy / "tile/0/000").read_bytes()
    assert world.ask("/log/tile/entries/000").status_code == 404
    grown = world.ask(f"/log/consistency?from=256&to={world.size()}").json()
    assert grown["from"] == 256 and grown["path"]


def test_an_insider_who_rewrites_and_signs_again_is_noticed_by_a_kept_checkpoint(world, tmp_path):
    """D2: with the database and the key a history can be made anew, sound by itself; a checkpoint kept elsewhere shows it."""
    deployment, storage = world.deployment, world.deployment.storage
    deployment.stop()
    size = storage.query("SELECT size FROM log_head")[0][0]
    leaf = json.loads(storage.query(f"SELECT {storage.as_text.format('leaf')} FROM audit_entry WHERE log_index = 300")[0][0])
    other = json.dumps(leaf | {"items": leaf["items"] + 1}, sort_keys=True, separators=(",", ":")).encode().hex()
    begun, peaks, note = world.early[0][:3]
    assert begun < 300
    as_bytes = storage.bytes_of.format
    storage.change(
        f"UPDATE audit_entry SET leaf = {as_bytes(other)} WHERE log_index = 300",
        f"INSERT INTO audit_inbox (leaf) SELECT leaf FROM audit_entry WHERE log_index >= {begun} ORDER BY log_index",
        f"DELETE FROM audit_entry WHERE log_index >= {begun}",
        "DELETE FROM log_tile",
        *(f"INSERT INTO log_tile (level, idx, hashes) VALUES ({level}, {idx}, {as_bytes(hashes)})"
          for *_, level, idx, hashes in world.early if hashes),
        f"UPDATE log_head SET size = {begun}, peaks = {as_bytes(peaks or '')}, note = {as_bytes(note)},"
        " lease_holder = NULL, lease_until = NULL",
    )
    deployment.start()
    eventually(lambda: world.size() >= size, what="sealing all of it again")
    forged = tmp_path / "forged"
    deployment.run("audit", "export", str(forged))
    assert world.verify(forged).startswith("Sound: "), "by itself it is sound"
    assert judge(forged, world.key).returncode == 0
    assert "rewritten" in world.verify(forged, "--checkpoint", str(world.kept), fails=True)
    judged = judge(forged, world.key, "--old", str(world.kept))
    assert judged.returncode != 0 and "old checkpoint" in judged.stdout
    try:
        deployment.run("audit", "export", str(world.copy))
        pytest.fail("an honest copy was written over")
    except CommandFailed as failed:
        assert "rewritten" in str(failed)


def test_what_was_changed_in_place_is_never_signed(world):
    """D2: a server that finds another log than it signed signs nothing more, goes on recording, and says so."""
    deployment, storage = world.deployment, world.deployment.storage
    deployment.stop()
    storage.change("DELETE FROM audit_entry WHERE log_index = (SELECT max(log_index) FROM audit_entry)")
    deployment.start()
    size = world.size()
    assert world.read().status_code == 200
    eventually(
        lambda: "licet_audit_log_broken 1.0" in requests.get(deployment.url("/metrics"), timeout=10).text, what="telling")
    assert world.read().status_code == 200
    assert world.size() == size and storage.query("SELECT count(*) FROM audit_inbox")[0][0] >= 2
    assert "the audit log is not as it was signed" in deployment.log_text()
