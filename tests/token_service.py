"""A service on this machine that gives access tokens over HTTP (OAuth 2.0)."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Tokens:
    """Listens until `close`. `answer` is a status and what it says; `asked` are the forms it got."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answer: tuple[int, object] = (200, {"token_type": "Bearer", "expires_in": 3600})
        tokens = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                tokens.asked.append({name: values[0] for name, values in form.items()})
                status, said = tokens.answer
                if isinstance(said, dict) and status == 200:
                    said = {"access_token": f"token-{len(tokens.asked)}"} | said
                self.send_response(status)
                self.end_headers()
                self.wfile.write(said if isinstance(said, bytes) else json.dumps(said).encode())

            def log_message(self, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
