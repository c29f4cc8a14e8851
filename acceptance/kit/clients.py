"""What the tests of third-party clients share: a person who answers, keys, and JWTs in every state of repair."""

import base64
import hashlib
import secrets
import time

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from kit.browser import Browser
from kit.parties import CALLBACK, query

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("ES256", "ES384", "RS384", "PS256")


def answer(browser: Browser, address: str, *ticked: str, decision: str = "approve") -> str:
    """The person follows an application's link and decides; the address to which they are led back."""
    page = browser.open(address)
    assert page.status == 200, page.text
    back = browser.decide(page, decision, *ticked).answer
    assert back.status_code == 303, back.text[:800]
    return back.headers["Location"]


def pair() -> dict[str, str]:
    """A code verifier and its challenge."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return {"verifier": verifier, "challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}


def request_uri(base: str, client_id: str, scope: str, challenge: str, **more: str) -> str:
    """An authorization request as a link."""
    fields = {
        "response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "scope": scope,
        "state": secrets.token_urlsafe(8), "code_challenge": challenge, "code_challenge_method": "S256",
    } | more
    return requests.Request("GET", base + "/oauth/authorize", params=fields).prepare().url


def read(base: str, token: dict, types: str, session=requests, **kept) -> requests.Response:
    kept.setdefault("headers", {"Authorization": f"Bearer {token['access_token']}"} if session is requests else {})
    return session.get(f"{base}/api/v1/records/{token['record']}/items", params={"types": types}, timeout=60, **kept)


def make_key(algorithm: str = "ES256", kid: str | None = None) -> ECKey | RSAKey:
    parameters = {"kid": kid} if kid else None
    if algorithm.startswith("ES"):
        return ECKey.generate_key("P-384" if algorithm == "ES384" else "P-256", parameters)
    return RSAKey.generate_key(2048, parameters)


def key_set(*keys) -> dict:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def sign(key, claims: dict, algorithm: str = "ES256", **header) -> str:
    return jwt.encode({"alg": algorithm, **header}, claims, key, algorithms=[algorithm])


def assertion_claims(client_id: str, issuer: str, **changed) -> dict:
    """Right in everything but what is changed; None leaves a claim out."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "jti": secrets.token_urlsafe(16), "iat": now,
              "exp": now + 60} | changed
    return {name: value for name, value in claims.items() if value is not None}


def asserted(assertion: str, **fields: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **fields}


def proof(key, method: str, url: str, *, nonce: str | None = None, token: str | None = None,
          algorithm: str = "ES256", header: dict | None = None, **changed) -> str:
    """A DPoP proof (RFC 9449 §4.2)."""
    claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time())}
    if nonce:
        claims["nonce"] = nonce
    if token:
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
    head = {"typ": "dpop+jwt", "jwk": key.as_dict(private=False)} | (header or {})
    return sign(key, claims | changed, algorithm, **head)


class Prover:
    """A client that holds a key and keeps up with the nonces, by hand: sends, and once more when it is told a nonce."""

    def __init__(self, key=None, algorithm: str = "ES256"):
        self.key = key or make_key(algorithm)
        self.algorithm = algorithm
        self.nonce: str | None = None

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def send(self, method: str, url: str, *, token: str | None = None, dance: bool = True, **kept) -> requests.Response:
        headers = dict(kept.pop("headers", {}))
        if token:
            headers["Authorization"] = f"DPoP {token}"
        for _ in range(2 if dance else 1):
            headers["DPoP"] = proof(self.key, method, url, nonce=self.nonce, token=token, algorithm=self.algorithm)
            answer = requests.request(method, url, headers=headers, timeout=60, allow_redirects=False, **kept)
            self.nonce = answer.headers.get("DPoP-Nonce", self.nonce)
            if "use_dpop_nonce" not in answer.text + answer.headers.get("WWW-Authenticate", ""):
                break
        return answer


def code_of(redirect: str) -> str:
    found = query(redirect)
    assert "code" in found, found
    return found["code"]
