"""At the end of the run: nothing that any test of it used as a secret, and no health value that was planted, lies in a database,
a log or the audit trail of any server that the run started.

Always last (see conftest.py). Each deployment is searched when it is taken down; those that still run are searched here.
"""

import sqlite3

import pytest

from kit.ledger import LEDGER, Ledger
from kit.storage import SQLite


def test_the_search_finds_what_is_planted(tmp_path):
    """D2: the search is able to fail: a secret in a row, in a log line, in the bytes of a dump and in a stray file is found."""
    ledger = Ledger()
    secret, value = "lat_" + "Q" * 43, "77.3125"
    ledger.hear(f"Location: https://app.example/callback?code={secret}")
    ledger.hear_value(value)
    assert ledger.found(b"nothing here") == []
    assert ledger.found(f"GET /x?t={secret}".encode()) == [secret]
    assert ledger.found(rb"'\x" + value.encode().hex().encode() + b"'") == [value]

    class Left:
        folder, data, storage = tmp_path, tmp_path, SQLite(tmp_path)

        def log_text(self):
            return "all is well"

    with sqlite3.connect(tmp_path / "licet.sqlite") as rows:
        rows.execute("CREATE TABLE note (text TEXT)")
    ledger.examine(Left())
    assert ledger.findings == []
    with sqlite3.connect(tmp_path / "licet.sqlite") as rows:
        rows.execute("INSERT INTO note VALUES (?)", (secret,))
    (tmp_path / "stray").write_text(value)
    ledger.examine(Left())
    assert len(ledger.findings) == 2


def test_nothing_that_was_used_lies_anywhere(request):
    """D2: the databases, the logs and the trails of the whole run hold no token, secret or password that its clients used, and
    none of the planted health values."""
    for deployment in list(request.config.deployments):
        LEDGER.examine(deployment)
    print(LEDGER.deployments, "deployments,", LEDGER.bytes, "bytes,", len(LEDGER.secrets), "secrets,", len(LEDGER.values), "values")
    if not LEDGER.deployments:
        pytest.skip("no deployment was made in this run")
    assert LEDGER.secrets and LEDGER.bytes > 1 << 16
    assert not LEDGER.findings, "\n".join(LEDGER.findings)
