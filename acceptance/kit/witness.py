"""A witness of the audit log that nobody here wrote: PyPI `aics-witness` (C2SP tlog-witness), as a process of its own."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import requests

from kit.deployment import free_port


class Witness:
    def __init__(self, folder: pathlib.Path, name: str):
        self.folder = folder
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "witness.json"
        self.process: subprocess.Popen | None = None
        folder.mkdir(parents=True)
        self.vkey = self.run("init", "--name", name, "--listen", f"127.0.0.1:{self.port}").strip().split("\n")[-1]

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "aics_witness", words[0], "--config", str(self.config), *words[1:]]

    @property
    def environment(self) -> dict[str, str]:
        return {key: word for key, word in os.environ.items() if key not in ("WITNESS_SEED_HEX", "AICS_WITNESS_CONFIG")}

    def run(self, *words: str) -> str:
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=30, cwd=self.folder, env=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def trust(self, key: str):
        self.run("add-log", "--origin", key.split("+")[0], "--vkey", key)

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=self.environment)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            with contextlib.suppress(OSError):
                if requests.get(self.url + "/healthz", timeout=2).ok:
                    return self
            time.sleep(0.05)
        raise AssertionError("the witness does not answer")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def size(self) -> int:
        """Of the log that it last signed; it knows one log."""
        logs = json.loads(self.run("status", "--json"))["logs"]
        return (logs[0].get("size") or 0) if logs else 0

    def evidence(self) -> list:
        found = json.loads(self.run("evidence"))
        return found if isinstance(found, list) else found.get("evidence", [])


class SilentWitness:
    """Takes connections and says nothing."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def close(self):
        self.socket.close()
