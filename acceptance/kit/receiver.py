"""An application's webhook endpoint: verifies each message with the PyPI package `standardwebhooks`, keeps what it
acknowledged, and can be told to be slow or to refuse."""

import collections
import http.server
import json
import threading
import time

from standardwebhooks.webhooks import Webhook


class Receiver:
    def __init__(self):
        self.secret: str | None = None
        self.delay = 0.0
        self.refuse_with: int | None = None
        self.messages: dict[str, dict] = {}
        self.bodies: list[bytes] = []
        self.counts = collections.Counter()
        self.faults: list[str] = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("content-length", 0))
                body = self.rfile.read(length)
                if len(body) < length:
                    # The sender was killed in the middle of the body: nobody waits for an answer, and there is no
                    # message to verify. The gateway must send it again, which the tests count.
                    with receiver.lock:
                        receiver.counts["cut_short"] += 1
                    self.close_connection = True
                    return
                self.answer(receiver.take(body, dict(self.headers)))

            def answer(self, status: int):
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request, client_address):
                pass  # The sender was killed in the middle of a request: that is what some tests do.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        time.sleep(self.delay)
        headers = {name.lower(): value for name, value in headers.items()}
        with self.lock:
            self.counts["posts"] += 1
            if self.refuse_with:
                self.counts["refused"] += 1
                return self.refuse_with
            try:
                Webhook(self.secret).verify(body, headers)
            except Exception as fault:
                self.counts["bad_signature"] += 1
                self.faults.append(f"{type(fault).__name__}: {fault}")
                return 401
            name = headers["webhook-id"]
            if name in self.messages:
                self.counts["duplicates"] += 1
            self.bodies.append(body)
            self.messages[name] = json.loads(body)
            return 200

    def items(self) -> list[dict]:
        """Everything received so far, each message once."""
        with self.lock:
            return [item for message in self.messages.values() for item in message["data"]["items"]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
