#!/usr/bin/env python3
"""Checks a C2SP tlog-tiles audit log with code none of us wrote: pymerkle (RFC 6962 root, inclusion and consistency), sigstore's signed-note parser
and Merkle inclusion routine, cryptography's Ed25519.   pip install pymerkle sigstore cryptography
tlog_check.py DIR_OR_URL VKEY [--old checkpoint.old] [--sample 20]       exit 0 = sound

Written apart from Licet and kept as it came: a judge. pymerkle is under the GPLv3 and serves tests alone."""
import sys, os, base64, hashlib, struct, random, types, urllib.request, argparse
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore._internal.merkle import verify_merkle_inclusion
from pymerkle import InmemoryTree
from pymerkle.proof import verify_consistency
p = argparse.ArgumentParser(); p.add_argument("log"); p.add_argument("vkey"); p.add_argument("--old"); p.add_argument("--sample", type=int, default=20); a = p.parse_args()
def get(path):
    if a.log.startswith("http"): return urllib.request.urlopen(a.log.rstrip("/") + "/" + path).read()
    return open(os.path.join(a.log, path), "rb").read()
def die(m): print("FAIL:", m); sys.exit(1)
vk = open(a.vkey).read().strip() if os.path.exists(a.vkey) else a.vkey
name, kid, key = vk.split("+", 2); key = base64.b64decode(key)
if key[0] != 1 or hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != kid: die("bad verifier key")
def checkpoint(raw):
    try: c = SignedCheckpoint.from_text(raw.decode())
    except Exception as e: die(f"checkpoint: {e}")
    good = 0
    for s in c.signed_note.signatures:
        if s.name == name and s.sig_hash.hex() == kid:
            try: Ed25519PublicKey.from_public_bytes(key[1:]).verify(base64.b64decode(s.signature), c.signed_note.note.encode()); good += 1
            except Exception: die("checkpoint signature does not verify")
    if not good or c.checkpoint.origin != name: die("checkpoint not signed by the log's key")
    return c.checkpoint.log_size, bytes.fromhex(c.checkpoint.log_hash)
def npath(n):
    s = f"{n % 1000:03d}"
    while n >= 1000: n //= 1000; s = f"x{n % 1000:03d}/" + s
    return s
size, root = checkpoint(get("checkpoint")); entries = []
for n in range((size + 255) // 256):
    w = min(256, size - n * 256); sfx = "" if w == 256 else f".p/{w}"
    try: b, t = get(f"tile/entries/{npath(n)}{sfx}"), get(f"tile/0/{npath(n)}{sfx}")
    except Exception as e: die(f"missing tile {n}: {e}")
    es = []
    while b:
        l = struct.unpack(">H", b[:2])[0]; es.append(b[2:2 + l]); b = b[2 + l:]
    if len(es) != w: die(f"bundle {n} holds {len(es)} entries, not {w}")
    for i, e in enumerate(es):
        if hashlib.sha256(b"\0" + e).digest() != t[i * 32:i * 32 + 32]: die(f"entry {n * 256 + i} differs from its leaf hash")
    entries += es
tree = InmemoryTree(algorithm="sha256"); tree.append_entries(entries)
if tree.get_root() != root: die("root of the entries is not the checkpoint's root")
for i in random.sample(range(size), min(a.sample, size)):
    pr = tree.prove_inclusion(i + 1); path = pr.path[1:] if len(pr.path) and pr.path[0] == tree.get_leaf(i + 1) else pr.path
    ip = types.SimpleNamespace(log_index=i, tree_size=size, root_hash=root, hashes=list(path))
    try: verify_merkle_inclusion(types.SimpleNamespace(_inner=types.SimpleNamespace(inclusion_proof=ip, canonicalized_body=entries[i])))
    except Exception as e: die(f"inclusion of {i}: {e}")
msg = f"OK size={size} root={base64.b64encode(root).decode()} sampled inclusion proofs={min(a.sample, size)} (checked by sigstore's routine)"
if a.old:
    osz, oroot = checkpoint(open(a.old, "rb").read())
    if osz > size: die(f"log shrank: {osz} -> {size}")
    try: verify_consistency(oroot, root, tree.prove_consistency(osz, size), prior_size=osz, later_size=size)
    except Exception as e: die(f"not an extension of the old checkpoint ({osz}): {type(e).__name__} {e}")
    if tree.get_root(osz) != oroot: die("history before the old checkpoint was rewritten")
    msg += f", extends the old checkpoint of size {osz}"
print(msg)
