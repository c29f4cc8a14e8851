"""Faults in the storage, from outside: whatever breaks, no health data leaves without its entry, and when it is mended all goes
on without a restart.

Every answer is looked at as it came over the wire. The values that were imported are found nowhere else.
"""

import contextlib
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

import pytest
import requests

from kit import trail
from kit.deployment import Deployment, eventually
from kit.exports import HEART_RATE, export, written
from kit.faults import NOBODY, Cluster, NotAllowed, SmallDisk, SmallSQLite, as_nobody, get
from kit.ledger import LEDGER
from kit.parties import rule
from kit.scene import Scene
from kit.storage import PostgreSQL, tool

VALUES = ("61.4271", "62.4272", "63.4273")
READERS = 32
# In which header an answer with health data names its entry.
ENTRY = "licet-audit"
LOGIN, PASSWORD = "ada@faults.example", "an honest long password"


class House:
    """A running deployment in which one person's data waits for one application, and all that it answered."""

    def __init__(self, deployment: Deployment, folder):
        self.deployment = deployment
        scene = Scene(deployment)
        application = scene.register("Pulse", [rule("pulse", ["heart_rate"], mode="online", required=True, why="We look.")])
        scene.person(LOGIN, PASSWORD)
        token = scene.consent(application, scene.persons_app(LOGIN, PASSWORD), "rule:pulse", ["rule:pulse"])
        deployment.run("import", "--person", LOGIN, str(written(
            folder / "export.xml", export(*((HEART_RATE, value) for value in VALUES)))))
        self.token = token["access_token"]
        self.path = f"/api/v1/records/{token['record']}/items"
        self.given: list[str] = []
        self.lock = threading.Lock()

    def read(self, query: str = ""):
        """One read; what is no whole 200 must hold nothing of what waits, and a 200 is remembered by its entry."""
        answer = get(self.deployment.base, self.path + query, self.token)
        if answer.status == 200:
            if answer.is_whole:
                assert all(value.encode() in answer.body for value in VALUES)
            # Data that left is recorded, also where the process died in the middle of saying it.
            if ENTRY in answer.headers:
                with self.lock:
                    self.given.append(answer.headers[ENTRY])
            else:
                assert not any(value.encode() in answer.raw for value in VALUES)
        else:
            assert not any(value.encode() in answer.raw for value in VALUES), answer.raw
        return answer

    def is_given(self) -> bool:
        return self.read().status == 200

    def is_kept(self) -> bool:
        """The answer while nothing can be recorded: the documented one."""
        answer = self.read()
        if answer.status == 200:
            return False
        assert answer.status == 503 and b'"ACCESS_NOT_RECORDED"' in answer.body, answer.raw
        assert int(answer.headers["retry-after"]) >= 1
        return True

    def assert_denied(self):
        answer = self.read("?types=steps")
        assert answer.status == 403 and b'"CONSENT_REQUIRED"' in answer.body, answer.raw

    def assert_reconciled(self):
        """Each answer with data has exactly one durable entry."""
        ids = [row[0] for row in trail.entries(self.deployment.storage, "read") if row[2] == "done"]
        assert len(set(ids)) == len(ids)
        assert len(set(self.given)) == len(self.given), "an entry stands for one answer"
        missing = set(self.given) - set(ids)
        assert not missing, f"{len(missing)} answers have no entry"


@contextlib.contextmanager
def small_house(engine: str, megabytes: int, prefix=()):
    """A house whose tables lie on a small disk."""
    # Not where the other tests keep theirs: other users must be able to enter it.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="licet-small."))
    with contextlib.ExitStack() as ends:
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        os.chmod(folder, 0o755)
        disk = SmallDisk(folder / "disk", megabytes)
        ends.callback(disk.close)
        if engine == "sqlite":
            storage = SmallSQLite(disk)
            deployment = Deployment(folder, storage, LICET_DATA_DIRECTORY=str(disk.folder))
            deployment.data = disk.path("")
            deployment.prefix = [*disk.inside, *prefix]
        else:
            cluster = Cluster(disk)
            ends.callback(cluster.close)
            storage = PostgreSQL(cluster.url)
            deployment = Deployment(folder, storage)
        ends.callback(deployment.kill)
        deployment.run("migrate")
        deployment.start()
        yield House(deployment, folder), disk
        deployment.stop()
        LEDGER.examine(deployment)


@pytest.fixture(scope="module")
def house(make_deployment, tmp_path_factory):
    deployment = make_deployment()
    deployment.run("migrate")
    deployment.start()
    yield House(deployment, tmp_path_factory.mktemp("faults"))
    deployment.stop()


def test_a_full_disk(engine):
    """D3: with a full disk no data is given and a refusal stays a refusal; when there is room again all goes on, and every
    answer has its entry."""
    try:
        with small_house(engine, 48 if engine == "sqlite" else 64) as (house, disk):
            assert house.is_given()
            disk.fill()
            # There may be room left in what the database already holds, and the log frees some when it seals: what is given
            # meanwhile has its entry, which is counted in the end.
            eventually(lambda: all(house.is_kept() for _ in range(20)), 120, "a full disk")
            house.assert_denied()
            disk.empty()
            eventually(house.is_given, 30, "the recovery")
            for _ in range(20):
                assert house.is_given()
            house.assert_reconciled()
    except NotAllowed as reason:
        pytest.skip(str(reason))


def test_a_read_only_database(engine, house):
    """D3: a database that may be read and not written gives no data; when it may be written again all goes on."""
    if engine == "postgres":
        storage = house.deployment.storage
        set_read_only(storage, "on")
        try:
            for _ in range(10):
                assert house.is_kept()
            house.assert_denied()
        finally:
            set_read_only(storage, "off")
        eventually(house.is_given, 30, "the recovery")
        house.assert_reconciled()
        return
    try:
        with small_house(engine, 48, as_nobody()) as (house, disk):
            file = disk.path("licet.sqlite")
            assert file.stat().st_uid == NOBODY and house.is_given()
            house.deployment.stop()
            os.chown(file, 0, 0)
            os.chmod(file, 0o444)
            house.deployment.start()
            for _ in range(10):
                assert house.is_kept()
            house.assert_denied()
            # What lies beside the database took after it.
            for path in file.parent.glob("licet.sqlite*"):
                os.chown(path, NOBODY, NOBODY)
                os.chmod(path, 0o600)
            eventually(house.is_given, 30, "the recovery")
            house.assert_reconciled()
    except NotAllowed as reason:
        pytest.skip(str(reason))


def set_read_only(storage, word: str):
    PostgreSQL._psql(storage.cluster, f"ALTER DATABASE {storage.database} SET default_transaction_read_only = {word}")
    PostgreSQL._psql(storage.cluster, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                     f" WHERE datname = '{storage.database}'")


def test_a_lock_that_somebody_else_holds(engine, house):
    """D3: while another process holds the trail nothing is given: the answer says so after a while, and does not wait for
    ever."""
    storage = house.deployment.storage
    with locked(storage):
        began = time.monotonic()
        assert house.is_kept()
        house.assert_denied()
        # Each of the three waits on its own, on SQLite for 15 seconds.
        assert time.monotonic() - began < 120
    eventually(house.is_given, 30, "the recovery")
    house.assert_reconciled()
    meters = requests.get(house.deployment.url("/metrics"), timeout=10).text
    for meter in ('licet_unrecorded_accesses{why="storage"}', "licet_unrecorded_denials"):
        assert re.search(re.escape(meter) + r" [1-9]", meters), "what was not recorded is counted for the operator"


@contextlib.contextmanager
def locked(storage):
    if storage.name == "sqlite":
        other = sqlite3.connect(storage.file, isolation_level=None, timeout=10)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
            other.close()
        return
    other = subprocess.Popen([tool("psql"), "-X", "-q", "-d", storage.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    try:
        print(f"BEGIN; LOCK TABLE {trail.TABLE} IN ACCESS EXCLUSIVE MODE;\n\\echo held", file=other.stdin, flush=True)
        assert other.stdout.readline().strip() == "held"
        yield
    finally:
        other.stdin.close()
        other.wait(timeout=20)


def test_a_database_that_stops_and_starts(engine, tmp_path_factory):
    """D3: while the database is away nobody is given anything; when it is back all goes on without a restart of ours."""
    if engine == "sqlite":
        pytest.skip("the embedded database does not run by itself")
    folder = tmp_path_factory.mktemp("stops")
    with contextlib.ExitStack() as ends:
        cluster = Cluster()
        ends.callback(cluster.close)
        deployment = Deployment(folder, PostgreSQL(cluster.url))
        ends.callback(deployment.kill)
        deployment.run("migrate")
        deployment.start()
        house = House(deployment, folder)
        for _ in range(2):
            with reading(house, 8):
                time.sleep(0.3)
                cluster.stop()
                time.sleep(0.3)
            for _ in range(5):
                assert house.is_kept()
            cluster.start()
            eventually(house.is_given, 60, "the recovery")
        house.assert_reconciled()
        deployment.stop()
        LEDGER.examine(deployment)


@contextlib.contextmanager
def reading(house: House, readers: int):
    """So many read without a pause meanwhile. A failure of theirs is the test's."""
    stop, faults = threading.Event(), []

    def run():
        while not stop.is_set():
            try:
                if house.read().status is None:
                    time.sleep(0.02)
            except AssertionError as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=run) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(90)
    assert not any(thread.is_alive() for thread in threads), "a reader got no answer"
    if faults:
        raise faults[0]


def test_kill_9_under_load(house, kills):
    """D1, D3: killed at random under 32 readers, every answer with data has exactly one durable entry, and so has every
    refusal that was answered."""
    seed = 20_260_611
    print("seed", seed)
    dice = random.Random(seed)
    deployment = house.deployment
    refused = 0
    for number in range(kills):
        done, before = len(house.given), trail.refusals(deployment.storage)
        answered: list[int] = []
        # More than have entries of their own, so that those under load are counted.
        for _ in range(12):
            house.assert_denied()
            answered.append(1)
        with reading(house, READERS), refusing(house, answered):
            eventually(lambda: len(house.given) > done + READERS, 60, "the load")
            time.sleep(dice.uniform(0.0, 0.3))
            deployment.kill()
        house.assert_reconciled()
        kept = sum(max(0, times - before.get(id, 0)) for id, times in trail.refusals(deployment.storage).items())
        assert kept >= len(answered), "a refusal that was answered is lost"
        refused += len(answered)
        deployment.start()
    assert house.is_given()
    print(kills, "kills,", len(house.given), "answers with data,", refused, "refusals")


@contextlib.contextmanager
def refusing(house: House, answered: list[int]):
    stop = threading.Event()

    def run():
        while not stop.is_set():
            answer = house.read("?types=steps")
            if answer.status == 403 and answer.is_whole:
                answered.append(1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
