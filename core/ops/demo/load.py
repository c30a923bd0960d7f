"""Fills an empty installation with the demo. Schools are real (see NOTICE); people are made up."""

from __future__ import annotations

import csv
import logging
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.base.text.thai import today as bangkok_today
from core.ops import seed_data
from core.platform.accounts import services as accounts
from core.platform.masterdata import holidays
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import District, School, SchoolGroupMember, Unit
from core.platform.users.head_office import save_district
from core.platform.users.models import Account, Grant, RoleProfile
from core.plugins.demo import DemoDistrict
from core.plugins.registry import Registry
from core.storage.database import Database
from core.storage.scope import KhetSession
from core.web.pages.accounts.setup import ensure_head_office

log = logging.getLogger(__name__)

AREAS = {
    "cmi5": ("primary", "สพป.เชียงใหม่ เขต 5", "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาเชียงใหม่ เขต 5", "ศธ 04051"),
    "loei3": ("primary", "สพป.เลย เขต 3", "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาเลย เขต 3", "ศธ 04143"),
    "cri1": ("primary", "สพป.เชียงราย เขต 1", "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาเชียงราย เขต 1", "ศธ 04055"),
    "cpm3": ("primary", "สพป.ชัยภูมิ เขต 3", "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาชัยภูมิ เขต 3", "ศธ 04031"),
    "bkks1": ("secondary", "สพม.กรุงเทพมหานคร เขต 1", "สำนักงานเขตพื้นที่การศึกษามัธยมศึกษากรุงเทพมหานคร เขต 1", "ศธ 04201"),
}  # fmt: skip

#: กลุ่มโรงเรียนนาแห้ว as manual 001 names its 14 schools (real names where the print errs)
NA_HAEO = (
    "บ้านนาแห้ว", "บ้านกลาง", "ชุมชนบ้านนาพึง", "บ้านนามาลา", "บ้านโคก", "บ้านหนองหวาย", "บ้านซำทอง",
    "บ้านเหมืองแพร่", "บ้านแสงภา", "บ้านนาเจริญ", "บ้านนาผักก้าม", "บ้านเหล่ากอหก", "บ้านนาลึ่ง",
    "บ้านห้วยน้ำผัก",
)  # fmt: skip

FIRST = (
    ("นาย", "กิตติพงษ์"), ("นาง", "จันทร์เพ็ญ"), ("นางสาว", "ชลธิชา"), ("นาย", "ณรงค์ฤทธิ์"), ("นาง", "ดวงใจ"),
    ("นาย", "ธีรวัฒน์"), ("นางสาว", "นฤมล"), ("นาย", "บุญส่ง"), ("นาง", "ปราณี"), ("นาย", "พงศกร"),
    ("นางสาว", "มัลลิกา"), ("นาย", "ยุทธนา"), ("นาง", "รัตนา"), ("นาย", "วิเชียร"), ("นางสาว", "ศิริพร"),
    ("นาย", "สมเกียรติ"), ("นาง", "อรทัย"), ("นาย", "อดิศักดิ์"), ("นางสาว", "เบญจวรรณ"), ("นาย", "เกรียงไกร"),
)  # fmt: skip
LAST = (
    "แก้วมณี", "ใจซื่อ", "ดีประเสริฐ", "ทองสุข", "นาคสกุล", "บุญเรือง", "ปัญญาดี", "พูนทรัพย์", "มีสุข",
    "ยิ่งยง", "รุ่งเรือง", "ศรีสวัสดิ์", "สายทอง", "อินทร์แก้ว", "แสนดี", "เพชรงาม",
)  # fmt: skip

#: account → (position, roles, where, clearance)
STAFF: dict[str, tuple[str, tuple[str, ...], str, int]] = {
    "admin": ("เจ้าหน้าที่ระบบงานคอมพิวเตอร์", ("core.district_admin",), "office", 0),
    "clerk": ("เจ้าพนักงานธุรการ (สารบรรณกลาง)", ("saraban.registry_clerk", "core.staff"), "office", 0),
    "groupclerk": (
        "เจ้าพนักงานธุรการกลุ่มนิเทศ",
        (
            "saraban.group_clerk", "core.staff", "service_request.clerk", "service_request.keeper",
            "service_request.registrar", "cooperation.officer", "cooperation.registrar",
        ),
        "group", 0,
    ),
    "supervisor": (
        "ศึกษานิเทศก์", ("saraban.reader", "core.staff", "service_request.supervisor", "cooperation.officer"), "group", 0,
    ),
    "groupdirector": (
        "ผอ.กลุ่มนิเทศ ติดตามและประเมินผลฯ",
        (
            "saraban.group_director", "core.staff", "core.work_keeper", "service_request.group_director",
            "cooperation.officer",
        ),
        "group", 0,
    ),
    "director": (
        # the second keeper: nobody verifies their own step, and the director reads the indicators
        "ผอ.เขต",
        ("saraban.director", "core.staff", "core.work_keeper", "service_request.director", "cooperation.director"),
        "office", 3,
    ),
    "school": ("ธุรการโรงเรียน", ("saraban.school_clerk", "core.staff", "service_request.school"), "school", 0),
    "secret": ("นายทะเบียนข้อมูลข่าวสารลับ", ("saraban.secret_registrar", "core.staff"), "office", 3),
    # the last: who comes after another changes the names and letters that were drawn for the ones before
    "schoolhead": (
        "ผู้อำนวยการโรงเรียน", ("saraban.school_head", "core.staff", "service_request.school_head"), "school", 0,
    ),
    "school2": ("ธุรการโรงเรียน", ("saraban.school_clerk", "core.staff", "service_request.school"), "school2", 0),
    "supervisor2": (
        "นักวิชาการศึกษา", ("saraban.reader", "core.staff", "service_request.supervisor", "cooperation.officer"),
        "group2", 0,
    ),
}  # fmt: skip
#: the same work at another place, to try what it may not know of the first; their names are drawn apart
NEIGHBOURS = frozenset({"school2", "supervisor2"})
SIZES = ("small", "small", "small", "medium", "medium", "large")


def is_loaded(session: KhetSession) -> bool:
    """Whether any district is there already; starting again keeps the data."""
    return session.scalar(select(District.id).limit(1)) is not None


def load(database: Database, registry: Registry, *, letters: int = 2000, areas: tuple[str, ...] = tuple(AREAS)) -> bool:
    """Fill an empty installation; returns False (and changes nothing) where there is data.

    `letters` per district; everything but the dates is the same on every machine.
    """
    today = bangkok_today()
    password = accounts.hash_password(accounts.DEMO_PASSWORD)
    with database.system("demo", write=True) as session:
        if is_loaded(session):
            return False
        roles = {role.key: role.id for role in session.scalars(select(RoleProfile))}
        office = ensure_head_office(session)
        unit_id = session.scalars(select(Unit.id).where(Unit.district_id == office.id)).one()
        account = _account(session, office, "obec", ("นางสาว", "อรุณี", "ส่วนกลาง"), None, 0, password)
        account.username, account.email = "obec", "obec@khet.invalid"
        session.flush()
        session.add(
            Grant(
                district_id=office.id,
                user_id=account.id,
                role_id=roles["core.head_office"],
                unit_id=unit_id,
                starts_on=today,
            )
        )
        district_ids = {}
        for code in areas:
            level, short, name, _prefix = AREAS[code]
            values = {"code": code, "level": level, "short_name": short, "name": name}
            district_ids[code] = save_district(session, None, values).id
    for code in areas:
        log.info("demo: %s", code)
        with database.district(district_ids[code], "demo") as session:
            context = _fill_district(session, code, district_ids[code], roles, password, today, letters)
            seed_data.write(session, registry)
            registry.each("khet_demo", session=session, district=context)
    return True


def _account(
    session: KhetSession, district: District, name: str, person: tuple[str, str, str], person_id: int | None,
    clearance: int, password: str,
) -> Account:  # fmt: skip
    values: dict[str, Any] = {
        "name": name, "first_name": person[1], "last_name": person[2], "person_id": person_id,
        "clearance": clearance, "must_change_password": False, "demo": True,
    }  # fmt: skip
    account = accounts.create_account(session, district, values, accounts.DEMO_PASSWORD)
    account.password = password  # one hash for all: hashing forty times would take seconds
    return account


def _read_schools(code: str) -> list[dict[str, str]]:
    path = Path(__file__).with_name("schools.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["area"] == code]


def _fill_district(
    session: KhetSession, code: str, district_id: int, roles: dict[str, int], password: str, today: date,
    letters: int,
) -> DemoDistrict:  # fmt: skip
    rng = random.Random(code)
    district = session.get(District, district_id)
    assert district is not None
    office = session.scalars(select(Unit).where(Unit.kind == "office")).one()
    office.letter_prefix = AREAS[code][3]
    group = Unit(kind="group", code="sup", name="กลุ่มนิเทศ ติดตามและประเมินผลการจัดการศึกษา", letter_prefix=AREAS[code][3])
    session.add_all([group, Unit(kind="group", code="admin", name="กลุ่มอำนวยการ", letter_prefix=AREAS[code][3])])
    session.flush()
    schools = [
        masterdata.save_school(
            session, None,
            {**row, "code": f"{index:04d}", "size": rng.choice(SIZES), "letter_prefix": f"{AREAS[code][3]}.{index}"},
            today,
        )
        for index, row in enumerate(_read_schools(code), start=1)
    ]  # fmt: skip
    neighbour = Unit(kind="group", code="promote", name="กลุ่มส่งเสริมการจัดการศึกษา", letter_prefix=AREAS[code][3])
    session.add(neighbour)
    session.flush()
    _school_groups(session, code, schools, today)
    people: dict[str, Account] = {}
    places = {
        "office": office.id, "group": group.id, "school": schools[0].unit_id,
        "group2": neighbour.id, "school2": schools[1].unit_id,
    }  # fmt: skip
    started = date(today.year - 2, 10, 1)
    for name, (position, held, where, clearance) in STAFF.items():
        drawn = random.Random(f"{code}.{name}") if name in NEIGHBOURS else rng
        title, first = drawn.choice(FIRST)
        last = drawn.choice(LAST)
        person = masterdata.save_person(session, None, {"title": title, "first_name": first, "last_name": last})
        masterdata.add_post(session, person, places[where], position, started, None)
        account = _account(session, district, name, (title, first, last), person.id, clearance, password)
        session.add_all(
            Grant(user_id=account.id, role_id=roles[key], unit_id=places[where], starts_on=started)
            for key in held
            if key in roles
        )
        people[name] = account
    session.flush()
    for year in (today.year - 1, today.year):
        holidays.fill(session, year)
    return DemoDistrict(district, office, group, schools, people, today, rng, letters)


def _school_groups(session: KhetSession, code: str, schools: list[School], today: date) -> None:
    """One group per อำเภอ; in loei3 also the fourteen of นาแห้ว."""
    since = today - timedelta(days=800)
    groups: dict[str, list[School]] = {}
    for school in schools:
        if code == "loei3" and school.amphoe == "นาแห้ว":
            if school.name.removeprefix("โรงเรียน") in NA_HAEO:
                groups.setdefault("กลุ่มโรงเรียนนาแห้ว", []).append(school)
            continue
        groups.setdefault(f"กลุ่มโรงเรียน{school.amphoe}", []).append(school)
    for name, members in groups.items():
        group = masterdata.save_group(session, None, name)
        session.add_all(
            SchoolGroupMember(group_id=group.id, school_id=school.id, starts_on=since) for school in members
        )
    session.flush()
