"""An office's days, over real HTTP and through every tenant filter.

    uv run python bench/office.py clerks [--postgresql] [--number 100] [--seconds 60]
    uv run python bench/office.py killed [--postgresql] [--rounds 50]
    uv run python bench/office.py life [--postgresql] [--letters 20000]

clerks: that many people with 3 s between two clicks (list, a letter, registering); what each waits.
killed: kill -9 of the server while six of them register with files; every book must be whole and no file an orphan.
life: a year's letters from the register to the folder; time by step.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import http.client
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask_babel import force_locale
from sqlalchemy import select, text

from bench.clerks import LIST, PORT, Clerk, refuse_taken
from bench.number_engine import installation, start_postgres
from core.base.text.thai import today
from core.ops.application import create_app
from core.platform.masterdata.models import District, Unit
from core.platform.numbering import engine
from core.platform.numbering.models import Counter
from core.platform.users.models import Account
from core.records.files import store
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.storage import Retention
from plugins.saraban.reports.letters import BOOK_MODELS
from plugins.saraban.work import life, registers, storage

THINK = 3.0
USERS = ("clerk.loei3", "groupclerk.loei3", "school.loei3")


class Office:
    """An installation with the demo's people, and its server."""

    def __init__(self, folder: Path, args: argparse.Namespace) -> None:
        self.servers: list[subprocess.Popen[bytes]] = []
        superuser = start_postgres() if args.postgresql else ""
        self.settings = installation(folder, postgresql=args.postgresql, superuser=superuser)
        self.app = create_app(self.settings, guests=False)
        self.database = self.app.extensions["khet"].database
        self.environment = {
            **os.environ, "KHET_DATA_DIR": str(folder), "KHET_DEMO": "1",
            "KHET_DATABASE_URL": self.settings.database_url,
            "KHET_OWNER_DATABASE_URL": self.settings.owner_database_url,
            "KHET_SYSTEM_DATABASE_URL": self.settings.system_database_url, "KHET_SECRET_KEY": self.settings.secret_key,
        }  # fmt: skip

    def serve(self, *command: str) -> subprocess.Popen[bytes]:
        """`app.py serve`, or `command` in its place, which is heard; comes back when it answers."""
        refuse_taken()
        server = subprocess.Popen(  # noqa: S603 – our own program
            command or [sys.executable, "app.py", "serve", "--port", str(PORT)], env=self.environment,
            stdout=None if command else subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.servers.append(server)
        for _try in range(600):
            with contextlib.suppress(OSError):
                line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
                line.request("GET", "/login/")
                line.getresponse().read()
                return server
            time.sleep(0.05)
        raise SystemExit("the server did not come up")

    def stop(self) -> None:
        """End every server that still runs."""
        for server in self.servers:
            if server.poll() is None:
                server.terminate()
                server.wait(30)

    def units(self) -> dict[str, int]:
        """The unit at which each user registers."""
        with self.database.system_engine.connect() as c:
            rows = c.execute(
                text(
                    "select a.username, min(g.unit_id) from ab_user a join core_grant g on g.user_id = a.id "
                    "where g.unit_id is not null group by a.username"
                )
            ).all()
        return {row[0]: row[1] for row in rows}


def clerks(office: Office, args: argparse.Namespace) -> None:
    """What people wait for who click every three seconds."""
    office.serve()
    units = office.units()
    waits: dict[str, list[float]] = defaultdict(list)
    wrong: list[str] = []
    names = [USERS[at % len(USERS)] for at in range(args.number)]
    signed_in = {name: Clerk(name) for name in USERS}  # signing in is limited; everybody has a line of their own
    people = []
    for name in names:
        one = copy.copy(signed_in[name])
        one.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        people.append(one)
    until = time.monotonic() + args.seconds

    def work(at: int) -> None:
        rng, clerk = random.Random(at), people[at]
        time.sleep(rng.uniform(0, THINK))
        while time.monotonic() < until:
            what = rng.choice(("list", "list", "open", "form", "register"))
            started = time.perf_counter()
            if what == "register":
                fine = clerk.register(units[names[at]], f"เรื่องที่ {at}")
            else:
                url = {"list": LIST, "open": "/", "form": f"{LIST}new"}[what]
                fine = clerk.ask("GET", url)[0] == 200
            waits[what].append(time.perf_counter() - started)
            if not fine:
                wrong.append(what)
            time.sleep(THINK)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(args.number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    office.stop()
    every = sorted(wait for one in waits.values() for wait in one)
    print(f"{args.number} people, {len(every)} clicks, {len(every) / args.seconds:.0f}/s, {len(wrong)} errors")
    for what, found in {**waits, "all": every}.items():
        found = sorted(found)
        p95 = found[int(len(found) * 0.95)]
        print(f"  {what:9} median {statistics.median(found) * 1000:6.0f} ms   p95 {p95 * 1000:6.0f} ms")
    print("books whole:", whole(office))


def whole(office: Office) -> bool:
    """Whether every book of every unit proves complete."""
    fine = True
    with office.database.system("bench") as session:
        districts = list(session.scalars(select(District.id)))
    for district in districts:
        with office.database.district(district, "bench", write=False, clearance=3) as session:
            for row in session.scalars(select(Counter)).all():
                if row.book not in BOOK_MODELS:
                    continue
                key = engine.BookKey(row.unit_id, row.book, row.year)
                found = engine.check(session, key, BOOK_MODELS[row.book], today())
                if not found.whole:
                    fine = False
                    print("broken:", key, found.missing[:5], found.duplicate[:5], len(found.orphaned))
    return fine


def killed(office: Office, args: argparse.Namespace) -> None:
    """Kill the server at random moments while people register letters with files."""
    rng, units = random.Random(7), office.units()
    sent = answered = 0
    for number in range(args.rounds):
        server = office.serve()
        stop = threading.Event()
        counted = [0, 0]

        def work(name: str, stop: threading.Event = stop, counted: list[int] = counted) -> None:
            with contextlib.suppress(OSError, http.client.HTTPException, AssertionError, ValueError, KeyError):
                clerk = Clerk(name)
                while not stop.is_set():
                    counted[0] += 1
                    file = _upload(clerk)
                    day = date.today()
                    fields = {
                        "csrf_token": clerk.token, "unit_id": units[name], "sender": "สพฐ.", "recipient": "ผอ.เขต",
                        "subject": "ระหว่างไฟดับ", "received_on": f"{day.day}/{day.month}/{day.year + 543}",
                        "speed": "0", "files": file,
                    }  # fmt: skip
                    done = clerk.post(f"{LIST}new", fields) == 302
                    counted[1] += done

        threads = [threading.Thread(target=work, args=(name,), daemon=True) for name in USERS * 2]
        for thread in threads:
            thread.start()
        time.sleep(rng.uniform(1.0, 3.5))
        server.send_signal(signal.SIGKILL)
        server.wait()
        stop.set()
        for thread in threads:
            thread.join(10)
        sent, answered = sent + counted[0], answered + counted[1]
        if number % 10 == 9:
            print(f"  {number + 1} kills, {answered} letters answered", flush=True)
    office.serve()
    office.stop()
    there = _count(office, "select count(*) from saraban_incoming where subject = 'ระหว่างไฟดับ'")
    half = _count(
        office,
        "select count(*) from saraban_incoming i where subject = 'ระหว่างไฟดับ' and (select count(*) "
        "from core_attachment a where a.kind = 'saraban_incoming' and a.record_id = i.id) <> 1",
    )
    print(f"{args.rounds} kills, {sent} begun, {answered} answered, {there} in the registers, {half} of them half")
    print("books whole:", whole(office), " answered and lost:", max(0, answered - there))
    print("orphan files before and after the sweep:", *_orphans(office))


def _upload(clerk: Clerk) -> str:
    mark = "khet-bench"
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
        f"Content-Type: application/pdf\r\n\r\n%PDF-1.7 {'x' * 20_000}\r\n--{mark}--\r\n"
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}", "X-CSRFToken": clerk.token}
    _status, said = clerk.ask("POST", "/uploads/", body, **kind)
    return said.partition('"id":')[2].strip(" }\n").partition(",")[0].strip()


def _count(office: Office, statement: str) -> int:
    with office.database.system_engine.connect() as c:
        return int(c.execute(text(statement)).scalar_one())


def _orphans(office: Office) -> tuple[int, int]:
    """Files that no row knows, before and after what a start does with those that are old enough."""
    root = office.settings.files_dir

    def strays() -> int:
        with office.database.system_engine.connect() as c:
            known = {row[0] for row in c.execute(text("select stored_as from core_attachment"))}
        return sum(place.name not in known for place in root.glob("*/??/*"))

    before = strays()
    with office.database.system("bench") as session:
        districts = list(session.scalars(select(District.id)))
    for district in districts:
        with office.database.district(district, "sweep") as session:
            store.sweep_orphans(session, root, time.time() + 2 * store.ORPHAN_AFTER)
    return before, strays()


def walk(office: Office, args: argparse.Namespace) -> None:
    """Every letter is registered, proposed, directed, given, acknowledged, reported and stored."""
    took: dict[str, float] = defaultdict(float)
    begun = time.perf_counter()
    with office.database.system("bench") as session:
        home = session.scalars(select(District.id).where(District.code == "loei3")).one()
        names = {a.username: a for a in session.scalars(select(Account).where(Account.district_id == home))}
    clerk, chief, officer = (names[f"{name}.loei3"] for name in ("clerk", "director", "supervisor"))

    def signer(account: Account) -> life.Signer:
        return life.Signer(account.id, account.first_name, "ตำแหน่ง", names=frozenset({account.id}))

    def step(name: str, act: Any) -> Any:
        started = time.perf_counter()
        with office.database.district(home, "bench", user_id=clerk.id, user_name="bench") as session:
            made = act(session)
        took[name] += time.perf_counter() - started
        return made

    with office.app.test_request_context(), force_locale("th"):

        def prepare(session: Any) -> tuple[int, int]:
            unit = session.scalars(select(Unit.id).where(Unit.kind == "office")).one()
            storage.fill_classes(session)
            kept = session.scalars(select(Retention.id).where(Retention.code == "general")).one()
            values = {"unit_id": unit, "code": "B", "title": "B", "location": "", "retention_id": kept}
            return unit, storage.save_folder(session, None, values).id

        unit, folder = step("prepare", prepare)
        took.clear()
        for number in range(args.letters):
            values = {
                "received_on": today() - timedelta(days=number % 300), "doc_no": f"ศธ 04001/{number}", "sender": "สพฐ.",
                "recipient": "ผอ.เขต", "subject": f"เรื่องที่ {number}", "speed": number % 3,
            }  # fmt: skip
            made = step("register", partial(_register, unit, values, registers.Clerk(clerk.id, "ธุรการ")))
            for name, act in (
                ("propose", lambda s, one: life.propose(s, one, chief.id, by=signer(clerk))),
                ("direct", lambda s, one: life.direct(s, one, by=signer(chief), text="มอบกลุ่มนิเทศ")),
                ("assign", lambda s, one: life.assign(s, one, [officer.id], lead_id=None, by=signer(clerk))),
                ("acknowledge", lambda s, one: life.acknowledge(s, life.assignments(s, one)[0], by=signer(officer))),
                ("report", lambda s, one: life.report(s, life.assignments(s, one)[0], "แล้วเสร็จ", by=signer(officer))),
                ("store", lambda s, one: storage.put_away(s, one, folder, on=today())),
            ):
                step(name, partial(_with_letter, made, act))
            if number % 5000 == 4999:
                print(f"  {number + 1:,} after {time.perf_counter() - begun:.0f} s", flush=True)
    total = sum(took.values())
    print(f"{args.letters:,} letters in {total:.0f} s: {args.letters / total:.0f} a second")
    for name, seconds in took.items():
        print(f"  {name:12}{seconds / args.letters * 1000:7.1f} ms a letter")
    print("books whole:", whole(office))
    print("still waiting:", _count(office, "select count(*) from core_waiting where view = 'AssignmentView'"))


def _register(unit: int, values: dict[str, Any], clerk: registers.Clerk, session: Any) -> int:
    return registers.register_incoming(session, unit, values, clerk=clerk, today=today()).id


def _with_letter(number: int, act: Any, session: Any) -> None:
    act(session, session.get(IncomingLetter, number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["clerks", "killed", "life"])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--letters", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder), args)
        try:
            {"clerks": clerks, "killed": killed, "life": walk}[args.what](office, args)
        finally:
            office.stop()


if __name__ == "__main__":
    main()
