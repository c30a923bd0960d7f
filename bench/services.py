"""Requests for service at the size of the nation: 245 districts × 300 a year × 5 years, as ratios to the bare query.

    uv run python bench/services.py [--postgresql] [--districts 245] [--requests 1500] [--rounds 15]

Through the whole application (session, filters, HTML) as the application role; one district is looked at, head office's
table goes over all of them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection, insert, select, text

from bench.number_engine import installation
from bench.pages import median
from core.base.text.calendars import school_year
from core.base.text.thai import search_text, today
from core.ops.application import create_app
from core.platform.masterdata.models import District, Unit
from core.storage.database import WRITE
from plugins.service_request.models import Activity, Request, Service, at
from plugins.service_request.reports import NATION_REPORTS

TOPICS = ("การสอนอ่าน", "การวัดผลตามหลักสูตร", "การเขียน SAR", "สื่อดิจิทัล", "นิเทศภายใน", "ห้องเรียนคุณภาพ")
STATES = ("closed",) * 16 + ("delivered", "approved", "circulated", "asked")
ROW = "select * from service_request_request where district_id = :d"
LISTS = {
    "first page": ("/services/requests/", f"{ROW} order by id desc limit 51"),
    "by state": ("/services/requests/?state=asked", f"{ROW} and status = 'asked' order by id desc limit 51"),
    "common word": ("/services/requests/?q=นิเทศ", f"{ROW} and search_text like '%นิเทศ%' order by id desc limit 51"),
    "absent word": ("/services/requests/?q=ไม่มีคำนี้", f"{ROW} and search_text like '%ไมมีคำนี%' order by id desc limit 51"),
    "by area and month": (
        "/services/requests/?as=pivot&rows=area&columns=month",
        "select area, strftime('%Y%m', asked_on), count(*) from service_request_request where district_id = :d"
        " group by 1, 2",
    ),
    "calendar": (
        "/services/speakers/?as=calendar",
        "select count(*) from service_request_nominee where district_id = :d",
    ),
}
REPORTS = ("register", "by_area", "speakers", "kpi")


def fill(connection: Connection, districts: int, requests: int) -> None:
    """Districts with a group, a service and their requests of five years, most of them held."""
    first = today() - timedelta(days=5 * 365)
    for number in range(districts):
        code = f"b{number}"
        district = connection.execute(
            insert(District)
            .values(code=code, name=code, short_name=code, level="primary", version=1)
            .returning(District.id)
        ).scalar_one()
        facts = {"district_id": district, "version": 1}
        unit = connection.execute(
            insert(Unit)
            .values(**facts, kind="group", code="sup", name="กลุ่มนิเทศ", letter_prefix="", active=True)
            .returning(Unit.id)
        ).scalar_one()
        service = connection.execute(
            insert(Service).values(**facts, code="1", area=1, title="บริการ", active=True).returning(Service.id)
        ).scalar_one()
        add(connection, district, unit, service, requests, first)


def add(connection: Connection, district: int, unit: int, service: int, requests: int, first: date) -> None:
    """`requests` of one district, spread over the years; every held one has its activity."""
    rows, held = [], []
    for n in range(requests):
        asked = first + timedelta(days=n * 5 * 365 // requests)
        day, topic = asked + timedelta(days=10 + n % 30), TOPICS[n % len(TOPICS)]
        state = STATES[n % len(STATES)]
        rows.append(
            {
                "district_id": district, "version": 1, "unit_id": unit, "served_by_id": unit, "book": "bench",
                "year": 1,
                "number": n, "status": state, "requester_type": "school", "requester": f"โรงเรียน {n % 150}",
                "network": f"เครือข่าย {n % 12}", "contact": "ครู", "phone": "", "channel": "smart", "asked_on": asked,
                "received_on": asked, "service_id": service, "area": 1 + n % 6, "sort": "speaker", "topic": topic,
                "objective": "", "audience": "", "expected": 30, "day": day, "starts_at": at(day, 9),
                "ends_at": at(day, 15),
                "alternatives": "", "venue": "ห้อง", "speakers_wanted": "", "lead_days": 10 + n % 30, "urgent": False,
                "urgent_reason": "", "decision": "approved", "decided_by": "ผอ.", "decided_on": asked, "reason": "",
                "reason_text": "", "cancel_reason": "", "note": "", "token": "",
                "search_text": search_text(topic, f"โรงเรียน {n % 150}"),
            }
        )  # fmt: skip
        if state in ("closed", "delivered"):
            held.append(
                {
                    "district_id": district, "version": 1, "unit_id": unit, "area": 1 + n % 6,
                    "network": f"เครือข่าย {n % 12}",
                    "title": topic, "status": "held", "day": day, "starts_at": at(day, 9), "ends_at": at(day, 15),
                    "venue": "ห้อง", "agenda": "", "attendance": 30, "minutes_planned": 360,
                    "minutes_delivered": 360, "held_on": day,
                }
            )  # fmt: skip
    connection.execute(insert(Request), rows)
    connection.execute(insert(Activity), held)


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--districts", type=int, default=245)
    parser.add_argument("--requests", type=int, default=1500, help="of one district, over five years")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = installation(Path(folder), postgresql=args.postgresql)
        app = create_app(settings, guests=False)
        database = app.extensions["khet"].database
        with database.system("bench") as session:
            district = session.scalars(select(District.id).where(District.code == "loei3")).one()
            unit = session.scalars(select(Unit.id).where(Unit.district_id == district, Unit.code == "sup")).one()
            service = session.scalars(select(Service.id).where(Service.district_id == district)).first() or 0
        begun = time.perf_counter()
        with database.system_engine.execution_options(**{WRITE: True}).begin() as connection:
            fill(connection, args.districts - 1, args.requests)
            add(connection, district, unit, service, args.requests, today() - timedelta(days=5 * 365))
            connection.execute(text("analyze"))
            whole = connection.execute(text("select count(*) from service_request_request")).scalar_one()
        kind = "PostgreSQL" if args.postgresql else "SQLite"
        print(f"{kind}: {whole} requests, filled in {time.perf_counter() - begun:.0f} s")
        client = app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        client.post("/login/", data={"csrf_token": token, "username": "groupdirector.loei3", "password": "khet-demo"})
        with database.system_engine.connect() as connection:
            for name, (address, bare) in LISTS.items():
                asked = (
                    bare.replace("strftime('%Y%m', asked_on)", "to_char(asked_on, 'YYYYMM')")
                    if args.postgresql
                    else bare
                )
                report(
                    name,
                    client,
                    address,
                    lambda asked=asked: connection.execute(text(asked), {"d": district}).all(),
                    args.rounds,
                )
            for key in REPORTS:
                count = "select count(*) from service_request_request where district_id = :d and asked_on >= :y"
                facts: dict[str, Any] = {"d": district, "y": today() - timedelta(days=365)}
                report(
                    f"report {key}", client, f"/reports/service_request.{key}",
                    lambda facts=facts, count=count: connection.execute(text(count), facts).all(),
                    max(3, args.rounds // 3),
                )  # fmt: skip
        nation(app, database)
        database.dispose()


def report(name: str, client: Any, address: str, bare: Any, rounds: int) -> None:
    """One line: ours, the bare query's, and their ratio."""

    def ours() -> None:
        assert client.get(address).status_code == 200, address

    ours()
    mine, plain = median(ours, rounds), median(bare, rounds)
    print(f"{name:20} {mine:7.1f} ms  bare {plain:7.2f} ms  ratio {mine / plain:6.1f}")


def nation(app: Any, database: Any) -> None:
    """Head office's table over every district that there is, as its job asks them."""
    with database.system("bench") as session:
        ids = list(session.scalars(select(District.id).where(District.level != "head_office")))
    year, rows, begun = school_year(today()), 0, time.perf_counter()
    with app.test_request_context():
        for district_id in ids:
            with database.district(district_id, "bench", write=False) as own:
                rows += sum(1 for _row in NATION_REPORTS[0].rows(own, year))
    print(f"head office, report 2: {rows} lines of {len(ids)} districts in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
