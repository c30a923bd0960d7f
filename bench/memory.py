"""Whether the server grows while people work: its memory (RSS) each 15 s, over real HTTP.

    uv run python bench/memory.py [--postgresql] [--people 6] [--minutes 6] [--trace]

Prints how many MB a minute were added in the first and in the second half. A process that fills its caches grows at
first; what grows in the second half as it did in the first goes on growing. --trace says, by tracemalloc, which lines
of the code hold what came in the second half; the server is several times slower then, and its RSS says nothing.
"""

from __future__ import annotations

import argparse
import copy
import http.client
import os
import random
import signal
import sys
import tempfile
import threading
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from bench.clerks import LIST, PORT, Clerk
from bench.office import USERS, Office

EVERY, THINK = 15.0, 0.3
PAGES = (LIST, f"{LIST}new", "/", "/notices/", "/reports/", "/search/?q=เรื่อง", f"{LIST}?as=kanban", f"{LIST}?as=chart")


def slope(samples: list[tuple[float, float]]) -> float:
    """MB a minute of a straight line through (seconds, MB)."""
    middle = sum(at for at, _size in samples) / len(samples)
    mean = sum(size for _at, size in samples) / len(samples)
    spread = sum((at - middle) ** 2 for at, _size in samples)
    return 60 * sum((at - middle) * (size - mean) for at, size in samples) / spread if spread else 0.0


def work(office: Office, people: int, minutes: float, pid: int) -> list[tuple[float, float]]:
    """People click until the time is over; what the server held meanwhile."""
    units, until, clicks, wrong = office.units(), time.monotonic() + minutes * 60, [0] * people, [0] * people
    signed_in = {name: Clerk(name) for name in USERS}  # signing in is limited

    def click(at: int) -> None:
        name, rng = USERS[at % len(USERS)], random.Random(at)
        clerk = copy.copy(signed_in[name])
        clerk.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        while time.monotonic() < until:
            try:
                if rng.random() < 0.2:
                    fine = clerk.register(units[name], f"เรื่องที่ {at} {rng.random()}")
                elif rng.random() < 0.3:
                    fine = clerk.ask("GET", f"{LIST}{rng.randrange(1, 400)}")[0] in (200, 404)
                else:
                    fine = clerk.ask("GET", rng.choice(PAGES))[0] == 200
            except (OSError, http.client.HTTPException):
                fine = False
                clerk.line.close()  # the next click opens it anew
            clicks[at], wrong[at] = clicks[at] + 1, wrong[at] + (not fine)
            time.sleep(THINK * rng.random() * 2)

    threads = [threading.Thread(target=click, args=(at,), daemon=True) for at in range(people)]
    for thread in threads:
        thread.start()
    begun, process, samples = time.monotonic(), psutil.Process(pid), []
    while time.monotonic() < until:
        samples.append((time.monotonic() - begun, process.memory_info().rss / 1024**2))
        print(f"  {samples[-1][0]:5.0f} s  {samples[-1][1]:7.1f} MB  {sum(clicks):6} clicks", flush=True)
        time.sleep(EVERY)
    for thread in threads:
        thread.join(60)
    print(f"{sum(clicks)} clicks, {sum(wrong)} errors")
    return samples


def traced(port: str, seconds: float) -> None:
    """The server in this process; at half of the time and at its end it looks at what came since a quarter of it."""
    from core.ops import cli

    def look() -> None:
        time.sleep(seconds / 4)
        tracemalloc.start(12)
        time.sleep(seconds / 4)
        first = tracemalloc.take_snapshot()
        time.sleep(seconds / 2)
        last = tracemalloc.take_snapshot()
        for key in ("lineno", "traceback"):
            for found in last.compare_to(first, key)[:25]:
                print(found, *(found.traceback.format() if key == "traceback" else ()), sep="\n", flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()
    cli.main(["serve", "--port", port])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--inside", nargs=2, metavar=("PORT", "SECONDS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside:
        traced(args.inside[0], float(args.inside[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), args)
        command = [sys.executable, __file__, "--inside", str(PORT), str(args.minutes * 60)]
        try:
            server = office.serve(*command) if args.trace else office.serve()
            samples = work(office, args.people, args.minutes, server.pid)
            half = len(samples) // 2
            for name, part in (("first", samples[:half]), ("second", samples[half:])):
                print(f"{name} half: {slope(part):+.2f} MB/min")
            if args.trace:
                server.wait(120)
        finally:
            office.stop()


if __name__ == "__main__":
    main()
