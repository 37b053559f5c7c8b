"""A server on the loopback address that speaks Zenodo's interface, serves the authors' repository, and misbehaves."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from time import sleep  # the client's pauses are shortened in tests, those of the server are not

from soaplens_lite.study.data import tiers

# Two files of the authors' repository, as it were: of a size that takes several blocks to send.
CONTENT = {"input_hdf5/a.hdf5": b"copper" * 50_000, "input_hdf5/b.hdf5": b"gold" * 30_000}
RECORD = "/api/records/10213827"
LICENCE = "cc-by-4.0"
TIER = tiers()["paper"]


def blob_id(content):
    """The definition of git's id in one line."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


WANTED = {path: blob_id(content) for path, content in CONTENT.items()}
A = {"input_hdf5/a.hdf5": WANTED["input_hdf5/a.hdf5"]}


class Zenodo(ThreadingHTTPServer):
    """
    A server on the loopback address that speaks Zenodo's interface and serves the authors' repository beside it.

    `record` and `repository` hold contents by name; `faults` holds, by path, what happens instead of an answer: one
    for each request to come, the last one for ever if it is `ALWAYS`.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.record = {PurePosixPath(path).name: content for path, content in CONTENT.items()}
        self.repository = dict(CONTENT)
        self.checksums = {}
        self.tier = TIER
        self.faults = {}
        self.asked = []
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.environment = {
            "SOAPLENS_ZENODO": f"{self.base}/api",
            "SOAPLENS_GITHUB": f"{self.base}/raw",
            "SOAPLENS_TIMEOUT": "5",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def file(self, name):
        """Where a file of the record is had from."""
        return f"{RECORD}/files/{name}/content"

    def raw(self, path):
        """Where a file of the repository is had from."""
        return f"/raw/{self.tier.github}/{self.tier.commit}/{path}"

    def count(self, path):
        """How often it was asked for the content at a path."""
        return self.asked.count(("GET", path))

    def answer(self, path):
        """The content at a path and its type; None where there is nothing."""
        files = {self.file(name): content for name, content in self.record.items()}
        files |= {self.raw(name): content for name, content in self.repository.items()}
        if path == RECORD:
            listed = [self._entry(name, content) for name, content in self.record.items()]
            record = {"id": 10213827, "metadata": {"license": {"id": LICENCE}}, "files": listed}
            return json.dumps(record).encode(), "application/json"
        return (files[path], "application/octet-stream") if path in files else None

    def _entry(self, name, content):
        checksum = self.checksums.get(name, "md5:" + hashlib.md5(content).hexdigest())
        links = {"self": self.base + self.file(name)}
        return {"key": name, "size": len(content), "checksum": checksum, "links": links}

    def handle_error(self, request, client_address):
        """A client that went away is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    """Answers one request, or misbehaves as the server was told."""

    def do_GET(self):
        self.server.asked.append((self.command, self.path))
        queue = self.server.faults.get(self.path, [])
        fault = (queue[0] if queue[-1:] == [ALWAYS] else queue.pop(0)) if queue else None
        if fault is None or self.command == "HEAD":
            self.send(*(self.server.answer(self.path) or (None, None)))
        else:
            fault(self)

    do_HEAD = do_GET

    def send(self, content, kind="application/octet-stream", *, status=200, length=None, **headers):
        if content is None:
            content, kind, status = b"nothing here", "text/plain", 404
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *arguments):
        """Say nothing."""


ALWAYS = object()


def status(code, **headers):
    """An answer without content."""
    return lambda handler: handler.send(b"", status=code, **headers)


def cut(handler):
    """Half of the content, then the end of the connection."""
    content, _ = handler.server.answer(handler.path)
    handler.send(content[: len(content) // 2], length=len(content))


def wrong(handler):
    """As many bytes, one of them another."""
    content, _ = handler.server.answer(handler.path)
    handler.send(content[:-1] + bytes([content[-1] ^ 1]))


def page(handler):
    """What a proxy shows that wants a password, with the status of success."""
    handler.send(b"<!DOCTYPE html><html>Please sign in</html>", "text/html")


def hang(handler):
    """No answer at all."""
    sleep(1)


def stall(handler):
    """Half of the content, then silence."""
    cut(handler)
    handler.wfile.flush()
    sleep(1)


def drip(handler):
    """The content so slowly that there is time to be killed."""
    content, _ = handler.server.answer(handler.path)
    handler.send(content[:100_000], length=len(content))
    handler.wfile.flush()
    sleep(20)
