"""Measures the release binary, each figure beside a reference measured in the same run, turn by turn; medians of the runs.

usage: LICET_BINARY=… python3 bench/run.py
environment: BENCH_RUNS (5, at least 5), BENCH_SECONDS (3, of each load), BENCH_QUICK=1 leaves out the import of three million
records and the trail of ten million entries, LICET_BENCH_EXPORT_GENERATOR names another generator (called with RECORDS OUT.xml).
Writes .build/bench.json and prints the same as a table. Every address is a loopback one.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from growth import measure_growth
from oauth import measure_oauth, postgres
from references import Nginx, expat_records, sqlite_commits
from subject import TINY, Licet
from trail import measure_trail

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = pathlib.Path(__file__).resolve().parent
RUNS = max(5, int(os.environ.get("BENCH_RUNS", "5")))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
QUICK = os.environ.get("BENCH_QUICK") == "1"
IMPORT_RECORDS = 300_000
PEAK_RECORDS = 3_000_000
IDLE_SECONDS = 5


class Series:
    """Samples of one figure and of what it is held against, taken turn by turn."""

    def __init__(self, name: str, unit: str, reference: str):
        self.name, self.unit, self.reference = name, unit, reference
        self.values: list[float] = []
        self.references: list[float] = []
        self.errors = 0

    def add(self, value: float, reference: float | None = None, errors: int = 0):
        self.values.append(value)
        if reference is not None:
            self.references.append(reference)
        self.errors += errors

    def result(self) -> dict:
        value = statistics.median(self.values)
        reference = statistics.median(self.references) if self.references else None
        return {
            "name": self.name, "value": round(value, 2), "unit": self.unit, "reference": self.reference,
            "reference_value": None if reference is None else round(reference, 2),
            "ratio": None if not reference else round(value / reference, 4),
            "errors": self.errors, "runs": len(self.values),
        }

    def spread(self) -> str:
        return f"{min(self.values):,.1f}…{max(self.values):,.1f}"


def say(text: str):
    print(f"   {text}", flush=True)


def load(script: str, url: str, connections: int, **environment: str) -> tuple[float, int]:
    """Requests a second and errors of one bounded wrk run against a loopback address."""
    summary = latencies(script, url, connections, **environment)
    return summary["requests"] / (summary["microseconds"] / 1e6), summary["errors"]


def latencies(script: str, url: str, connections: int, threads: int = 1, **environment: str) -> dict:
    """All that one bounded wrk run says: requests, errors, microseconds in all, p50 and p99 in microseconds."""
    assert url.startswith("http://127.0.0.1:")
    done = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{SECONDS:g}s", "-s", str(HERE / "wrk" / script), url],
        capture_output=True, text=True, check=True, env=os.environ | {"LICET_BENCH_LUA": str(HERE / "wrk")} | environment)
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def make_export(records: int, path: pathlib.Path):
    generator = os.environ.get("LICET_BENCH_EXPORT_GENERATOR", str(HERE / "gen_export.py"))
    say(f"writing an export of {records:,} records")
    subprocess.run([sys.executable, generator, str(records), str(path)], check=True, stdout=subprocess.DEVNULL)


def measure_requests(binary: str, folder: pathlib.Path, nginx: Nginx) -> tuple[list[Series], dict]:
    hello = Series("hello", "req/s", "nginx, a static file")
    reads = Series("audited_read", "req/s", "hello")
    singles, groups = [], []
    licet = Licet(binary, folder / "requests")
    licet.run("migrate")
    licet.start()
    try:
        access = licet.set_up("online")
        tiny = folder / "tiny.xml"
        tiny.write_bytes(TINY)
        licet.run("import", "--person", "bench@people.example", str(tiny))
        target = f"/api/v1/records/{access.record}/items?limit=1"
        body, headers = licet.call("GET", target, headers={"Authorization": f"Bearer {access.token}"})
        assert len(body["parcels"]) == 1 and len(body["parcels"][0]["items"]) == 1, "the bucket holds one parcel of one reading"
        assert any(name.lower() == "licet-audit" for name in headers), "the read is audited"
        for run in range(RUNS):
            reference, nginx_errors = load("plain.lua", nginx.url, 32)
            answered, errors = load("plain.lua", licet.base + "/healthz", 32)
            hello.add(answered, reference, errors + nginx_errors)
            singles.append(sqlite_commits(folder, 1))
            groups.append(sqlite_commits(folder, 64))
            read, errors = load("read.lua", licet.base + target, 32, LICET_BENCH_TOKEN=access.token)
            reads.add(read, answered, errors)
            say(f"run {run + 1}/{RUNS}: hello {answered:,.0f}, nginx {reference:,.0f}, audited read {read:,.0f} req/s; SQLite commits of 1: {singles[-1]:,.0f}, of 64: "
                f"{groups[-1]:,.0f} rows/s")
    finally:
        licet.stop()
    return [hello, reads], {
        "sqlite_rows_per_second_commits_of_1": round(statistics.median(singles), 1),
        "sqlite_rows_per_second_commits_of_64": round(statistics.median(groups), 1),
    }


def measure_imports(binary: str, folder: pathlib.Path) -> list[Series]:
    rate = Series("apple_import", "records/s", "Python's expat reading the same file")
    peak = Series("apple_import_peak", "MB", "")
    template = Licet(binary, folder / "template")
    template.run("migrate")
    template.start()
    template.set_up("offline")
    template.stop()

    def once(export: pathlib.Path) -> tuple[float, float]:
        """Into a deployment of its own each time, for the same readings are not taken twice."""
        fresh = Licet(binary, folder / "fresh")
        shutil.rmtree(fresh.data)
        shutil.copytree(template.data, fresh.data)
        answer = fresh.timed_import(export)
        shutil.rmtree(fresh.folder)
        return answer

    export = folder / "export.xml"
    make_export(IMPORT_RECORDS, export)
    for run in range(RUNS):
        records, expat = expat_records(export)
        took, memory = once(export)
        rate.add(records / took, records / expat)
        say(f"run {run + 1}/{RUNS}: {records:,} records in {took:.2f} s ({records / took:,.0f}/s, {memory:.0f} MB), "
            f"expat {records / expat:,.0f}/s")
    if QUICK:
        return [rate]
    make_export(PEAK_RECORDS, export)
    took, memory = once(export)
    peak.add(memory)
    say(f"{PEAK_RECORDS:,} records in {took:.0f} s, {memory:.0f} MB at most")
    export.unlink()
    return [rate, peak]


def measure_starts(binary: str, folder: pathlib.Path, nginx: Nginx) -> list[Series]:
    idle = Series("idle_memory", "MB", "nginx, master and worker")
    ready = Series("ready", "ms", "licet --version")
    licet = Licet(binary, folder / "starts")
    licet.run("migrate")
    licet.start()
    licet.stop()
    for run in range(RUNS):
        began = time.perf_counter()
        licet.run("--version")
        version = time.perf_counter() - began
        ready.add(licet.start() * 1_000, version * 1_000)
        time.sleep(IDLE_SECONDS)
        idle.add(licet.memory_mb(), nginx.memory_mb())
        licet.stop()
        say(f"run {run + 1}/{RUNS}: ready in {ready.values[-1]:.0f} ms, {idle.values[-1]:.1f} MB after {IDLE_SECONDS} s")
    return [idle, ready]


def table(series: list[Series], asides: dict):
    print(f"\n{'figure':<20}{'median':>14} {'unit':<11}{'lowest…highest':>24}{'reference':>14}{'ratio':>9}{'errors':>8}{'runs':>6}")
    for one in series:
        result = one.result()
        reference = "" if result["reference_value"] is None else f"{result['reference_value']:,.1f}"
        ratio = "" if result["ratio"] is None else f"{result['ratio']:.3f}"
        print(f"{one.name:<20}{result['value']:>14,.1f} {one.unit:<11}{one.spread():>24}{reference:>14}{ratio:>9}"
              f"{one.errors:>8}{result['runs']:>6}" + (f"  against {one.reference}" if one.reference else ""))
    for name, value in asides.items():
        print(f"{name}: {value:,.0f}")


def main() -> int:
    binary = os.environ.get("LICET_BINARY") or str(ROOT / ".build/release/licet")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="licet-bench."))
    # nginx's worker is another user when this one is root.
    folder.chmod(0o755)
    began = time.monotonic()
    nginx = Nginx(folder / "nginx")
    try:
        series, asides = measure_requests(binary, folder, nginx)
        series += measure_oauth(binary, folder, RUNS, Series, load, latencies, say)
        if postgres():
            series += measure_oauth(binary, folder, RUNS, Series, load, latencies, say, postgres())
        series += measure_trail(binary, folder, RUNS, QUICK, Series, latencies, say)
        series += measure_imports(binary, folder)
        series += measure_starts(binary, folder, nginx)
        series += measure_growth(binary, folder, RUNS, Series, latencies, say)
    finally:
        nginx.stop()
        shutil.rmtree(folder, ignore_errors=True)
    out = ROOT / ".build/bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([one.result() for one in series], indent=1) + "\n")
    (ROOT / ".build/bench-references.json").write_text(json.dumps(asides, indent=1) + "\n")
    table(series, asides)
    print(f"\n{sum(one.errors for one in series)} errors, {time.monotonic() - began:.0f} s, .build/bench.json")
    return 1 if any(one.errors for one in series) else 0


if __name__ == "__main__":
    sys.exit(main())
