"""A fresh, empty database for each deployment, and a way to look into it from outside."""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import uuid
from urllib.parse import urlsplit, urlunsplit


class SQLite:
    name = "sqlite"

    def __init__(self, data: pathlib.Path):
        self.data = data
        self.file = data / "licet.sqlite"
        self.url = str(self.file)

    def query(self, sql: str) -> list[tuple]:
        """The rows of one SELECT."""
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def everything(self) -> bytes:
        """All that is kept, as bytes; for looking for what must not be there."""
        return b"".join(path.read_bytes() for path in sorted(self.data.glob("licet.sqlite*")))

    def close(self):
        pass


class PostgreSQL:
    name = "postgres"

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
