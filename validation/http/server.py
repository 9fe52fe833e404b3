"""A small server for the requests of a campaign; it tells its port on standard output."""
import http.server
import json
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    refused = 2

    def answer(self, status, body, kind="text/plain"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/slow":
            time.sleep(2)
        if self.path == "/json":
            self.answer(200, json.dumps({"state": "ready", "slots": [{"id": 7}, {"id": None}]}).encode(),
                        "application/json")
        elif self.path == "/header":
            self.answer(200, self.headers.get("X-Bench", "none").encode())
        elif self.path == "/gone":
            self.answer(410, b"gone for good")
        elif self.path == "/later" and Handler.refused > 0:
            Handler.refused -= 1
            self.connection.close()
        else:
            self.answer(200, b"hello bench 12")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(201, self.headers.get("Content-Type", "").encode() + b": " + body)

    do_PUT = do_POST

    def log_message(self, *args):
        pass


def start():
    """In a context: the server lives as long as its worker."""
    import threading
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.modules["server_kept"] = server
    return "http://127.0.0.1:%d" % server.server_port
