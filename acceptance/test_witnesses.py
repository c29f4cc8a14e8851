"""Witnesses that nobody here wrote (PyPI `aics-witness`, C2SP tlog-witness) sign the log of a real server on both engines; its key is
rotated under their eyes; and when an older backup is put back and gone on from, they refuse and the server says so."""

import base64
import email
import email.policy
import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import requests
from aics_tlog import MerkleTree, parse_note, parse_vkey, verify_checkpoint, verify_leaf_inclusion

from kit.deployment import eventually
from kit.witness import SilentWitness, Witness

JUDGE = pathlib.Path(__file__).resolve().parent / "third_party" / "tlog_check.py"


def judge(folder: pathlib.Path, key: str, *more: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(JUDGE), str(folder), key, *more], capture_output=True, text=True, timeout=120)


def size_of(note: str) -> int:
    return int(note.split("\n")[1])


class World:
    """A server, two witnesses that must both sign, and one that never answers."""

    def __init__(self, make_deployment, folder: pathlib.Path):
        self.folder = folder
        self.one = Witness(folder / "one", "witness.example/one")
        self.two = Witness(folder / "two", "witness.example/two")
        self.silent = SilentWitness()
        other = hashlib.sha256(b"witness.example/silent\n\x04" + bytes(range(32))).digest()[:4].hex()
        silent_key = f"witness.example/silent+{other}+{base64.b64encode(bytes([4, *range(32)])).decode()}"
        self.policy = folder / "policy"
        self.policy.write_text(
            f"# Both of those who answer.\nwitness one {self.one.vkey} {self.one.url}\nwitness two {self.two.vkey} {self.two.url}/\n"
            f"witness silent {silent_key} {self.silent.url}\ngroup both all one two\nquorum both\n")
        self.deployment = make_deployment(LICET_WITNESSES=str(self.policy), LICET_WITNESS_SECONDS="1")
        self.deployment.run("migrate")
        self.deployment.start()
        self.key = self.give("/log/key").strip()
        for witness in (self.one, self.two):
            witness.trust(self.key)
            witness.start()
        self.traffic()
        self.is_witnessed()

    def give(self, path: str) -> str:
        answer = requests.get(self.deployment.url(path), timeout=10)
        assert answer.status_code == 200, answer.text
        answer.encoding = "utf-8"
        return answer.text

    def traffic(self, count: int = 1) -> int:
        """So many entries more, sealed; how long the log is."""
        before = size_of(self.give("/log/checkpoint"))
        for n in range(count):
            self.deployment.make_organization(f"Number {before + n}")
        return eventually(
            lambda: (lambda size: size >= before + count and size)(size_of(self.give("/log/checkpoint"))), what="sealing")

    def witnessed(self) -> str | None:
        answer = requests.get(self.deployment.url("/log/checkpoint/witnessed"), timeout=10)
        return answer.content.decode() if answer.status_code == 200 else None

    def is_witnessed(self, within: float = 45) -> str:
        """The newest checkpoint, when enough have signed it."""
        size = size_of(self.give("/log/checkpoint"))
        return eventually(
            lambda: (lambda note: note and size_of(note) >= size and note)(self.witnessed()), within=within, what="witnessing")

    def series(self, name: str) -> float:
        found = re.search(rf"^{name} (\S+)$", self.give("/metrics"), re.M)
        return float(found[1]) if found else 0.0

    def export(self, name: str) -> pathlib.Path:
        copy = self.folder / name
        self.deployment.run("audit", "export", "--witnessed", str(copy))
        return copy

    def verify(self, copy: pathlib.Path, key: str, *more: str, fails: bool = False) -> str:
        return self.deployment.run("audit", "verify", str(copy), "--key", key, *more, fails=fails)

    def close(self):
        self.one.stop()
        self.two.stop()
        self.silent.close()


@pytest.fixture(scope="module")
def world(make_deployment, tmp_path_factory):
    world = World(make_deployment, tmp_path_factory.mktemp("witnesses"))
    yield world
    world.deployment.stop()
    world.close()


def accepted(note: str, key: str, *witnesses: Witness):
    """By the code of others, which knows the formats alone."""
    return verify_checkpoint(
        parse_note(note.encode()), parse_vkey(key), [parse_vkey(witness.vkey) for witness in witnesses], quorum=len(witnesses))


def test_a_live_log_is_signed_by_witnesses_that_nobody_here_wrote(world):
    """D2, C2SP tlog-witness: one checkpoint after the other, each with both signatures, right to code that is not ours; and a witness
    that never answers holds nobody up."""
    sizes = set()
    for _ in range(3):
        size = world.traffic(2)
        note = world.is_witnessed()
        assert size_of(note) >= size
        found = accepted(note, world.key, world.one, world.two)
        assert found.ok, found
        sizes.add(size_of(note))
    assert len(sizes) == 3
    assert world.one.size() == world.two.size() == max(sizes)
    newest = world.give("/log/checkpoint")
    assert newest == note, "the newest has the lines that it has by now"
    assert eventually(lambda: world.series("licet_audit_witnessed_lag_seconds") == 0.0, what="no lag")
    assert world.series("licet_audit_witness_conflict") == 0.0
    assert len(re.findall("a witness of the audit log does not sign .*witness.example/silent", world.deployment.log_text())) == 1


def test_a_copy_and_a_proof_are_good_by_the_policy_alone(world, tmp_path):
    """D2: offline, with key and policy, the quorum is demanded, and met; without the witnesses' lines it is not."""
    world.traffic()
    world.is_witnessed()
    copy = world.export("signed")
    said = world.verify(copy, world.key, "--policy", str(world.policy))
    assert "Witnessed by " in said and "witness.example/one" in said and "witness.example/two" in said, said
    assert judge(copy, world.key).returncode == 0
    bare = tmp_path / "bare"
    shutil.copytree(copy, bare)
    (bare / "checkpoint.witnessed").unlink()
    lines = (bare / "checkpoint").read_text("utf-8").split("\n")
    (bare / "checkpoint").write_text("\n".join(line for line in lines if "witness.example/two" not in line), "utf-8")
    assert world.verify(bare, world.key).startswith("Sound: ")
    assert "Too few" in world.verify(bare, world.key, "--policy", str(world.policy), fails=True)

    # An insider who kept what witnesses signed once, and goes on alone.
    alone = tmp_path / "alone"
    shutil.copytree(copy, alone)
    kept = (alone / "checkpoint").read_bytes()
    world.traffic(3)
    world.deployment.run("audit", "export", str(alone))
    lines = (alone / "checkpoint").read_text("utf-8").split("\n")
    (alone / "checkpoint").write_text("\n".join(line for line in lines if "witness.example" not in line), "utf-8")
    (alone / "checkpoint.witnessed").write_bytes(kept)
    told = world.verify(alone, world.key, "--policy", str(world.policy), fails=True)
    assert f"signed the first {size_of(kept.decode())} of" in told, told
    said = world.verify(alone, world.key, "--policy", str(world.policy), "--unwitnessed", "100")
    assert f"the first {size_of(kept.decode())} entries" in said, said

    entry = world.deployment.storage.trail("organization_created")[0]["id"]
    proof = tmp_path / "one.tlog-proof"
    world.deployment.run("audit", "prove", entry, "--output", str(proof))
    said = world.deployment.run("audit", "check", str(proof), "--key", world.key, "--policy", str(world.policy))
    assert "Witnessed by " in said and entry in said
    assert "Cosignatures: 2" in world.deployment.run("audit", "check", str(proof), "--key", world.key)
    text = proof.read_text("utf-8")
    proof.write_text("".join(line for line in text.splitlines(True) if "witness.example/one" not in line), "utf-8")
    world.deployment.run("audit", "check", str(proof), "--key", world.key, "--policy", str(world.policy), fails=True)


def test_a_witness_that_was_away_signs_again(world):
    """D2: without it there is no quorum, and requests go on; when it is back it signs what is newest."""
    before = size_of(world.is_witnessed())
    world.two.stop()
    try:
        size = world.traffic(2)
        eventually(lambda: "witness.example/one" in world.give("/log/checkpoint"), what="one of the two signing")
        assert size_of(world.witnessed()) == before < size
        eventually(lambda: world.series("licet_audit_witnessed_lag_seconds") > 0, what="telling of the lag")
    finally:
        world.two.start()
    assert size_of(world.is_witnessed()) >= size


def test_what_we_forgot_of_a_witness_it_tells(world):
    """C2SP tlog-witness: an old size that is not the witness's own is answered with 409 and the right one, from which we go on."""
    world.deployment.stop()
    world.deployment.storage.change("DELETE FROM log_witness")
    refused = (world.one.folder / "log").read_text().count("409")
    world.deployment.start()
    world.traffic()
    world.is_witnessed()
    assert (world.one.folder / "log").read_text().count("409") > refused, "it said so"
    assert world.series("licet_audit_witness_conflict") == 0.0


def test_a_checkpoint_is_mailed_to_who_keeps_it(world, tmp_path):
    """D2, RFC 5322: a message that any reader of mail understands; its attachment is a checkpoint that a later copy continues."""
    plain = world.deployment.run("audit", "checkpoint")
    assert accepted(plain, world.key, world.one, world.two).ok
    text = world.deployment.run("audit", "checkpoint", "--mail", "auditor@example.org", "--from", "licet@licet.example")
    message = email.message_from_string(text, policy=email.policy.default)
    assert not message.defects and message["To"] == "auditor@example.org" and message["From"] == "licet@licet.example"
    assert message["Date"].datetime and message["Message-ID"] and message["Subject"].startswith("Checkpoint ")
    body, attachment = message.get_body().get_content(), next(message.iter_attachments())
    assert "audit verify COPY --key KEY --older" in body and world.key in body.replace("\n", "")
    kept = tmp_path / attachment.get_filename()
    kept.write_bytes(attachment.get_payload(decode=True))
    assert accepted(kept.read_text("utf-8"), world.key, world.one, world.two).ok
    world.traffic()
    assert "continues the older checkpoint" in world.verify(world.export("mailed"), world.key, "--older", str(kept))
    for to in ("a@b.example, c@d.example", "a@b.example\nBcc: c@d.example", "a b@c.example", "a@b@c", "a@", "@b", '"a"@b.example', "a@-b"):
        world.deployment.run("audit", "checkpoint", "--mail", to, "--from", "licet@licet.example", fails=True)
    world.deployment.run("audit", "checkpoint", "--mail", "a@b.example", fails=True)


def test_the_key_is_rotated_while_all_look_on(world, tmp_path):
    """D2, C2SP tlog-checkpoint: both keys sign for a while, and others accept either; who knows the first one comes to the third by the
    handovers of a copy, and to nothing without them."""
    deployment, first = world.deployment, world.key
    said = deployment.run("audit", "rotate-key", "--overlap-days", "30")
    second = re.search(r"^key +(\S+)$", said, re.M)[1]
    eventually(lambda: world.give("/log/key").strip() == second, what="the new key")
    assert second != first and second.split("+")[0] == first.split("+")[0]
    rotation = deployment.storage.trail("log_key_rotated")
    assert len(rotation) == 1
    assert len(deployment.storage.query("SELECT name FROM deployment_key WHERE name LIKE 'log-signing-key%'")) == 2
    listed = [line.split() for line in world.give("/log/keys").strip().split("\n")]
    assert [line[0] for line in listed] == [first, second] and listed[1][2] == "-" and listed[0][2] > listed[0][1]
    # The witnesses know the old one alone, and sign.
    note = world.is_witnessed()
    assert accepted(note, first, world.one, world.two).ok and accepted(note, second, world.one, world.two).ok
    copy = world.export("rotated")
    for key in (first, second):
        judged = judge(copy, key)
        assert judged.returncode == 0, judged.stdout + judged.stderr
        assert world.verify(copy, key, "--policy", str(world.policy)).startswith("Sound: ")

    # The handover by itself: the entry that names the new key, under what both signed.
    head, signed = (copy / "handover/1").read_text("utf-8").split("\n\n", 1)
    assert world.give("/log/handover/1") == (copy / "handover/1").read_text("utf-8")
    lines = head.split("\n")
    leaf = base64.b64decode(lines[1].removeprefix("extra "))
    assert json.loads(leaf)["id"] == rotation[0]["id"] and lines[2].startswith("index ")
    path = [base64.b64decode(line) for line in lines[3:]]
    for key in (first, second):
        assert accepted(signed, key).ok
    root = base64.b64decode(signed.split("\n")[2])
    assert verify_leaf_inclusion(leaf, int(lines[2].split()[1]), size_of(signed), path, root)
    digits, named = "0123456789abcdefghjkmnpqrstvwxyz", json.loads(leaf)["key"].removeprefix("key_")
    number = int.from_bytes(hashlib.sha256(second.encode()).digest()[:16], "big") << 2
    assert named == "".join(digits[number >> 5 * place & 31] for place in reversed(range(26)))

    for witness in (world.one, world.two):
        witness.trust(second)
        witness.stop()
        witness.start()
    said = deployment.run("audit", "rotate-key", "--overlap-days", "0")
    third = re.search(r"^key +(\S+)$", said, re.M)[1]
    eventually(lambda: world.give("/log/key").strip() == third, what="the third key")
    world.traffic()
    eventually(lambda: len(deployment.storage.query(
        "SELECT name FROM deployment_key WHERE name LIKE 'log-signing-key%'")) == 2, what="the second one's end")
    for witness in (world.one, world.two):
        witness.trust(third)
        witness.stop()
        witness.start()
    world.is_witnessed()
    copy = world.export("twice")
    assert judge(copy, third).returncode == 0 and judge(copy, second).returncode != 0
    for key in (first, second, third):
        assert world.verify(copy, key, "--policy", str(world.policy)).startswith("Sound: "), key
    older = world.folder / "signed" / "checkpoint"
    assert "continues the older checkpoint" in world.verify(copy, first, "--older", str(older))

    entry = deployment.storage.trail("organization_created")[-1]["id"]
    proof = tmp_path / "late"
    deployment.run("audit", "prove", entry, "--output", str(proof))
    assert "--copy" in deployment.run("audit", "check", str(proof), "--key", second, fails=True)
    for key in (first, second, third):
        assert entry in deployment.run("audit", "check", str(proof), "--key", key, "--copy", str(copy))

    for missing, words in (("handover/2", "handover"), ("keys", "keys"), ("handover/1", "handover")):
        lacking = tmp_path / missing.replace("/", "")
        shutil.copytree(copy, lacking)
        (lacking / missing).unlink()
        assert words in world.verify(lacking, first, fails=True)
    world.third = third


def test_an_older_backup_that_is_gone_on_from_is_noticed(world, tmp_path):
    """D2: the witnesses have seen a longer log, and then another one; they do not sign, and the server alarms."""
    deployment = world.deployment
    deployment.stop()
    deployment.storage.keep(tmp_path)
    deployment.start()
    world.traffic(4)
    longest = size_of(world.is_witnessed())
    assert world.one.size() == longest
    deployment.stop()
    deployment.storage.put_back(tmp_path)
    deployment.start()
    world.traffic()
    eventually(lambda: world.series("licet_audit_witness_conflict") == 1.0, what="the alarm", within=45)
    log = deployment.log_text()
    assert "critical a witness has seen another history of the audit log" in log
    assert f"it has signed a log of {longest} entries" in log
    grown = world.traffic(6)
    assert grown > longest
    eventually(lambda: "what it has signed is not the beginning of our log" in deployment.log_text(), what="refusal", within=90)
    assert world.one.size() == world.two.size() == longest, "nothing of the other history was signed"
    assert size_of(world.witnessed()) < longest
    assert world.one.evidence(), "the witness has kept what we asked it to sign"
    assert world.series("licet_audit_witness_conflict") == 1.0


def test_a_policy_that_cannot_be_read_is_said_with_its_line(make_deployment, tmp_path, world):
    """C2SP tlog-policy: the start and `check` name the line and what is wrong."""
    policy = tmp_path / "policy"
    deployment = make_deployment(LICET_WITNESSES=str(policy))
    assert "cannot be read" in deployment.run("check", fails=True)
    key = world.one.vkey
    for text, words in (
        ("", "no quorum line"), (f"witness a {key} {world.one.url}\nquorum b\n", "line 2: no line above defines this name"),
        (f"witness a {world.key} {world.one.url}\nquorum a\n", "line 1: the key of this witness is of the kind 0x01"),
        (f"witness a {key} http://witness.example\nquorum a\n", "line 1: a witness needs a URL with https"),
        (f"witness a {key}\nquorum a\n", "line 1: a witness needs a URL"), ("quorum none\n", "no witness to ask"),
    ):
        policy.write_text(text)
        for command in ("check", "serve"):
            assert words in deployment.run(command, fails=True), text
    policy.write_text(f"witness a {key} {world.one.url}\nquorum a\n")
    assert "1 in " in deployment.run("check")
