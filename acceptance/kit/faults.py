"""Faults made on purpose: a small disk of one's own, a database of one's own, another user, and requests as they go over the
wire."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
from urllib.parse import quote, urlsplit

from kit.deployment import binary
from kit.storage import SQLite, PostgreSQL, tool

NOBODY = 65534


class NotAllowed(Exception):
    """This machine does not let us; the test is skipped with this reason."""


class SmallDisk:
    """A small file system that only processes of its own mount namespace see at `folder`."""

    def __init__(self, folder: pathlib.Path, megabytes: int):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c",
             f"mount -t tmpfs -o size={megabytes}m,mode=1777 small '{folder}' && echo ready && exec sleep 86400"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline().strip() != "ready":
            raise NotAllowed("no mount namespace of one's own: " + self.holder.stderr.read().strip())
        self.inside = ["nsenter", "--target", str(self.holder.pid), "--mount", "--"]

    def path(self, name: str) -> pathlib.Path:
        """The file as this process may open it."""
        return pathlib.Path(f"/proc/{self.holder.pid}/root{self.folder}") / name

    def fill(self):
        with contextlib.suppress(OSError), self.path("filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(1 << 12))

    def empty(self):
        self.path("filler").unlink(missing_ok=True)

    def close(self):
        self.holder.kill()
        self.holder.wait()


class SmallSQLite(SQLite):
    """On a small disk: looked at from within its namespace, for the database resolves paths by itself."""

    LOOK = "import json, sqlite3, sys; print(json.dumps(sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True, timeout=10)" \
           ".execute(sys.argv[2]).fetchall()))"

    def __init__(self, disk: SmallDisk):
        super().__init__(disk.path(""))
        self.disk = disk
        self.url = str(disk.folder / "licet.sqlite")

    def query(self, sql: str) -> list[tuple]:
        done = subprocess.run([*self.disk.inside, sys.executable, "-c", self.LOOK, self.url, sql], check=True,
                              capture_output=True, text=True, timeout=60)
        return [tuple(row) for row in json.loads(done.stdout)]


def as_nobody() -> list[str]:
    """What to put before a command so that it is run by a user who owns nothing."""
    if os.geteuid() != 0:
        raise NotAllowed("only root can run a server as somebody else")
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*prefix, binary(), "--version"], capture_output=True, timeout=30).returncode != 0:
        raise NotAllowed("the binary cannot be run by another user")
    return prefix


class Cluster:
    """A PostgreSQL of one's own, to be stopped and started. With a disk its tables lie there and its log does not, so that a
    full disk is a full disk and not the end of the cluster."""

    def __init__(self, disk: SmallDisk | None = None):
        # Short, for a socket's path may have 107 bytes at most.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="licet-own.", dir="/tmp"))
        self.disk = disk
        self.owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.owner:
            shutil.chown(self.folder, "postgres")
        self.data = self.folder / "data"
        self._run(tool("initdb"), "-D", str(self.data), "-U", "licet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                  "--no-sync")
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nfsync = off\n"
                           "log_min_messages = fatal\nmax_connections = 100\n")
        self.url = f"postgresql://licet@/postgres?host={quote(str(self.folder), safe='')}&port=5432"
        try:
            self.start()
            if disk:
                self._settle_on(disk)
        except BaseException:
            self.close()
            raise

    def _settle_on(self, disk: SmallDisk):
        place = disk.path("tables")
        place.mkdir()
        if self.owner:
            shutil.chown(place, "postgres")
        PostgreSQL._psql(self.url, f"CREATE TABLESPACE small LOCATION '{disk.folder}/tables'")
        PostgreSQL._psql(self.url, "ALTER DATABASE template1 SET TABLESPACE small")

    def _run(self, *words: str):
        done = subprocess.run([*(self.disk.inside if self.disk else []), *self.owner, *words], cwd="/", timeout=120,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout

    def start(self):
        self._run(tool("pg_ctl"), "-D", str(self.data), "-w", "-t", "60", "-l", str(self.folder / "server.log"), "start")

    def stop(self):
        self._run(tool("pg_ctl"), "-D", str(self.data), "-w", "-t", "60", "-m", "immediate", "stop")

    def close(self):
        with contextlib.suppress(AssertionError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Wire:
    """One answer as the bytes that came."""

    def __init__(self, raw: bytes, is_whole: bool):
        self.raw = raw
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.1 ") else None
        self.headers = {name.lower(): word for name, _, word in (line.partition(": ") for line in lines[1:])}
        length = self.headers.get("content-length")
        self.is_whole = is_whole and self.status is not None and (
            len(self.body) >= int(length) if length else b"\r\n0\r\n\r\n" in b"\r\n" + self.body)


def get(base: str, path: str, token: str, timeout: float = 60.0) -> Wire:
    """A request without any library between us and what is sent."""
    address = urlsplit(base)
    raw, is_whole = b"", True
    try:
        with socket.create_connection((address.hostname, address.port), timeout=timeout) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n"
                         "Accept: application/json\r\nConnection: close\r\n\r\n".encode())
            while piece := line.recv(1 << 16):
                raw += piece
    except OSError:
        is_whole = False
    return Wire(raw, is_whole)
