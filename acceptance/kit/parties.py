"""Who takes part: an application's developer, the application itself, and the person's own app."""

import base64
import hashlib
import os
import secrets
from urllib.parse import parse_qs, urlsplit

import requests

CALLBACK = "https://app.example/callback"


def rule(name: str, types: list[str], *, mode: str = "offline", required: bool = False, why: str, **more) -> dict:
    return {"name": name, "mode": mode, "required": required, "accesses": ["read"], "data_types": types, "why": why,
            **more}


def draft(name: str, rules: list[dict], **more) -> dict:
    return {"name": name, "description": f"{name} shows you how your days go.", "redirect_uris": [CALLBACK],
            "rules": rules, **more}


class PersonsApp:
    """The person's own app: speaks JSON with a bearer session."""

    def __init__(self, base: str):
        self.base = base
        self.session = requests.Session()
        self.token: str | None = None

    def call(self, method: str, path: str, **kept) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=60, **kept)

    def sign_in(self, login: str, password: str) -> requests.Response:
        answer = self.call("POST", "/partner/session", json={"login": login, "password": password})
        if answer.status_code == 201:
            self.token = answer.json()["token"]
            self.session.headers["Authorization"] = f"Bearer {self.token}"
        return answer

    def grants(self) -> list[dict]:
        answer = self.call("GET", "/partner/consent/grants")
        assert answer.status_code == 200, answer.text
        return answer.json()["grants"]

    def pending(self) -> list[dict]:
        answer = self.call("GET", "/partner/consent/pending")
        assert answer.status_code == 200, answer.text
        return answer.json()["pending"]


class Application:
    """An application's server: its credentials, and the two doors it knocks on."""

    def __init__(self, base: str, registered: dict):
        self.base = base
        self.id: str = registered["client_id"]
        # None for one that signs, or that cannot keep a secret.
        self.secret: str | None = registered.get("client_secret")
        self.webhook_secret: str | None = registered.get("webhook_secret")

    @property
    def credentials(self) -> tuple[str, str]:
        return self.id, self.secret

    def start(self, scope: str, **changed) -> tuple[requests.Response, str]:
        """Starts an authorization from the server (C2). The answer, and the code verifier."""
        verifier = base64.urlsafe_b64encode(os.urandom(40)).rstrip(b"=").decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        fields = {
            "response_type": "code", "client_id": self.id, "redirect_uri": CALLBACK, "scope": scope,
            "state": secrets.token_urlsafe(16), "code_challenge": challenge, "code_challenge_method": "S256",
        } | changed
        return requests.post(
            self.base + "/oauth/authorize", data=fields, auth=self.credentials, timeout=60, allow_redirects=False
        ), verifier

    def exchange(self, redirect: str, verifier: str) -> requests.Response:
        return self.ask_token(grant_type="authorization_code", code=query(redirect)["code"], redirect_uri=CALLBACK,
                              code_verifier=verifier)

    def ask_token(self, **fields: str) -> requests.Response:
        return requests.post(self.base + "/oauth/token", data=fields, auth=self.credentials, timeout=60)

    def read(self, token: str, record: str, **parameters) -> requests.Response:
        return requests.get(
            f"{self.base}/api/v1/records/{record}/items", params=parameters, timeout=60,
            headers={"Authorization": f"Bearer {token}"})

    def acknowledge(self, token: str, record: str, parcels: list[str]) -> requests.Response:
        return requests.post(
            f"{self.base}/api/v1/records/{record}/acknowledgements", json={"parcels": parcels}, timeout=60,
            headers={"Authorization": f"Bearer {token}"})


def query(address: str) -> dict[str, str]:
    """The parameters of an address, each of which must be there once."""
    found = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values()), address
    return {name: values[0] for name, values in found.items()}


def assert_problem(answer: requests.Response, status: int, code: str) -> dict:
    """The answer is that problem of the catalogue, told the standard way."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers["Content-Type"]
    body = answer.json()
    assert body["code"] == code and body["status"] == status, body
    assert body["request_id"] == answer.headers["X-Request-Id"]
    return body


def fault_fields(body: dict) -> set[str]:
    return {fault["field"] for fault in body.get("errors", [])}
