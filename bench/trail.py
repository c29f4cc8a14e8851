"""The audit trail under load: audited reads and denials, with an empty trail and with ten million entries; and the log that is made
of it: how fast it is sealed, how long a proof takes, how fast a whole copy is checked.

Millions of entries are written into the inbox of a stopped deployment's database, because making them by requests takes hours; the
server's own sequencer gives them their place.
"""

import http.client
import pathlib
import re
import secrets
import shutil
import statistics
import time

from growth import connect
from oauth import postgres
from subject import LOGIN, PASSWORD, Licet

CONNECTIONS = 32
PROVED, VERIFIED, LONG = 100_000, 1_000_000, 10_000_000
TWENTY = "".join(
    f' <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Watch" unit="count" creationDate="2025-03-17 12:{n:02d}:00 +0200"'
    f' startDate="2025-03-17 12:{n:02d}:00 +0200" endDate="2025-03-17 12:{n:02d}:30 +0200" value="{100 + n}"/>\n' for n in range(20))
EXPORT = f"""<?xml version="1.0" encoding="UTF-8"?>
<HealthData locale="en_GB">
 <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" creationDate="2025-03-17 12:00:00 +0200"
 startDate="2025-03-17 12:00:00 +0200" endDate="2025-03-17 12:00:00 +0200" value="61"/>
{TWENTY}</HealthData>
"""


def fill(licet: Licet, count: int):
    """So many entries wait in the inbox of a deployment that does not run; one in a hundred is the bench person's."""
    database = connect(licet)
    name = database.execute("SELECT audit_name FROM person WHERE login = ?", (LOGIN,)).fetchone()[0]
    first = database.execute("SELECT count(*) FROM audit_entry").fetchone()[0]
    digits = "printf('%026d', i)"
    with database:
        database.execute(f"""INSERT INTO audit_inbox (leaf)
            WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})
            SELECT CAST('{{"action":"read","application":"app_' || printf('%026d', i % 50) || '","at":"2026-01-01T00:00:00.000000Z",'
                || '"grant":"grt_' || printf('%026d', i % 20000) || '","id":"aud_' || {digits} || '","items":1,"mode":"online",'
                || '"outcome":"done","person":"' || CASE WHEN i % 100 = 0 THEN '{name}' ELSE 'n_' || printf('%026d', i % 10000) END
                || '","record":"n_1' || printf('%025d', i % 10000) || '","request":"req_' || {digits}
                || '","types":["heart_rate"],"v":1}}' AS BLOB) FROM n""")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def size(licet: Licet) -> int:
    return int(text(licet, "/log/checkpoint").split("\n")[1])


def text(licet: Licet, path: str, headers: dict | None = None) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", licet.port, timeout=60)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"GET {path}: {answer.status} {content[:300]}")
    return content


def seal(licet: Licet, until: int) -> float:
    """Entries per second that the server's sequencer sealed until the log was that long."""
    began, before = time.perf_counter(), size(licet)
    while (now := size(licet)) < until:
        time.sleep(0.02)
    return (now - before) / (time.perf_counter() - began)


def set_up(binary: str, folder: pathlib.Path, database: str = "") -> tuple[Licet, object]:
    licet = Licet(binary, folder, database)
    licet.run("migrate")
    licet.start()
    access = licet.set_up("online")
    export = folder / "readings.xml"
    export.write_text(EXPORT)
    licet.run("import", "--person", LOGIN, str(export))
    return licet, access


def measure_trail(binary: str, folder: pathlib.Path, runs: int, quick: bool, series, latencies, say) -> list:
    return (measure_reads(binary, folder, runs, series, latencies, say)
            + (measure_reads(binary, folder, runs, series, latencies, say, postgres()) if postgres() else [])
            + measure_log(binary, folder, runs, series, say)
            + ([] if quick else measure_long(binary, folder, runs, series, latencies, say)))


def rate(summary: dict) -> float:
    return summary["requests"] / (summary["microseconds"] / 1e6)


def measure_reads(binary: str, folder: pathlib.Path, runs: int, series, latencies, say, database: str = "") -> list:
    suffix = "_postgres" if database else ""
    one = series(f"audited_read{suffix}", "req/s", "hello")
    twenty = series(f"audited_read_20{suffix}", "req/s", "hello")
    denial = series(f"audited_denial{suffix}", "req/s", "hello")
    licet, access = set_up(binary, folder / f"trail{suffix}", database)
    items = f"/api/v1/records/{access.record}/items?limit=1&types="
    bearer = {"Authorization": f"Bearer {access.token}"}
    try:
        for types, count in (("heart_rate", 1), ("steps", 20)):
            parcels = licet.call("GET", items + types, headers=bearer)[0]["parcels"]
            assert [len(parcel["items"]) for parcel in parcels] == [count], parcels
        unknown = "/api/v1/records/r_" + "0" * 26 + "/items?limit=1"
        assert licet.call("GET", unknown, headers=bearer, expect=403)[0]["code"] == "CONSENT_REQUIRED"
        for run in range(runs):
            environment = {"LICET_BENCH_TOKEN": access.token}
            hello = rate(latencies("plain.lua", licet.base + "/healthz", CONNECTIONS))
            for path, figure in ((items + "heart_rate", one), (items + "steps", twenty), (unknown, denial)):
                summary = latencies("read.lua", licet.base + path, CONNECTIONS, **environment)
                # Every answer to the unknown record must be a refusal.
                errors = abs(summary["errors"] - (summary["requests"] if figure is denial else 0))
                figure.add(rate(summary), hello, errors)
            say(f"run {run + 1}/{runs}{' on PostgreSQL' if database else ''}: hello {hello:,.0f}, audited reads of one item "
                f"{one.values[-1]:,.0f}, of twenty {twenty.values[-1]:,.0f}, denials {denial.values[-1]:,.0f} per second")
    finally:
        licet.stop()
    # On SQLite the read of one item is told where the hello route is.
    return [one, twenty, denial] if database else [twenty, denial]


def measure_log(binary: str, folder: pathlib.Path, runs: int, series, say) -> list:
    sealed = series("audit_sealing", "entries/s", "")
    proof = series("inclusion_proof", "ms", "")
    verify = series("audit_verify", "entries/s", "")
    licet, _ = set_up(binary, folder / "log")
    licet.stop()
    copy = licet.folder / "copy"
    try:
        fill(licet, PROVED)
        licet.start()
        sealed.add(seal(licet, PROVED))
        session = licet.call("POST", "/partner/session", {"login": LOGIN, "password": PASSWORD}, expect=201)[0]["token"]
        bearer = {"Authorization": f"Bearer {session}"}
        for run in range(runs):
            took = []
            for _ in range(50):
                entry = f"aud_{secrets.randbelow(PROVED // 100) * 100 + 100:026d}"
                began = time.perf_counter()
                text(licet, f"/partner/audit/{entry}/proof", bearer)
                took.append((time.perf_counter() - began) * 1_000)
            proof.add(statistics.median(took))
        licet.stop()
        fill(licet, VERIFIED - PROVED)
        licet.start()
        sealed.add(seal(licet, VERIFIED))
        licet.stop()
        say(f"sealed {sealed.values[-1]:,.0f} entries/s; a proof in {proof.values[-1]:.2f} ms; copying the log")
        licet.run("audit", "export", str(copy))
        for run in range(runs):
            began = time.perf_counter()
            said = licet.run("audit", "verify", str(copy), "--key", str(copy / "key"))
            entries = int(re.match(r"Sound: (\d+) entries", said)[1])
            verify.add(entries / (time.perf_counter() - began))
            say(f"run {run + 1}/{runs}: {entries:,} entries checked, {verify.values[-1]:,.0f}/s")
    finally:
        licet.stop()
        shutil.rmtree(licet.folder, ignore_errors=True)
    return [sealed, proof, verify]


def measure_long(binary: str, folder: pathlib.Path, runs: int, series, latencies, say) -> list:
    """`audited_read_10m`: the median time of a read with ten million entries in the trail by that with none."""
    figure = series("audited_read_10m", "ratio of p50", "")
    empty, access = set_up(binary, folder / "trail-empty")
    empty.stop()
    long = Licet(binary, folder / "trail-long")
    shutil.rmtree(long.data)
    shutil.copytree(empty.data, long.data)
    say(f"writing {LONG:,} entries")
    fill(long, LONG)
    try:
        long.start()
        seal(long, LONG)
        empty.start()
        path = f"/api/v1/records/{access.record}/items?limit=1&types=heart_rate"
        for run in range(runs + 1):
            taken = [latencies("read.lua", licet.base + path, 2, LICET_BENCH_TOKEN=access.token) for licet in (empty, long)]
            # The first round only warms both.
            if run == 0:
                continue
            figure.add(taken[1]["p50_us"] / taken[0]["p50_us"], errors=sum(one["errors"] for one in taken))
            say(f"run {run}/{runs}: p50 {taken[0]['p50_us']} → {taken[1]['p50_us']} µs")
    finally:
        for licet in (empty, long):
            licet.stop()
            shutil.rmtree(licet.folder, ignore_errors=True)
    return [figure]
