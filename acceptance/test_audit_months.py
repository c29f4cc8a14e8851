"""The trail by months, on both engines: archived, pruned under a running server that is killed at nothing and a command that is
killed in the middle, and put together again for a judge whose code nobody here wrote. Old months are old entries: they are put
into the inbox before the first start, as if the deployment had been there then."""

import pathlib
import shutil
import subprocess
import sys
import time

import pytest
import requests

from kit.deployment import CommandFailed, eventually
from kit.parties import assert_problem
from kit.scene import Scene
from kit.storage import SQLite

JUDGE = pathlib.Path(__file__).resolve().parent / "third_party" / "tlog_check.py"
JANUARY, FEBRUARY, MARCH = 12_000, 8_000, 300
MINIMUM = (JANUARY + FEBRUARY) // 256 * 256
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def judge(folder: pathlib.Path, key: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(JUDGE), str(folder), key], capture_output=True, text=True, timeout=300)


def id_prefix(seconds: int) -> str:
    """The first ten characters of an id of that time: 48 bits of milliseconds in Crockford's base 32."""
    bits = f"{seconds * 1000:048b}00"
    return "".join(DIGITS[int(bits[n:n + 5], 2)] for n in range(0, 50, 5))


def old_entries(storage, month: str, count: int, begin: int, seconds: int) -> str:
    """A statement that puts so many entries of that month into the inbox."""
    head = f'{{"action":"read","at":"{month}-15T00:00:00.000000Z","id":"aud_{id_prefix(seconds)}'
    tail = '","items":7,"outcome":"done","types":["steps"],"v":1}'
    if isinstance(storage, SQLite):
        number, as_bytes = "printf('%016d', n)", "CAST({} AS BLOB)"
        series = f"WITH RECURSIVE s(n) AS (SELECT {begin} UNION ALL SELECT n + 1 FROM s WHERE n < {begin + count - 1})"
        source = "s"
    else:
        number, as_bytes = "lpad(n::text, 16, '0')", "convert_to({}, 'UTF8')"
        series, source = "", f"generate_series({begin}, {begin + count - 1}) AS n"
    leaf = as_bytes.format(f"'{head}' || {number} || '{tail}'")
    return f"{series} INSERT INTO audit_inbox (leaf) SELECT {leaf} FROM {source} ORDER BY n"


class World:
    def __init__(self, deployment, folder: pathlib.Path):
        self.deployment, self.folder = deployment, folder
        deployment.run("migrate")
        storage = deployment.storage
        kept = [row[0] for row in storage.query(f"SELECT {storage.as_hex.format('leaf')} FROM audit_inbox")]
        storage.change(
            "DELETE FROM audit_inbox",
            old_entries(storage, "2019-01", JANUARY, 0, 1_547_510_400),
            old_entries(storage, "2019-02", FEBRUARY, 50_000, 1_550_188_800),
            old_entries(storage, "2019-03", MARCH, 90_000, 1_552_608_000),
            *(f"INSERT INTO audit_inbox (leaf) VALUES ({storage.bytes_of.format(leaf)})" for leaf in kept))
        deployment.start()
        self.sealed()
        self.key = requests.get(deployment.url("/log/key"), timeout=10).text.strip()
        scene = Scene(deployment)
        scene.person("eve@audit.example", name="Eve")
        self.eve = scene.persons_app("eve@audit.example")
        deployment.run("auditor", "add", "eve@audit.example")

    def sealed(self):
        eventually(lambda: self.deployment.storage.query("SELECT count(*) FROM audit_inbox") == [(0,)], within=120, what="sealing")

    def lowest(self) -> int:
        return self.deployment.storage.query("SELECT min(log_index) FROM audit_entry")[0][0]

    def get(self, path: str) -> requests.Response:
        return requests.get(self.deployment.url(path), timeout=10)

    def archives(self) -> list[str]:
        return ["--archived", str(self.folder / "2019-01"), "--archived", str(self.folder / "2019-02")]

    def verify(self, folder: pathlib.Path, *more: str, fails: bool = False) -> str:
        return self.deployment.run("audit", "verify", str(folder), "--key", self.key, *more, fails=fails)


@pytest.fixture(scope="module")
def world(make_deployment, tmp_path_factory):
    deployment = make_deployment()
    yield World(deployment, tmp_path_factory.mktemp("months"))
    deployment.stop()


def flip(path: pathlib.Path, at: int):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def together(target: pathlib.Path, *sources: pathlib.Path):
    """What the first has stays; the next ones add to it, as `cp -rn` does."""
    for source in sources:
        for path in source.rglob("*"):
            place = target / path.relative_to(source)
            if path.is_file() and path.name != "archive" and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)


def test_1_the_months_are_listed(world):
    """D2: each month is a range of the log; what is of now is not over."""
    rows = [line.split() for line in world.deployment.run("audit", "months").splitlines()]
    assert rows[0] == ["month", "entries", "first", "last", "archived", "pruned"]
    assert rows[1] == ["2019-01", str(JANUARY), "0", str(JANUARY - 1), "no", "no"]
    assert rows[2] == ["2019-02", str(FEBRUARY), str(JANUARY), str(JANUARY + FEBRUARY - 1), "no", "no"]
    assert rows[3][:3] == ["2019-03", str(MARCH), str(JANUARY + FEBRUARY)] and len(rows) == 5
    assert rows[4][4:6] == ["not", "over"]


def test_2_a_month_is_archived_and_checked_alone(world, tmp_path):
    """D2: whoever has the folder and the key has the month; a flipped bit shows; it is on record."""
    for month in ("2019-01", "2019-02"):
        said = world.deployment.run("audit", "archive", month, str(world.folder / month))
        assert f"the archive of {month}" in said
        assert said.splitlines()[0] in world.verify(world.folder / month)
    assert f"entries {JANUARY} to {JANUARY + FEBRUARY - 1}" in world.verify(world.folder / "2019-02")
    told = world.deployment.storage.trail("trail_archived")
    assert [line["items"] for line in told] == [JANUARY, FEBRUARY]
    assert "2019-01" in world.deployment.run("audit", "months").splitlines()[1] and " no " in world.deployment.run(
        "audit", "months").splitlines()[3]
    for place, path in enumerate(("tile/entries/050", "tile/0/060", "tile/1/000.p/79", "tile/1/000")):
        copy = tmp_path / str(place)
        shutil.copytree(world.folder / "2019-02", copy)
        if (copy / path).exists():
            flip(copy / path, 100)
            world.verify(copy, fails=True)
    for month in ("2018-12", time.strftime("%Y-%m", time.gmtime()), "2019", "march"):
        world.deployment.run("audit", "archive", month, str(tmp_path / "none"), fails=True)
    assert not (tmp_path / "none").exists()


def mirror(world, folder: pathlib.Path, begin: int = 0) -> int:
    """The log over HTTP alone: what is public, and the entries with an auditor's session."""
    def keep(name: str, content: bytes):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    checkpoint = world.get("/log/checkpoint").content
    size = int(checkpoint.split(b"\n")[1])
    level, count = 0, size
    while count:
        for index in range((count + 255) // 256):
            width = min(256, count - index * 256)
            name = f"{index:03d}" + ("" if width == 256 else f".p/{width}")
            keep(f"tile/{level}/{name}", world.get(f"/log/tile/{level}/{name}").content)
            if level == 0 and (index + 1) * 256 > begin:
                bundle = world.eve.call("GET", f"/auditor/log/entries/{name}")
                assert bundle.status_code == 200, bundle.text
                keep(f"tile/entries/{name}", bundle.content)
        level, count = level + 1, count // 256
    if begin:
        keep("minimum", world.get("/log/minimum").content)
    keep("checkpoint", checkpoint)
    return size


def test_3_an_auditor_mirrors_the_log_over_http_alone(world, tmp_path):
    """D1, D2: the mirror is the whole log, to us and to the judge; each file that was fetched is an entry of the trail."""
    size = mirror(world, tmp_path)
    assert world.verify(tmp_path) == f"Sound: {size} entries of {world.key.split('+')[0]}, as its key signed them.\n"
    judged = judge(tmp_path, world.key)
    assert judged.returncode == 0 and judged.stdout.startswith(f"OK size={size}"), judged.stdout + judged.stderr
    fetched = world.deployment.storage.trail("trail_read")
    assert sum(line["items"] for line in fetched) == size and len(fetched) == (size + 255) // 256
    assert requests.get(world.deployment.url("/auditor/log/entries/000"), timeout=10).status_code == 401


def test_4_nothing_is_pruned_that_is_young_or_nowhere_else(world, tmp_path):
    """D2: the retention holds, and so does the archive; a damaged one is none."""
    deployment = world.deployment

    def refused(*words: str) -> str:
        return deployment.run("audit", "prune", *words, fails=True)

    now = time.gmtime()
    assert "kept for 6 years" in refused("--before", f"{now.tm_year - 6 + (now.tm_mon == 12)}-{now.tm_mon % 12 + 1:02d}",
                                         *world.archives())
    assert "No archive here has entry 0, of 2019-01" in refused("--before", "2019-03")
    assert f"No archive here has entry {(JANUARY + 255) // 256 * 256}, of 2019-02" in refused(
        "--before", "2019-03", *world.archives()[:2])
    shutil.copytree(world.folder / "2019-02", tmp_path / "bad")
    flip(tmp_path / "bad/tile/entries/050", 100)
    assert "is not the one" in refused("--before", "2019-03", *world.archives()[:2], "--archived", str(tmp_path / "bad"))
    deployment.settings["LICET_TRAIL_RETENTION_YEARS"] = "50"
    assert "kept for 50 years" in refused("--before", "2019-03", *world.archives())
    deployment.settings["LICET_TRAIL_RETENTION_YEARS"] = "0"
    assert "trail_retention_years" in refused("--before", "2019-03", *world.archives())
    del deployment.settings["LICET_TRAIL_RETENTION_YEARS"]
    assert world.lowest() == 0 and world.get("/log/minimum").text == "0\n"
    assert not deployment.storage.trail("trail_pruned")


def test_5_a_prune_that_is_killed_goes_on(world, tmp_path):
    """D2: killed in the middle of deleting; readers see all of it gone or none; the same command finishes it."""
    words = ("audit", "prune", "--before", "2019-03", *world.archives())
    process = world.deployment.start_command(*words)
    until = time.monotonic() + 120
    while world.lowest() == 0 and process.poll() is None and time.monotonic() < until:
        pass
    process.kill()
    said = process.communicate()[0].decode()
    lowest = world.lowest()
    assert 0 < lowest < MINIMUM, f"killed too late: {lowest} {said}"
    assert world.get("/log/minimum").text == f"{MINIMUM}\n"
    first = world.eve.call("GET", "/auditor/entries", params={"limit": 1})
    assert first.text.startswith(f'{{"log_index":{MINIMUM},') and first.headers["Licet-Kept-From"] == "2019-03-01T00:00:00Z"
    index = (MINIMUM - 256) // 256
    assert_problem(world.eve.call("GET", f"/auditor/log/entries/{index:03d}"), 404, "NOT_FOUND")
    assert "kept from 2019-03-01 on" in world.eve.call("GET", f"/auditor/log/entries/{index:03d}").text
    world.deployment.run("audit", "export", str(tmp_path / "between"))
    assert f"{MINIMUM} of them were not there" in world.verify(tmp_path / "between")
    assert f"minimum  {MINIMUM}" in world.deployment.run(*words)
    assert world.lowest() == MINIMUM
    told = world.deployment.storage.trail("trail_pruned")
    assert [line["items"] for line in told] == [MINIMUM]
    with pytest.raises(CommandFailed, match="nothing to prune"):
        world.deployment.run(*words)


def test_6_the_log_goes_on_and_is_whole_with_its_archives(world, tmp_path):
    """D2: the server seals on; hashes and proofs are there; what remains is sound, and with the archives all of it to the judge."""
    series = requests.get(world.deployment.url("/metrics"), timeout=10).text
    assert "licet_audit_log_broken 0.0" in series
    before = int(world.get("/log/checkpoint").text.split("\n")[1])
    assert world.eve.call("GET", "/auditor/entries", params={"limit": 1}).status_code == 200
    eventually(lambda: int(world.get("/log/checkpoint").text.split("\n")[1]) > before, what="sealing")
    assert world.get("/log/tile/0/000").status_code == 200
    assert world.get(f"/log/consistency?from=300&to={before}").json()["path"]
    rest = tmp_path / "rest"
    world.deployment.run("audit", "export", str(rest))
    assert not (rest / "tile/entries/000").exists() and (rest / "minimum").read_text() == f"{MINIMUM}\n"
    assert f"{MINIMUM} of them were not there" in world.verify(rest)
    assert judge(rest, world.key).returncode != 0, "the judge wants all of it"
    (tmp_path / "mirror").mkdir()
    mirror(world, tmp_path / "mirror", MINIMUM)
    assert f"{MINIMUM} of them were not there" in world.verify(tmp_path / "mirror")
    whole = tmp_path / "whole"
    together(whole, rest, world.folder / "2019-01", world.folder / "2019-02")
    assert "were not there" not in world.verify(whole)
    judged = judge(whole, world.key)
    assert judged.returncode == 0 and judged.stdout.startswith("OK size="), judged.stdout + judged.stderr
    flip(whole / "tile/entries/000", 100)
    world.verify(whole, fails=True)
    assert judge(whole, world.key).returncode != 0
    (rest / "minimum").write_text(f"{MINIMUM + 256}\n")
    (rest / f"tile/entries/{MINIMUM // 256:03d}").unlink()
    assert "no entry of the log says" in world.verify(rest, fails=True)
