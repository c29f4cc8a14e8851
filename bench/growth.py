"""What growth costs: the same questions over a thousand and over a million grants, and a person's page with a long history.

The grants are written straight into a stopped deployment's database, because making a million by hand takes a day; what is
measured goes through the released binary and its routes.
"""

import hashlib
import http.cookies
import pathlib
import secrets
import shutil
import sqlite3
import statistics
import time
from urllib.parse import urlencode

from subject import LOGIN, PASSWORD, Licet

SMALL, LARGE, ASKED = 1_000, 1_000_000, 1_000
HISTORY = 10_000
PERMISSIONS = "/api/v1/records/RECORD/permissions?types=steps,heart_rate"
ITEMS = "/api/v1/records/RECORD/items?limit=1"


def connect(licet: Licet) -> sqlite3.Connection:
    database = sqlite3.connect(licet.data / "licet.sqlite")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("PRAGMA cache_size = -400000")
    return database


def multiply(licet: Licet, grants: int, targets: pathlib.Path):
    """As many people with a record, a grant and a token each, like the one that is there; writes down ASKED of them."""
    database = connect(licet)
    rows = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {grants})"
    name = "printf('%026d', i)"
    with database:
        database.execute(f"""INSERT INTO person (id, login, name, password_hash, audit_name, created_at)
            {rows} SELECT 'per_' || {name}, 'p' || i || '@people.example', 'P', '', 'n_0' || substr({name}, 2), i FROM n""")
        database.execute(f"""INSERT INTO record (id, audit_name, is_suspended, created_at)
            {rows} SELECT 'rec_' || {name}, 'n_1' || substr({name}, 2), 0, i FROM n""")
        database.execute(f"""INSERT INTO record_access (person_id, record_id, relationship, is_custodian, permissions, created_at)
            {rows} SELECT 'per_' || {name}, 'rec_' || {name}, 'own', 1, '*', i FROM n""")
        database.execute(f"""INSERT INTO consent_grant (id, application_id, person_id, record_id, record_pseudonym,
                person_pseudonym, rule_version, rules, permissions, scope, refused_scope, state, items_delivered, created_at,
                expires_at)
            {rows} SELECT 'grt_' || {name}, g.application_id, 'per_' || {name}, 'rec_' || {name}, 'r_' || {name},
                'p_' || {name}, g.rule_version, g.rules, g.permissions, g.scope, g.refused_scope, 'active', 0, g.created_at,
                g.expires_at FROM n, (SELECT * FROM consent_grant LIMIT 1) g""")
        database.execute(f"""INSERT INTO access_token (token_hash, application_id, grant_id, mode, scope, created_at, expires_at)
            {rows} SELECT randomblob(32), t.application_id, 'grt_' || {name}, t.mode, t.scope, t.created_at, t.expires_at
            FROM n, (SELECT * FROM access_token LIMIT 1) t""")
        step = grants // ASKED
        with targets.open("w") as lines:
            for place in range(1, grants + 1, step):
                token, number = f"lat_{secrets.token_urlsafe(32)}", f"{place:026d}"
                database.execute("UPDATE access_token SET token_hash = ? WHERE grant_id = ?",
                                 (hashlib.sha256(token.encode()).digest(), f"grt_{number}"))
                lines.write(f"{token} r_{number}\n")
    database.execute("PRAGMA optimize")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def age(licet: Licet):
    """The bench person has given and ended HISTORY grants to fifty applications."""
    database = connect(licet)
    with database:
        database.execute("""INSERT INTO application (id, organization_id, name, description, secret_hash, grant_days, state,
                rule_version, coverage, created_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
            SELECT 'app_' || printf('%026d', i), organization_id, 'Bench ' || i, '', secret_hash, grant_days, state,
                rule_version, coverage, created_at FROM n, (SELECT * FROM application LIMIT 1)""")
        database.execute("""INSERT INTO rule_set (application_id, version, rules, author, created_at)
            SELECT a.id, r.version, r.rules, r.author, r.created_at FROM application a, (SELECT * FROM rule_set LIMIT 1) r
            WHERE a.id <> r.application_id""")
        database.execute(f"""INSERT INTO consent_grant (id, application_id, person_id, record_id, record_pseudonym,
                person_pseudonym, rule_version, rules, permissions, scope, refused_scope, state, items_delivered, created_at,
                expires_at, revoked_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {HISTORY})
            SELECT 'grt_' || printf('%026d', i), 'app_' || printf('%026d', 1 + i % 50), g.person_id, g.record_id,
                g.record_pseudonym, g.person_pseudonym, g.rule_version, g.rules, g.permissions, g.scope, '', 'revoked', 5,
                g.created_at, g.expires_at, g.created_at + 1 FROM n, (SELECT * FROM consent_grant LIMIT 1) g""")
    database.close()


def sign_in(licet: Licet) -> str:
    """The session cookie of the bench person's browser."""
    headers = licet.call("POST", "/sign-in", urlencode({"login": LOGIN, "password": PASSWORD}), {
        "Content-Type": "application/x-www-form-urlencoded", "Origin": licet.base}, 303)[1]
    cookies = http.cookies.SimpleCookie(next(v for n, v in headers.items() if n.lower() == "set-cookie"))
    return "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())


def page_ms(licet: Licet, cookie: str, path: str = "/") -> float:
    """Median of thirty, in milliseconds."""
    took = []
    for _ in range(30):
        began = time.perf_counter()
        licet.call("GET", path, headers={"Cookie": cookie})
        took.append((time.perf_counter() - began) * 1_000)
    return statistics.median(took)


def measure_growth(binary: str, folder: pathlib.Path, runs: int, series, load, say) -> list:
    """`decision_growth`: p50 over a million grants by p50 over a thousand; `grant_page_10k`: the first page of a long history."""
    template = Licet(binary, folder / "growth")
    template.run("migrate")
    template.start()
    template.set_up("online")
    template.stop()

    subjects = {}
    for grants in (SMALL, LARGE):
        licet = Licet(binary, folder / f"growth-{grants}")
        shutil.rmtree(licet.data)
        shutil.copytree(template.data, licet.data)
        say(f"writing {grants:,} grants")
        targets = licet.folder / "targets"
        multiply(licet, grants, targets)
        subjects[grants] = (licet, targets)

    growth = series("decision_growth", "ratio of p50", "")
    tail = series("decision_growth_p99", "ratio of p99", "")
    read = series("audited_read_growth", "ratio of p50", "")
    try:
        for licet, _ in subjects.values():
            licet.start()
        for run in range(runs + 1):
            taken = {}
            for grants, (licet, targets) in subjects.items():
                environment = {"LICET_BENCH_TARGETS": str(targets)}
                taken[grants] = [
                    load("growth.lua", licet.base + "/", 2, LICET_BENCH_PATH=path, **environment)
                    for path in (PERMISSIONS, ITEMS)]
            errors = sum(one["errors"] for pair in taken.values() for one in pair)
            small, large = taken[SMALL], taken[LARGE]
            # The first round only warms both.
            if run == 0:
                continue
            growth.add(large[0]["p50_us"] / small[0]["p50_us"], errors=errors)
            tail.add(large[0]["p99_us"] / small[0]["p99_us"])
            read.add(large[1]["p50_us"] / small[1]["p50_us"])
            say(f"run {run}/{runs}: decision p50 {small[0]['p50_us']} → {large[0]['p50_us']} µs, p99 {small[0]['p99_us']} → "
                f"{large[0]['p99_us']} µs; audited read p50 {small[1]['p50_us']} → {large[1]['p50_us']} µs, p99 {small[1]['p99_us']} → "
                f"{large[1]['p99_us']} µs")
    finally:
        for licet, _ in subjects.values():
            licet.stop()
            shutil.rmtree(licet.folder, ignore_errors=True)

    page = series("grant_page_10k", "ms", "the same page with one grant")
    long = Licet(binary, folder / "history")
    shutil.rmtree(long.data)
    shutil.copytree(template.data, long.data)
    age(long)
    try:
        long.start()
        template.start()
        cookies = sign_in(long), sign_in(template)
        for run in range(runs):
            page.add(page_ms(long, cookies[0]), page_ms(template, cookies[1]))
            say(f"run {run + 1}/{runs}: the page of {HISTORY:,} grants {page.values[-1]:.1f} ms, of one {page.references[-1]:.1f} ms")
    finally:
        long.stop()
        template.stop()
    return [growth, tail, read, page]
