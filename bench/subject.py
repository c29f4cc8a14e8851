"""The release binary under measurement: started on a throwaway folder and set up through its public surfaces only."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import secrets
import socket
import subprocess
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from references import free_port, memory_kib

CALLBACK = "https://app.example/callback"
LOGIN, PASSWORD = "bench@people.example", "a password for the bench"
TYPES = ["activity", "heart", "respiratory", "body", "sleep"]
TINY = b"""<?xml version="1.0" encoding="UTF-8"?>
<HealthData locale="en_GB">
 <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" creationDate="2025-03-17 12:00:00 +0200"
 startDate="2025-03-17 12:00:00 +0200" endDate="2025-03-17 12:00:00 +0200" value="61"/>
</HealthData>
"""


class Licet:
    def __init__(self, binary: str, folder: pathlib.Path, database: str = ""):
        self.binary, self.folder, self.database = binary, folder, database
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LICET_")}
        return inherited | {
            "LICET_PUBLIC_URL": self.base, "LICET_LISTEN_PORT": str(self.port), "LICET_DATA_DIRECTORY": str(self.data),
            "LICET_DATABASE": self.database or str(self.data / "licet.sqlite"), "LICET_LOG_LEVEL": "warning",
        }

    def run(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run(
            [self.binary, *words], input=stdin, capture_output=True, text=True, cwd=self.folder, env=self.environment)
        if done.returncode != 0:
            raise SystemExit(f"licet {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def start(self) -> float:
        """Seconds from exec to the first 200 of /readyz."""
        with (self.folder / "server.log").open("ab") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen(
                [self.binary, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                env=self.environment)
        while not self.is_ready():
            if self.process.poll() is not None or time.perf_counter() - began > 60:
                raise SystemExit("the server did not start:\n" + (self.folder / "server.log").read_text()[-2000:])
            time.sleep(0.0005)
        return time.perf_counter() - began

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: licet\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
        return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def memory_mb(self) -> float:
        return memory_kib(self.process.pid, "VmRSS") / 1024

    def timed_import(self, export: pathlib.Path) -> tuple[float, float]:
        """Seconds that `licet import` takes, and the most memory it ever held, in MB (VmHWM, looked at every 10 ms)."""
        with (self.folder / "import.log").open("ab") as log:
            began = time.perf_counter()
            process = subprocess.Popen(
                [self.binary, "import", "--person", LOGIN, str(export)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, env=self.environment)
            peak = 0
            while process.poll() is None:
                peak = max(peak, memory_kib(process.pid, "VmHWM"))
                time.sleep(0.01)
            took = time.perf_counter() - began
        if process.returncode != 0:
            raise SystemExit("the import failed:\n" + (self.folder / "import.log").read_text()[-2000:])
        return took, peak / 1024

    # The public surfaces

    def call(self, method: str, path: str, body=None, headers: dict | None = None, expect: int = 200) -> tuple[dict, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(headers or {})
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status != expect:
            raise SystemExit(f"{method} {path}: {answer.status} {content.decode(errors='replace')[:500]}")
        kind = answer.headers.get("Content-Type", "")
        return (json.loads(content) if "json" in kind else {}), dict(answer.headers)

    def post_form(self, path: str, fields: dict, basic: str) -> dict:
        return self.call(
            "POST", path, urlencode(fields),
            {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {basic}"},
            201 if path == "/oauth/authorize" else 200)[0]

    def set_up(self, mode: str) -> "Access":
        """An organization, an application without a webhook, a person, consent to everything, and a token."""
        said = self.run("organization", "create", "--name", "Bench", "--environment", "sandbox", "--responsible",
                        "Bench Ltd, bench@bench.example")
        invitation = re.search(r"liv_[A-Za-z0-9_-]+", said)[0]
        self.run("person", "create", "--login", LOGIN, "--name", "Bench Person", stdin=PASSWORD + "\n")
        session = self.call("POST", "/partner/session", {"login": LOGIN, "password": PASSWORD}, expect=201)[0]["token"]
        bearer = {"Authorization": f"Bearer {session}"}
        self.call("POST", "/developer/invitations", {"invitation": invitation}, bearer)
        application = self.call("POST", "/developer/apps", {
            "name": "Bench", "description": "", "redirect_uris": [CALLBACK],
            "rules": [
                {"name": "all", "mode": mode, "required": True, "accesses": ["read"], "data_types": TYPES,
                 "why": "To measure."},
                # Without an offline rule an application has nothing to do alone, and gets no token of its own.
                {"name": "alone", "mode": "offline", "required": False, "accesses": ["read"], "data_types": ["steps"],
                 "why": "To measure."},
            ]}, bearer, 201)[0]
        basic = base64.b64encode(f"{application['client_id']}:{application['client_secret']}".encode()).decode()
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        started = self.post_form("/oauth/authorize", {
            "response_type": "code", "client_id": application["client_id"], "redirect_uri": CALLBACK, "scope": "rule:all",
            "state": "s", "code_challenge": challenge, "code_challenge_method": "S256"}, basic)
        decided = self.call(
            "POST", f"/partner/consent/pending/{started['approval_id']}/approve", {"approvedScopes": ["rule:all"]}, bearer)[0]
        code = parse_qs(urlsplit(decided["redirect_to"]).query)["code"][0]
        token = self.post_form("/oauth/token", {
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": verifier}, basic)
        return Access(token["access_token"], token["record"], basic, application["client_id"])


class Access:
    def __init__(self, token: str, record: str, basic: str, client: str):
        self.token, self.record, self.basic, self.client = token, record, basic, client
