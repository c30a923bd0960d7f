"""A letter registered and a circular sent to every school without a mouse, timed beside the manual's minutes.

    uv run python bench/keyboard.py [--seconds-a-key 0.2] [--times 5]

Counts the keys in a real browser (Debian's chromium) on a demo of one district; the time is the keys' at the given
pace and what the pages took. Manual 000, งานธุรการ: 3 minutes to register what comes in; 12 for the six fields of what
goes out. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import waitress
from playwright.sync_api import sync_playwright

from bench.number_engine import installation
from core.ops.application import create_app
from plugins.saraban.work.standard import BY_KEY

PORT = 8094
INCOMING = ("ศธ 04001/ว {}", "14/11/69", "สพฐ.", None, "การจัดสรรงบประมาณค่าอาหารกลางวันนักเรียน ภาคเรียนที่ 2")
CIRCULAR = "แจ้งการจัดสรรงบประมาณค่าอาหารกลางวันนักเรียน"


class Typist:
    """Presses keys at once and counts them; the pace is added afterwards."""

    def __init__(self, page: Any, pace: float) -> None:
        self.page, self.pace = page, pace
        self.begin()

    def begin(self) -> None:
        self.keys, self.started = 0, time.perf_counter()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def tab_to(self, selector: str) -> None:
        """Tab on until something that fits `selector` is focused."""
        for _press in range(200):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Tab")
        raise SystemExit(f"{selector} is not reached by the keyboard")

    @property
    def seconds(self) -> float:
        return self.keys * self.pace + time.perf_counter() - self.started


def register(page: Any, typist: Typist) -> None:
    """From the open form to the number: the clerk takes one letter after the other."""
    page.goto("/saraban/incoming/new")
    page.locator("#doc_no").focus()
    typist.begin()
    for value in INCOMING:
        typist.type((value or "").format(time.monotonic_ns() % 10_000))  # the same number twice is asked about
        typist.press("Tab")
    typist.press("Control+Enter")
    page.wait_for_selector(".alert-success")


def send(page: Any, typist: Typist) -> None:
    """From anywhere: a new circular in the register, its number, and the way to every school."""
    page.goto("/saraban/outgoing/")
    typist.begin()
    typist.press("n")
    page.wait_for_selector("#subject")
    typist.tab_to("#recipient")
    typist.type("ผอ.โรงเรียนทุกแห่ง")
    typist.tab_to("#subject")
    typist.type(CIRCULAR)
    typist.press("Control+s")
    page.wait_for_selector(".alert-success")
    typist.tab_to("a[href$='/send']")
    typist.press("Enter")
    page.wait_for_selector("#schools")
    typist.tab_to("#schools")
    typist.press("Space")
    typist.press("Control+s")
    page.wait_for_selector("#before-sending")  # to how many it goes, and what is missing
    typist.press("Control+s")
    page.wait_for_selector(".alert-success")


def main() -> None:
    """Serve a demo, type, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds-a-key", type=float, default=0.2)
    parser.add_argument("--times", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        app = create_app(installation(Path(name), postgresql=False, letters=300), guests=False)
        threading.Thread(target=waitress.serve, args=(app,), kwargs={"port": PORT, "threads": 4}, daemon=True).start()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(base_url=f"http://127.0.0.1:{PORT}", locale="th-TH").new_page()
        page.goto("/login/")
        page.fill("#username", "clerk.loei3")
        page.fill("#password", "khet-demo")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nav", state="attached")
        typist = Typist(page, args.seconds_a_key)
        for what, act, step in (("register", register, "in.register"), ("send to every school", send, "out.register")):
            took = []
            for _time in range(args.times):
                act(page, typist)
                took.append((typist.seconds, typist.keys))
            seconds, keys = sorted(took)[len(took) // 2]
            minutes = BY_KEY[step].minutes
            print(
                f"{what:24}{keys:4} keys {seconds:6.1f} s   manual {minutes} min   ratio {seconds / 60 / minutes:.2f}"
            )
        browser.close()


if __name__ == "__main__":
    main()
