"""What the figures are held against: other people's programs doing comparable work on this machine in the same run."""

import contextlib
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import time
import xml.parsers.expat


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def memory_kib(pid: int, field: str) -> int:
    """VmRSS or VmHWM of one process; 0 when it is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class Nginx:
    """Serves a static file of two bytes from a folder of its own, on loopback, with one worker."""

    def __init__(self, folder: pathlib.Path):
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        assert program, "nginx is not installed (Debian: nginx-light)"
        self.port = free_port()
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "healthz").write_text("ok")
        (folder / "nginx.conf").write_text(f"""
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    keepalive_requests 10000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{self.port}; root {folder}; default_type text/plain; }}
}}
""")
        self.process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None and time.monotonic() < until, "nginx did not start"
            time.sleep(0.02)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/healthz"

    def memory_mb(self) -> float:
        """Master and worker together."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(memory_kib(int(pid), "VmRSS") for pid in [self.process.pid, *children]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def sqlite_commits(folder: pathlib.Path, group: int, seconds: float = 1.0) -> float:
    """Rows a second that reach the disk: ten columns each, `group` to a commit, WAL with synchronous=FULL."""
    file = folder / f"commits-{group}.sqlite"
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g INT, h INT, i INT)")
    row = ("aud_0000000000000000000000000a", "app_0000000000000000000000000a", "n_0000000000000000000000000a",
           "grt_0000000000000000000000000a", "read", "done", 1, 2, 3)
    rows, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(group):
            connection.execute("INSERT INTO line (a, b, c, d, e, f, g, h, i) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("COMMIT")
        rows += group
    took = time.perf_counter() - began
    connection.close()
    for path in folder.glob(f"commits-{group}.sqlite*"):
        path.unlink()
    return rows / took


def expat_records(export: pathlib.Path) -> tuple[int, float]:
    """How many Record and Workout elements the export has, and how long Python's expat takes to see them."""
    count = 0

    def begin(name, _):
        nonlocal count
        if name == "Record" or name == "Workout":
            count += 1

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = begin
    began = time.perf_counter()
    with export.open("rb") as file:
        parser.ParseFile(file)
    return count, time.perf_counter() - began
