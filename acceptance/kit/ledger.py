"""Remembers every token, secret, password and planted value that any test used, and looks for them where they must not be.

It listens to all requests that go through `requests`, to the commands and to the exports that are written, so that a test cannot
forget to say what it used.
"""

import base64
import contextlib
import pathlib
import re
import subprocess
import tempfile
from urllib.parse import parse_qsl, urlsplit

import requests

# What Licet itself calls its secrets, so that leak scanners know them too.
OURS = re.compile(r"\b(?:lat|lrt|lac|lpr|lcs|lss|liv|lfl|lrc)_[A-Za-z0-9_-]{20,}|\bwhsec_[A-Za-z0-9+/=]{20,}")
NAMED = re.compile(r"password|secret|verifier|assertion|recovery_code|^token$|_token$")
# In the clear on purpose: it guards a form against other sites and opens nothing.
HARMLESS = {"form_token"}
SHORTEST = 10


class Ledger:
    def __init__(self):
        self.secrets: set[str] = set()
        self.values: set[str] = set()
        self.findings: list[str] = []
        self.deployments = 0
        self.bytes = 0

    # Listening

    def hear(self, text: str):
        self.secrets.update(OURS.findall(text))

    def _field(self, name: str, value):
        if isinstance(value, str) and name not in HARMLESS and NAMED.search(name) and len(value) >= SHORTEST:
            self.secrets.add(value)

    def hear_request(self, request: requests.PreparedRequest):
        body = request.body
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body if isinstance(body, str) else ""
        if len(text) < 1 << 16:
            self.hear(text)
            for name, value in parse_qsl(text, keep_blank_values=True):
                self._field(name, value)
            for name, value in re.findall(r'"(\w+)"\s*:\s*"([^"\\]*)"', text):
                self._field(name, value)
        for name, value in parse_qsl(urlsplit(request.url).query):
            self._field(name, value)
        self.hear(request.url)
        for name, value in request.headers.items():
            word = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            self.hear(word)
            if name.lower() == "dpop":
                self.secrets.add(word)
            if name.lower() == "authorization":
                kind, _, rest = word.partition(" ")
                if kind == "Basic" and len(rest) >= SHORTEST:
                    self.secrets.add(rest)
                    with contextlib.suppress(ValueError):
                        self.hear(base64.b64decode(rest).decode("utf-8", "replace"))

    def hear_answer(self, answer: requests.Response):
        for value in answer.headers.values():
            self.hear(value)
        kind = answer.headers.get("Content-Type", "")
        if not answer.raw.closed and answer.raw.tell() == 0:
            return  # A stream that its caller reads.
        if "json" in kind or "html" in kind:
            self.hear(answer.text)
            for name, value in re.findall(r'"(\w+)"\s*:\s*"([^"\\]*)"', answer.text if "json" in kind else ""):
                self._field(name, value)

    def hear_value(self, value):
        """A health value that is long enough to be told from anything else."""
        text = str(value)
        if re.fullmatch(r"\d+\.\d{3,}|\d{7,}", text):
            self.values.add(text)

    # Looking

    def examine(self, deployment):
        """What a deployment left: its database, its log, and whatever lies in its data folder but the sealing key."""
        with contextlib.suppress(OSError):
            key = (deployment.data / "sealing.key").read_text().strip()
            self.secrets.add(key)
        texts = {"the database": deployment.storage.everything(), "the log": deployment.log_text().encode()}
        for path in sorted(deployment.data.rglob("*")):
            if path.is_file() and path.name != "sealing.key" and not path.name.startswith("licet.sqlite"):
                texts[path.name] = path.read_bytes()
        self.deployments += 1
        for place, text in texts.items():
            self.bytes += len(text)
            self.findings += [f"{word[:12]}… in {place} of {deployment.folder.name}" for word in self.found(text)]

    def found(self, text: bytes) -> list[str]:
        """Which of all that is remembered is in the text, plainly or as hexadecimal digits, as a dump writes bytes."""
        words = {word for word in self.secrets | self.values if "\n" not in word}
        spelled = {word: word for word in words} | {word.encode().hex(): word for word in words}
        if not spelled:
            return []
        with tempfile.TemporaryDirectory() as folder:
            patterns, file = pathlib.Path(folder) / "patterns", pathlib.Path(folder) / "text"
            patterns.write_text("\n".join(spelled) + "\n", "utf-8")
            file.write_bytes(text)
            done = subprocess.run(["grep", "-aoF", "-f", str(patterns), str(file)], capture_output=True, timeout=300,
                                  env={"LC_ALL": "C"})
        assert done.returncode in (0, 1), done.stderr
        return sorted({spelled[word] for word in done.stdout.decode("utf-8", "replace").splitlines() if word in spelled})


LEDGER = Ledger()


def listen():
    """From now on every request of every client that is built on `requests` is heard."""
    send = requests.Session.send

    def heard(session, request, **kept):
        LEDGER.hear_request(request)
        answer = send(session, request, **kept)
        if not kept.get("stream"):
            for step in (*answer.history, answer):
                LEDGER.hear_answer(step)
        return answer

    requests.Session.send = heard
