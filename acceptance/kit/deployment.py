"""One Licet: a data directory, a database, the commands, and the server as a process of its own."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import requests

from kit.ledger import LEDGER

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
READY_WITHIN = 30.0


def binary() -> str:
    path = pathlib.Path(os.environ.get("LICET_BINARY") or ROOT / ".build/debug/licet")
    assert path.is_file(), f"{path} is not there: build first, or set LICET_BINARY"
    return str(path.resolve())


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class CommandFailed(AssertionError):
    def __init__(self, done: subprocess.CompletedProcess):
        super().__init__(f"licet {' '.join(done.args[1:])} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        self.done = done


class Deployment:
    def __init__(self, folder: pathlib.Path, storage, **settings: str):
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.storage = storage
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.said: list[str] = []
        self.process: subprocess.Popen | None = None
        # What to put before each command, e.g. to run it elsewhere or as somebody else.
        self.prefix: list[str] = []
        self.settings = {
            "LICET_PUBLIC_URL": self.base,
            "LICET_LISTEN_HOST": "127.0.0.1",
            "LICET_LISTEN_PORT": str(self.port),
            "LICET_DATA_DIRECTORY": str(self.data),
            "LICET_DATABASE": storage.url,
            "LICET_LOG_LEVEL": "debug",
        } | settings

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: word for key, word in os.environ.items() if not key.startswith("LICET_")}
        return inherited | self.settings

    def url(self, path: str) -> str:
        return self.base + path

    # Commands

    def run(self, *words: str, stdin: str = "", fails: bool = False, timeout: float = 120) -> str:
        """What one command says on both its outputs. It must succeed, or with `fails` must not."""
        done = subprocess.run(
            [*self.prefix, binary(), *words], input=stdin, capture_output=True, text=True, timeout=timeout, cwd=self.folder,
            env=self.environment,
        )
        said = done.stdout + done.stderr
        self.said.append(said)
        LEDGER.hear(said)
        if (done.returncode != 0) != fails:
            raise CommandFailed(done)
        return said

    def start_command(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.prefix, binary(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=self.folder, env=self.environment,
        )

    # The server

    def start(self):
        assert self.process is None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, binary(), "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=self.environment,
            )
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_text()[-4000:]}")
            with contextlib.suppress(requests.RequestException):
                if requests.get(self.url("/readyz"), timeout=2).status_code == 200:
                    return self
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"not ready within {READY_WITHIN} s:\n{self.log_text()[-4000:]}")

    def stop(self):
        """Asks politely and insists after a while; an impolite end is a failure of its own."""
        if self.process is None:
            return
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the server did not end within 20 s of SIGTERM") from None

    def kill(self):
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_text(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    # What an operator does once

    def make_organization(self, name: str, environment: str = "sandbox") -> tuple[str, str]:
        """Organization id and invitation."""
        said = self.run(
            "organization", "create", "--name", name, "--environment", environment,
            "--responsible", f"{name} Ltd, privacy@{name.lower().replace(' ', '-')}.example")
        return find(r"org_[0-9a-z]{26}", said), find(r"liv_[A-Za-z0-9_-]{20,}", said)


def find(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"nothing like {pattern} in:\n{text}"
    return match[0]


def eventually(claim, within: float = 30.0, what: str = "it"):
    """Looks until `claim()` is truthy and returns it; the server works at its own pace."""
    until = time.monotonic() + within
    while True:
        answer = claim()
        if answer:
            return answer
        assert time.monotonic() < until, f"{what} did not happen within {within} s"
        time.sleep(0.05)
