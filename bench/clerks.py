"""Clerks over real HTTP, and the server that they work on."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any

LIST = "/saraban/incoming/"
PORT = 8093


class Clerk:
    """A signed-in user over real HTTP."""

    def __init__(self, user: str = "clerk.loei3", port: int = PORT) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookie = ""
        token = re.search(r'name="csrf_token" value="([^"]+)', self.ask("GET", "/login/")[1])
        assert token
        self.post("/login/", {"csrf_token": token[1], "username": user, "password": "khet-demo"})
        found = re.search(r'data-token="([^"]+)', self.ask("GET", "/")[1])
        assert found
        self.token = found[1]

    def ask(self, method: str, url: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        self.line.request(method, urllib.parse.quote(url, safe="/?&=%"), body, {"Cookie": self.cookie, **headers})
        answer = self.line.getresponse()
        content = answer.read().decode()
        kept = dict(one.split("=", 1) for one in self.cookie.split("; ") if one)
        for said in answer.headers.get_all("Set-Cookie", ()):  # the session's, and that of a browser that is known
            name, _is, value = said.partition(";")[0].partition("=")
            kept[name] = value
        self.cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
        self.location = answer.getheader("Location") or ""
        return answer.status, content

    def post(self, url: str, fields: dict[str, Any]) -> int:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", url, urllib.parse.urlencode(fields), **kind)[0]

    def register(self, unit: int, subject: str) -> bool:
        """One letter by the intake form; the form itself stays open, as in a clerk's browser."""
        day = date.today()
        fields = {
            "csrf_token": self.token, "unit_id": unit, "sender": "สพฐ.", "recipient": "ผอ.เขต", "subject": subject,
            "received_on": f"{day.day}/{day.month}/{day.year + 543}", "speed": "0",
        }  # fmt: skip
        return self.post(f"{LIST}new", fields) == 302


def together(number: int, work: Callable[[int], None]) -> None:
    """`work(0)` … `work(number - 1)`, each in a thread of its own; waits for all."""
    threads = [threading.Thread(target=work, args=(at,)) for at in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def refuse_taken(port: int = PORT) -> None:
    """Raises OSError where a server was left that would be measured instead."""
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


@contextmanager
def served(environment: Mapping[str, str], port: int = PORT) -> Iterator[tuple[int, float]]:
    """`app.py serve` in a process of its own; yields its pid and the seconds from its start to its first page."""
    refuse_taken(port)
    started = time.perf_counter()
    with ExitStack() as ending:
        server = subprocess.Popen(
            [sys.executable, "app.py", "serve", "--port", str(port)],
            env=dict(environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ending.callback(server.wait, 30)
        ending.callback(server.terminate)
        while server.poll() is None:
            try:
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                line.request("GET", "/login/")
                line.getresponse().read()
                break
            except OSError:
                time.sleep(0.02)
        else:
            raise RuntimeError("the server ended before its first page")
        yield server.pid, time.perf_counter() - started
