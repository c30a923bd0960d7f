"""A million letters: the table in docs/measured.md, every figure as a ratio to the bare work in the same run.

    uv run python bench/letters.py [--on sqlite|postgresql] [--districts 100 --letters 10000] [--seconds 20] [--only NAME …]

Without --districts the whole table, on both databases: 100 districts × 10,000 letters, how that compares with
10,000 letters in all, and the office that keeps 400,000. Through the whole application as the application role:
tenant filters, server-side sessions and the timeline on. Nothing here is a test: quote the ratios.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
import xlsxwriter
from flask_babel import force_locale
from sqlalchemy import make_url, text

from bench.clerks import LIST, PORT, Clerk, served, together
from bench.filling import fill_postgres, fill_sqlite
from bench.number_engine import installation, start_postgres
from bench.pages import median
from core.exchange.reports import formats
from core.ops.application import create_app
from core.storage.database import WRITE

SEARCHES = {"common": "เบิกจ่าย", "rare": "ผ้าป่าสามัคคีแปลก", "absent": "ไม่มีคำนี้แน่นอน"}
PARTS = ("reading", "export", "registering", "lists", "eight", "importing")
#: what must not grow with the registry
GROWING = ("reading", "registering")


class Bench:
    """One filled installation, and what is measured on it."""

    def __init__(
        self, folder: Path, args: argparse.Namespace, *, postgresql: bool, districts: int, letters: int
    ) -> None:
        self.args, self.postgresql, self.letters = args, postgresql, letters
        self.found: dict[str, float] = {}  #: milliseconds of ours, by what was measured
        superuser = start_postgres() if postgresql else ""
        self.settings = installation(folder, postgresql=postgresql, superuser=superuser)
        self.app = create_app(self.settings, guests=False)
        self.database = self.app.extensions["khet"].database
        started = time.perf_counter()
        if postgresql:
            name = make_url(self.settings.owner_database_url).database or ""
            fill_postgres(superuser, name, districts, letters)
        else:
            fill_sqlite(self.database, districts, letters)
        with self.database.system_engine.execution_options(**{WRITE: True}).begin() as c:
            self.district, self.unit = c.execute(
                text(
                    "select u.district_id, u.id from core_unit u join core_district d on d.id = u.district_id "
                    "where d.code = 'loei3' and u.kind = 'office'"
                )
            ).one()
            c.execute(
                text(
                    "update saraban_incoming set search_text = :t where id in "
                    "(select id from saraban_incoming where unit_id = :u order by id limit 9)"
                ),
                {"t": SEARCHES["rare"], "u": self.unit},
            )
        total = self.count("select count(*) from saraban_incoming")
        print(f"\n{total:,} letters, filled in {time.perf_counter() - started:.0f} s", flush=True)
        print(f"{'PostgreSQL' if postgresql else 'SQLite':44}{'Khet':>26}{'bare':>18}{'ratio':>8}")
        self.environment = {
            **os.environ, "KHET_DATA_DIR": str(folder), "KHET_DATABASE_URL": self.settings.database_url, "KHET_DEMO": "1",
            "KHET_OWNER_DATABASE_URL": self.settings.owner_database_url,
            "KHET_SYSTEM_DATABASE_URL": self.settings.system_database_url, "KHET_SECRET_KEY": self.settings.secret_key,
        }  # fmt: skip

    def count(self, statement: str, **values: Any) -> int:
        with self.database.system_engine.connect() as c:
            return int(c.execute(text(statement), values).scalar_one())

    def say(self, what: str, ours: str, bare: str, ratio: float | None) -> None:
        print(f"{what:44}{ours:>26}{bare:>18}{'' if ratio is None else f'{ratio:8.2f}'}", flush=True)

    # -- in the process ---------------------------------------------------------------------------------------------

    def reading(self) -> None:
        """First page, a deep page, three searches: finished HTML against the bare statement."""
        client = self.app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        client.post("/login/", data={"csrf_token": token, "username": "clerk.loei3", "password": "khet-demo"})
        rows = "select * from saraban_incoming where district_id = :d and unit_id = :u"
        deep = self.count(
            f"{rows} order by id desc limit 1 offset :o".replace("*", "id"), d=self.district, u=self.unit,
            o=min(self.letters, 50_000) - 60,
        )  # fmt: skip
        with self.database.system_engine.connect() as c:

            def bare(where: str = "", **more: Any) -> Callable[[], Any]:
                statement, values = (
                    text(f"{rows} {where} order by id desc limit 51"),
                    {"d": self.district, "u": self.unit},
                )
                return lambda: c.execute(statement, {**values, **more}).all()

            def ours(url: str) -> Callable[[], Any]:
                def ask() -> None:
                    assert client.get(url).status_code == 200

                return ask

            cases = [
                ("first page", LIST, bare()),
                ("page 1,000 deep", f"{LIST}?after={deep}", bare("and id < :a", a=deep)),
                *(
                    (f"search, {kind} word", f"{LIST}?q={word}", bare("and search_text like :w", w=f"%{word}%"))
                    for kind, word in SEARCHES.items()
                ),
            ]
            for name, url, plain in cases:
                ours(url)()
                theirs, mine = median(plain, 15), median(ours(url), 15)
                self.found[name] = mine
                self.say(name, f"{mine:.1f} ms", f"{theirs:.2f} ms", mine / theirs)

    def export(self) -> None:
        """100,000 lines of one book to XLSX: the report against fetching and plain XlsxWriter."""
        most = min(100_000, self.letters)
        register = self.app.extensions["khet"].registry.reports["saraban.incoming"]
        wanted = "number, doc_no, doc_date, sender, recipient, subject, action, remark"
        with self.database.owner_engine().execution_options(**{WRITE: True}).begin() as c:
            c.execute(
                text(
                    "update saraban_incoming set year = 2560 where id in (select id from saraban_incoming "
                    "where unit_id = :u and registered_by = 'b' order by id limit :m)"
                ),
                {"u": self.unit, "m": most},
            )
        process = psutil.Process()
        idle = process.memory_info().rss
        with self.app.test_request_context(), force_locale("th"):
            with self.database.district(self.district, "bench", write=False) as session:
                started = time.perf_counter()
                asked = {"unit_id": self.unit, "book": "saraban.incoming", "year": 2560}
                formats.of_report("xlsx", register, session, asked).close()
                mine = time.perf_counter() - started
        grown = (process.memory_info().rss - idle) / 2**20
        started = time.perf_counter()
        with (
            self.database.system_engine.connect() as c,
            xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True}) as book,
        ):
            sheet, day = book.add_worksheet(), book.add_format({"num_format": "d/m/yyyy"})
            statement = text(
                f"select {wanted} from saraban_incoming where unit_id = :u and year = 2560 order by number"
            )
            for at, row in enumerate(c.execute(statement, {"u": self.unit})):
                for place, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(at, place, value, day)
                    else:
                        sheet.write(at, place, value)
        theirs = time.perf_counter() - started
        self.say(f"export {most:,} letters", f"{mine:.1f} s, +{grown:.0f} MB", f"{theirs:.1f} s", mine / theirs)

    # -- over real HTTP ---------------------------------------------------------------------------------------------

    def over_http(self, parts: tuple[str, ...]) -> None:
        """Start and memory, then these parts on the same server."""
        with served(self.environment) as (pid, seconds):
            idle = psutil.Process(pid).memory_info().rss / 2**20
            self.say("start to first page; idle memory", f"{seconds:.1f} s, {idle:.0f} MB", "", None)
            for part in parts:
                getattr(self, part)()

    def registering(self) -> None:
        """One letter over HTTP: number, timeline, commit."""
        clerk = Clerk()
        with self.database.system_engine.execution_options(**{WRITE: True}).connect() as c:

            def bare() -> None:
                with c.begin():
                    c.execute(
                        text(
                            "insert into core_number (district_id, unit_id, book, year, number, suffix, state, taken_on, "
                            "taken_at, taken_by, reason) select :d, :u, 'bare', 2569, coalesce(max(number), 0) + 1, 0, "
                            "'used', '2026-01-01', '2026-01-01', '', '' from core_number where district_id = :d and "
                            "unit_id = :u and book = 'bare'"
                        ),
                        {"d": self.district, "u": self.unit},
                    )

            theirs = median(bare, 60)
        name = "register one letter over HTTP"
        mine = self.found[name] = median(lambda: clerk.register(self.unit, "จดทะเบียนหนึ่งเรื่อง"), 60)
        self.say(name, f"{mine:.1f} ms", f"{theirs:.2f} ms", mine / theirs)

    def lists(self) -> None:
        """List requests from four clerks at a time, to one server process and to two."""
        self._flood("list requests/s, 4 at a time, one process", (PORT,))
        with served(self.environment, PORT + 1):
            self._flood("list requests/s, 4 at a time, two processes", (PORT, PORT + 1))

    def _flood(self, what: str, ports: tuple[int, ...]) -> None:
        clerks = [Clerk(port=ports[at % len(ports)]) for at in range(4)]
        done, until = [0] * 4, time.monotonic() + self.args.seconds / 2

        def go(at: int) -> None:
            while time.monotonic() < until:
                assert clerks[at].ask("GET", LIST)[0] == 200
                done[at] += 1

        together(4, go)
        self.say(what, f"{sum(done) / (self.args.seconds / 2):.0f}/s", "", None)

    def _bare_eight(self) -> float:
        """Numbers a second that eight plain writers take from one book, each with its letter and a commit."""
        engine = self.database.system_engine.execution_options(**{WRITE: True})
        end, done = time.monotonic() + self.args.seconds / 4, [0] * 8
        takes = text(
            "insert into core_number (district_id, unit_id, book, year, number, suffix, state, taken_on, taken_at, "
            "taken_by, reason) select :d, :u, 'eight', 2569, coalesce(max(number), 0) + 1, 0, 'used', '2026-01-01', "
            "'2026-01-01', '', '' from core_number where district_id = :d and unit_id = :u and book = 'eight' "
            "returning id"
        )
        writes = text(
            "insert into saraban_incoming (district_id, unit_id, book, year, number, suffix, number_id, doc_no, doc_date, "
            "sender, recipient, subject, action, remark, speed, status, registered_on, registered_at, registered_by, "
            "search_text, secrecy, version, received_on) select district_id, unit_id, 'bare', 2569, number, 0, id, '', "
            "taken_on, 'a', 'b', 'c', '', '', 0, 'registered', taken_on, taken_at, '', 'c', 0, 1, taken_on "
            "from core_number where id = :id"
        )
        lock = text("select pg_advisory_xact_lock(1)")

        def go(at: int) -> None:
            while time.monotonic() < end:
                with engine.begin() as c:
                    if self.postgresql:
                        c.execute(lock)
                    made = c.execute(takes, {"d": self.district, "u": self.unit}).scalar_one()
                    c.execute(writes, {"id": made})
                done[at] += 1

        together(8, go)
        return sum(done) / (self.args.seconds / 4)

    def eight(self) -> None:
        """Eight clerks register in one book as fast as they can."""
        self._eight("8 clerks, one book")

    def _eight(self, what: str, until: Callable[[], bool] | None = None) -> None:
        clerks, waits, failed = [Clerk() for _ in range(8)], [], [0]
        subject = f"แปดคน {time.monotonic_ns()}"
        end = time.monotonic() + self.args.seconds

        def go(at: int) -> None:
            while (until is None and time.monotonic() < end) or (until is not None and not until()):
                started = time.perf_counter()
                if not clerks[at].register(self.unit, subject):
                    failed[0] += 1
                waits.append((time.perf_counter() - started) * 1000)
                if until is not None:
                    time.sleep(0.2)  # clerks type between two letters

        began = time.perf_counter()
        together(8, go)
        took = time.perf_counter() - began
        there = self.count("select count(*) from saraban_incoming where subject = :s", s=subject)
        span = "select max(number) - min(number) + 1 from saraban_incoming where subject = :s"
        gaps = self.count(span, s=subject) - there
        lost = len(waits) - failed[0] - there
        middle = f"p50 {statistics.median(waits):.0f} ms"
        bare = self._bare_eight() if until is None else None
        self.say(
            what, f"{there / took:.0f}/s, worst {max(waits):.0f} ms", middle if bare is None else f"{bare:.0f}/s",
            None if bare is None else there / took / bare,
        )  # fmt: skip
        self.say("", f"{failed[0]} errors, {lost} lost, {gaps} gaps", "", None)

    def importing(self) -> None:
        """Clerks register while schools are taken in."""
        lines = ["รหัส,ชื่อโรงเรียน,อำเภอ,จังหวัด"]
        lines += [f"7{n:06},โรงเรียนทดสอบ {n},ด่านซ้าย,เลย" for n in range(self.args.import_lines)]
        admin = Clerk("admin.loei3")
        border = "khet-bench"
        body = "".join(
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
            for name, more, value in (("csrf_token", "", admin.token), ("file", '; filename="a.csv"', "\n".join(lines)))
        )
        admin.line.request(
            "POST", "/uploads/", (body + f"--{border}--\r\n").encode(),
            {"Cookie": admin.cookie, "Content-Type": f"multipart/form-data; boundary={border}"},
        )  # fmt: skip
        upload = json.loads(admin.line.getresponse().read())["id"]
        began = time.perf_counter()
        assert admin.post("/imports/new?what=core.schools", {"csrf_token": admin.token, "files": upload}) == 302
        page = admin.location

        def state() -> str:
            with self.database.system_engine.connect() as c:
                return str(c.execute(text("select state from core_import order by id desc limit 1")).scalar_one())

        def over() -> bool:
            now = state()
            if now == "checked":
                admin.post(f"{page}/take", {"csrf_token": admin.token})
            return now in ("done", "refused")

        done = threading.Event()

        def watch() -> None:
            while not over():
                time.sleep(0.5)
            done.set()

        threading.Thread(target=watch, daemon=True).start()
        self._eight(f"8 clerks beside an import of {self.args.import_lines:,}", done.is_set)
        taken = self.count("select taken from core_import order by id desc limit 1")
        self.say("", f"{taken:,} taken in, {time.perf_counter() - began:.0f} s", "", None)


def measured(
    args: argparse.Namespace, parts: tuple[str, ...], *, postgresql: bool, districts: int, letters: int
) -> dict[str, float]:
    """Fill an installation, measure these parts on it; milliseconds by name."""
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), args, postgresql=postgresql, districts=districts, letters=letters)
        for part in ("reading", "export"):
            if part in parts:
                getattr(bench, part)()
        if served_parts := tuple(part for part in PARTS[2:] if part in parts):
            bench.over_http(served_parts)
        bench.database.dispose()
        return bench.found


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", choices=["sqlite", "postgresql"])
    parser.add_argument("--districts", type=int)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--import-lines", type=int, default=30_000)
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    args = parser.parse_args()
    for database in [args.on] if args.on else ["sqlite", "postgresql"]:
        here, parts = {"postgresql": database == "postgresql"}, tuple(args.only)
        if args.districts:
            measured(args, parts, **here, districts=args.districts, letters=args.letters)
            continue
        few = measured(args, tuple(set(parts) & set(GROWING)), **here, districts=100, letters=100)
        many = measured(args, parts, **here, districts=100, letters=10_000)
        print("\n10,000 letters → 1,000,000")
        for what in few:
            print(f"{what:44}{few[what]:12.1f} → {many[what]:6.1f} ms{'':22}{many[what] / few[what]:8.2f}", flush=True)
        measured(args, tuple(set(parts) & {"reading", "export"}), **here, districts=1, letters=400_000)


if __name__ == "__main__":
    main()
