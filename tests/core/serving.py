"""A server in a process of its own, as an operator starts it, and lines to it as browsers open them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from core.ops.application import ROOT
from core.ops.http_server import DRAIN_SECONDS, HttpServer

#: seconds; a start takes two or three
PATIENCE = 60


@dataclass
class Answer:
    """What came back: status, body, headers, and after how many seconds."""

    status: int
    text: str
    headers: http.client.HTTPMessage
    seconds: float


@dataclass
class Server:
    """`app.py serve` at work; `log` holds what it wrote."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, path: str, cookie: str = "", form: dict[str, str] | None = None, accept: str = "text/html") -> Answer:
        headers = {"Accept": accept} | ({"Cookie": f"khet={cookie}"} if cookie else {})
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        begun = time.monotonic()
        try:
            if form is None:
                line.request("GET", path, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                line.request("POST", path, urlencode(form), headers)
            got = line.getresponse()
            text = got.read().decode()
            return Answer(got.status, text, got.headers, time.monotonic() - begun)
        finally:
            line.close()

    def until(self, wanted: object, path: str = "/health", cookie: str = "") -> Answer:
        """Ask until the answer has this status. Fails after PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.ask(path, cookie)
                if answer.status == wanted:
                    return answer
            except OSError:
                pass
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)


def environment(settings, **more: str) -> dict[str, str]:
    """The variables with which a process opens the installation of `settings`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KHET_")}
    return {
        **own, "KHET_DATA_DIR": str(settings.data_dir), "KHET_DATABASE_URL": settings.database_url, "KHET_DEMO": "1",
        "KHET_OWNER_DATABASE_URL": settings.owner_database_url, "KHET_SYSTEM_DATABASE_URL": settings.system_database_url,
        "KHET_SECRET_KEY": "test" * 8, "KHET_SETTINGS_FILE": "", **more,
    }  # fmt: skip


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def served(settings, folder: Path, *command: str, **more: str) -> Iterator[Server]:
    """`app.py serve` over the installation of `settings`, ready; killed at the end if it still runs."""
    port, log = free_port(), folder / "serve.log"
    words = command or ("app.py", "serve")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *words, "--port", str(port)], cwd=ROOT, env=environment(settings, **more),
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    server = Server(port, process, log)
    try:
        server.until(200)
        yield server
    finally:
        process.kill()
        process.wait(10)


@contextmanager
def listening(app: Flask, **settings: int) -> Iterator[int]:
    """The port of a server in a thread of this process; at its end it drains as the service does."""
    server = HttpServer(app, "127.0.0.1", 0, **settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.stop()
        thread.join(DRAIN_SECONDS + 10)
    assert not thread.is_alive(), "the server did not end"
