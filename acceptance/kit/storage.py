"""A fresh, empty database for each deployment, and a way to look into it from outside."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import uuid
from urllib.parse import urlsplit, urlunsplit


class Storage:
    """What both engines share. `as_text` is how an engine reads bytes as UTF-8, `as_hex` as hexadecimal digits, and `bytes_of` how
    it spells bytes by such digits."""

    as_text = as_hex = bytes_of = ""

    def query(self, sql: str) -> list[tuple]:
        """The rows of one SELECT."""
        raise NotImplementedError

    def trail(self, action: str | None = None, outcome: str | None = None) -> list[dict]:
        """The entries of the audit trail, those that wait for their place in the log among them."""
        # In one statement: between two the sequencer could move some from the one to the other.
        leaf = self.as_text.format("leaf")
        rows = self.query(f"SELECT {leaf} FROM audit_inbox UNION ALL SELECT {leaf} FROM audit_entry")
        lines = sorted((json.loads(row[0]) for row in rows), key=lambda line: line["id"])
        return [line for line in lines if action in (None, line["action"]) and outcome in (None, line["outcome"])]


class SQLite(Storage):
    name = "sqlite"
    as_text, as_hex, bytes_of = "CAST({} AS TEXT)", "lower(hex({}))", "X'{}'"

    def __init__(self, data: pathlib.Path):
        self.data = data
        self.file = data / "licet.sqlite"
        self.url = str(self.file)

    def query(self, sql: str) -> list[tuple]:
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def change(self, *statements: str):
        """What somebody does who has the database. Only while no server runs."""
        connection = sqlite3.connect(self.file, timeout=10)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def keep(self, folder: pathlib.Path):
        """All of it, for `put_back`. Both only while no server runs."""
        for path in self.data.glob("licet.sqlite*"):
            shutil.copy2(path, folder / path.name)

    def put_back(self, folder: pathlib.Path):
        for path in self.data.glob("licet.sqlite*"):
            path.unlink()
        for path in folder.glob("licet.sqlite*"):
            shutil.copy2(path, self.data / path.name)

    def everything(self) -> bytes:
        """All that is kept, as bytes; for looking for what must not be there."""
        return b"".join(path.read_bytes() for path in sorted(self.data.glob("licet.sqlite*")))

    def close(self):
        pass


class PostgreSQL(Storage):
    name = "postgres"
    as_text, as_hex, bytes_of = "convert_from({}, 'UTF8')", "encode({}, 'hex')", "decode('{}', 'hex')"

    def __init__(self, cluster: str):
        self.cluster = cluster
        self.database = f"acceptance_{uuid.uuid4().hex[:12]}"
        self._psql(cluster, f"CREATE DATABASE {self.database}")
        self.url = urlunsplit(urlsplit(cluster)._replace(path=f"/{self.database}"))
        if self.url.startswith("postgresql:/") and not self.url.startswith("postgresql://"):
            self.url = self.url.replace("postgresql:/", "postgresql://", 1)

    def query(self, sql: str) -> list[tuple]:
        """The rows of one SELECT; numbers come back as numbers, NULL as None."""
        out = self._psql(self.url, sql, "-A", "-t", "-F", "\x1f", "-P", "null=\x1e")
        return [tuple(value(cell) for cell in line.split("\x1f")) for line in out.split("\n") if line]

    def change(self, *statements: str):
        """What somebody does who has the database."""
        for statement in statements:
            self._psql(self.url, statement)

    def keep(self, folder: pathlib.Path):
        """All of it, for `put_back`. Both only while no server runs."""
        self._tool("pg_dump", "-Fc", "-f", str(folder / "dump"), self.url)

    def put_back(self, folder: pathlib.Path):
        self._psql(self.cluster, f"DROP DATABASE {self.database} WITH (FORCE)")
        self._psql(self.cluster, f"CREATE DATABASE {self.database}")
        self._tool("pg_restore", "-d", self.url, str(folder / "dump"))

    @staticmethod
    def _tool(name: str, *words: str):
        done = subprocess.run([tool(name), *words], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def everything(self) -> bytes:
        return subprocess.run(
            [tool("pg_dump"), "--inserts", self.url], check=True, capture_output=True, timeout=60
        ).stdout

    def close(self):
        self._psql(self.cluster, f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")

    @staticmethod
    def _psql(url: str, sql: str, *options: str) -> str:
        done = subprocess.run(
            [tool("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *options, "-d", url, "-c", sql],
            capture_output=True, text=True, timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def value(cell: str):
    if cell == "\x1e":
        return None
    return int(cell) if cell.lstrip("-").isdigit() else cell


def tool(name: str) -> str:
    found = shutil.which(name) or next(
        (str(path) for path in sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
    assert found, f"{name} is not installed"
    return found


def cluster() -> str | None:
    """The PostgreSQL that scripts/with_postgres.sh started, if it did."""
    return os.environ.get("LICET_TEST_POSTGRES")
