"""What pages cost, as a ratio to the bare query in the same run.

    uv run python bench/pages.py [--postgresql] [--letters 20000] [--rounds 30]

Measured through the whole application (WSGI, session store, tenant filters, template) as the application role.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from bench.number_engine import installation
from core.ops.application import create_app

ROWS = "select * from saraban_incoming where district_id = :d and unit_id = :u"
BARE = {
    "first page": f"{ROWS} order by id desc limit 51",
    "rare word": f"{ROWS} and search_text like '%อุทกภัยฉุกเฉิน%' order by id desc limit 51",
    "common word": f"{ROWS} and search_text like '%ประชุม%' order by id desc limit 51",
}
PAGES = {
    "first page": "/saraban/incoming/",
    "rare word": "/saraban/incoming/?q=อุทกภัยฉุกเฉิน",
    "common word": "/saraban/incoming/?q=ประชุม",
}


def median(work: Callable[[], object], rounds: int) -> float:
    """Median milliseconds of `work`."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = installation(Path(folder), postgresql=args.postgresql, letters=args.letters)
        app = create_app(settings, guests=False)
        khet = app.extensions["khet"]
        client = app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        client.post("/login/", data={"csrf_token": token, "username": "clerk.loei3", "password": "khet-demo"})
        engine = khet.database.system_engine
        with engine.connect() as connection:
            row = connection.execute(
                text("select district_id, unit_id from saraban_incoming group by 1, 2 order by count(*) desc limit 1")
            ).one()
            print(f"{'PostgreSQL' if args.postgresql else 'SQLite'}, {args.letters} letters in the district")
            for name, statement in BARE.items():
                values = {"d": row.district_id, "u": row.unit_id}

                def ask(statement: str = statement, values: dict[str, int] = values) -> object:
                    return connection.execute(text(statement), values).all()

                def draw(name: str = name) -> None:
                    answer = client.get(PAGES[name])
                    assert answer.status_code == 200

                draw()
                bare, ours = median(ask, args.rounds), median(draw, args.rounds)
                print(f"{name:12} {ours:7.1f} ms  bare {bare:6.2f} ms  ratio {ours / bare:6.1f}")
        khet.database.dispose()


if __name__ == "__main__":
    main()
