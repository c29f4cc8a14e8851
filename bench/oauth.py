"""The authorization server under load: tokens, introspections, and whole authorization-code flows with the page and the yes.

Rates are held against the hello route of the same run, at as many connections; the slowest hundredth is taken at 16. On
PostgreSQL too, which then has its durability on.
"""

import http.client
import os
import pathlib
import re
from urllib.parse import urlencode

from subject import LOGIN, PASSWORD, Licet

CONNECTIONS = 32
FEWER = 16


def sign_in(licet: Licet, login: str) -> str:
    """The session cookie of a browser."""
    connection = http.client.HTTPConnection("127.0.0.1", licet.port, timeout=60)
    connection.request("POST", "/sign-in", urlencode({"login": login, "password": PASSWORD}), {
        "Content-Type": "application/x-www-form-urlencoded", "Origin": licet.base, "Sec-Fetch-Site": "same-origin"})
    answer = connection.getresponse()
    answer.read()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    assert answer.status == 303 and cookies, f"signing in: {answer.status}"
    return next(cookie for cookie in cookies if cookie.startswith("licet_session="))


def measure_oauth(binary: str, folder: pathlib.Path, runs: int, series, load, latencies, say, database: str = "") -> list:
    suffix = "_postgres" if database else ""
    tokens = series(f"client_credentials{suffix}", "req/s", "hello")
    asked = series(f"introspection{suffix}", "req/s", "hello")
    flows = series(f"code_flow{suffix}", "flows/s", "hello")
    slowest = {name: series(f"{name}_p99{suffix}", "ms", "") for name in ("client_credentials", "introspection", "code_flow")}
    licet = Licet(binary, folder / f"oauth{suffix}", database)
    licet.run("migrate")
    licet.start()
    try:
        access = licet.set_up("online")
        sessions = [sign_in(licet, LOGIN)]
        for place in range(1, CONNECTIONS):
            login = f"browser{place}@people.example"
            licet.run("person", "create", "--login", login, "--name", "Browser", stdin=PASSWORD + "\n")
            sessions.append(sign_in(licet, login))
        environment = {
            "LICET_BENCH_BASIC": access.basic, "LICET_BENCH_TOKEN": access.token, "LICET_BENCH_CLIENT": access.client,
            "LICET_BENCH_SESSIONS": ",".join(sessions)}
        told = licet.post_form("/oauth/introspect", {"token": access.token}, access.basic)
        assert told["active"] is True and told["grant_id"], told
        for run in range(runs):
            hello, _ = load("plain.lua", licet.base + "/healthz", CONNECTIONS)
            for script, path, one in (
                    ("token.lua", "/oauth/token", tokens), ("introspect.lua", "/oauth/introspect", asked),
                    ("flow.lua", "/oauth/authorize", flows)):
                def under(connections: int) -> dict:
                    # A thread is a browser with a person of its own.
                    threads = connections if one is flows else 1
                    return latencies(script, licet.base + path, connections, threads=threads, **environment)

                summary, few = under(CONNECTIONS), under(FEWER)
                one.add(summary["requests"] / (summary["microseconds"] / 1e6), hello, summary["errors"] + few["errors"])
                slowest[one.name.removesuffix(suffix)].add(few["p99_us"] / 1e3)
            say(f"run {run + 1}/{runs}{' on PostgreSQL' if database else ''}: hello {hello:,.0f}, tokens {tokens.values[-1]:,.0f}, "
                f"introspections {asked.values[-1]:,.0f}, whole flows {flows.values[-1]:,.0f} per second")
    finally:
        licet.stop()
    return [tokens, asked, flows, *slowest.values()]


def postgres() -> str:
    """Where there is a cluster whose commits reach the disk; empty where there is none."""
    address = os.environ.get("LICET_TEST_POSTGRES", "")
    return address if os.environ.get("LICET_POSTGRES_DURABLE") == "1" and re.match(r"postgres", address) else ""
