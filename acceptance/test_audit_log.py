"""`licet audit verify` against logs that this file writes by itself, from the formats' pages alone (C2SP tlog-tiles,
tlog-checkpoint, signed-note): with hashlib and `cryptography`, and none of our code."""

import base64
import hashlib
import pathlib
import shutil
import struct
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.deployment import binary

JUDGE = pathlib.Path(__file__).resolve().parent / "third_party" / "tlog_check.py"
NAME = "log.example/audit"


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def root(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1, by recursion."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(hashes[:k]) + root(hashes[k:])).digest()


def place(index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


class Log:
    """A log of so many entries in a folder, signed by a key of its own."""

    def __init__(self, folder: pathlib.Path, entries: list[bytes], secret: Ed25519PrivateKey | None = None):
        self.folder = folder
        self.entries = entries
        self.secret = secret or Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        public = b"\x01" + self.secret.public_key().public_bytes_raw()
        self.key_id = hashlib.sha256(NAME.encode() + b"\n" + public).digest()[:4]
        self.key = f"{NAME}+{self.key_id.hex()}+{base64.b64encode(public).decode()}"
        self.write()

    def write(self):
        hashes = [leaf(entry) for entry in self.entries]
        packed = [struct.pack(">H", len(entry)) + entry for entry in self.entries]
        self.write_level("entries", packed)
        level, row = 0, hashes
        while row:
            self.write_level(str(level), row)
            row = [root(row[n:n + 256]) for n in range(0, len(row) - len(row) % 256, 256)]
            level += 1
        self.sign(len(hashes), root(hashes))

    def write_level(self, level: str, row: list[bytes]):
        for n in range(0, len(row), 256):
            chunk = row[n:n + 256]
            path = self.folder / "tile" / level / (place(n // 256) + ("" if len(chunk) == 256 else f".p/{len(chunk)}"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(chunk))

    def sign(self, size: int, hash: bytes):
        text = f"{NAME}\n{size}\n{base64.b64encode(hash).decode()}\n"
        signed = base64.b64encode(self.key_id + self.secret.sign(text.encode())).decode()
        (self.folder / "checkpoint").write_text(f"{text}\n— {NAME} {signed}\n", "utf-8")

    def verify(self, *more: str) -> subprocess.CompletedProcess:
        command = [binary(), "audit", "verify", str(self.folder), "--key", self.key, *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def judge(self, *more: str) -> subprocess.CompletedProcess:
        command = [sys.executable, str(JUDGE), str(self.folder), self.key, *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)


def entries(count: int, word: str = "entry") -> list[bytes]:
    return [f"{word} {n}".encode() for n in range(count)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1_000, 65_536, 66_000])
def test_a_log_written_elsewhere_is_sound(tmp_path, size):
    """RFC 6962, C2SP tlog-tiles: what others write by the same pages is read and found sound, with one sentence."""
    done = Log(tmp_path, entries(size)).verify()
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Sound: {size} entries of {NAME}, as its key signed them.\n"
    assert done.stderr == "", "progress is for terminals"


def flip(path: pathlib.Path, at: int):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def drop_entry(log: Log):
    path = log.folder / "tile/entries/001"
    path.write_bytes(path.read_bytes()[2 + len(log.entries[256]):])


def swap_pair(log: Log):
    path = log.folder / "tile/entries/001"
    data, width = path.read_bytes(), 2 + len(log.entries[256])
    path.write_bytes(data[width:2 * width] + data[:width] + data[2 * width:])


def cut_bundle(log: Log):
    path = log.folder / "tile/entries/002"
    path.write_bytes(path.read_bytes()[:-1])


def change_entry_and_tile(log: Log):
    flip(log.folder / "tile/entries/001", 2)
    data = (log.folder / "tile/entries/001").read_bytes()
    tile = log.folder / "tile/0/001"
    tile.write_bytes(leaf(data[2:2 + len(log.entries[256])]) + tile.read_bytes()[32:])


def edit_size(log: Log):
    path = log.folder / "checkpoint"
    path.write_text(path.read_text("utf-8").replace("\n1000\n", "\n999\n"), "utf-8")


DAMAGE = {
    "a bit of an entry": (lambda log: flip(log.folder / "tile/entries/001", 5), "Entry 256 "),
    "a bit of a tile": (lambda log: flip(log.folder / "tile/0/002", 32 * 7), "Entry 519 "),
    "a removed entry": (drop_entry, "tile/entries/001 "),
    "a swapped pair": (swap_pair, "Entry 256 "),
    "a truncated bundle": (cut_bundle, "tile/entries/002 "),
    "an entry and its hash": (change_entry_and_tile, "tile/1/000.p/3"),
    "a missing bundle": (lambda log: (log.folder / "tile/entries/000").unlink(), "tile/entries/000 "),
    "another size": (edit_size, "checkpoint "),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_was_changed_is_named(tmp_path, what):
    """D2: a copy that was tampered with is refused by us and by code that is not ours, and we name the first place."""
    log = Log(tmp_path, entries(1_000))
    assert log.judge().returncode == 0
    damage, named = DAMAGE[what]
    damage(log)
    done = log.verify()
    assert done.returncode == 1 and named in done.stderr, done.stdout + done.stderr
    assert done.stdout == ""
    assert log.judge().returncode != 0


def test_a_history_rewritten_and_signed_again_is_noticed_by_who_kept_a_checkpoint(tmp_path):
    """D2: who holds the key can rewrite a log, but not what a kept checkpoint says of it."""
    (tmp_path / "log").mkdir()
    log = Log(tmp_path / "log", entries(700))
    kept = tmp_path / "kept"
    shutil.copy(log.folder / "checkpoint", kept)
    grown = Log(log.folder, entries(1_000))
    done = grown.verify("--checkpoint", str(kept))
    assert done.returncode == 0 and "continues the older checkpoint of 700" in done.stdout, done.stderr
    rewritten = Log(log.folder, [b"nothing was read", *entries(1_000)[1:]])
    assert rewritten.verify().returncode == 0, "by itself it is sound"
    done = rewritten.verify("--checkpoint", str(kept))
    assert done.returncode == 1 and "rewritten" in done.stderr
    assert rewritten.judge("--old", str(kept)).returncode != 0
    shorter = Log(log.folder, entries(600))
    done = shorter.verify("--checkpoint", str(kept))
    assert done.returncode == 1 and "had 700 entries and has 600" in done.stderr


def test_another_key_a_bad_key_and_a_missing_folder_are_said(tmp_path):
    """The command says what is wrong with what it was given: status 64 for the words, 1 for the log."""
    log = Log(tmp_path, entries(3))
    other = Log(tmp_path / "other", entries(3), Ed25519PrivateKey.from_private_bytes(bytes(32)))
    command = [binary(), "audit", "verify", str(log.folder), "--key"]

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([*command, *words], capture_output=True, text=True, timeout=60)

    assert run(log.key).returncode == 0
    (tmp_path / "key").write_text(log.key + "\n")
    assert run(str(tmp_path / "key")).returncode == 0
    assert run(other.key).returncode == 1
    assert run("no key").returncode == 64
    assert run(log.key, "--checkpoint", str(tmp_path / "none")).returncode == 64
    assert run(log.key, "--checkpoint", str(tmp_path / "key")).returncode == 1
    assert run(log.key, "--checkpoint", str(other.folder / "checkpoint")).returncode == 1
    command[3] = str(tmp_path / "nowhere")
    done = run(log.key)
    assert done.returncode == 1 and "checkpoint is missing" in done.stderr
