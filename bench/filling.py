"""Letters by the hundred thousand, written by the databases themselves and past the tenant filters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import make_url, text

from core.storage.database import WRITE, make_engine

VERBS = ("ขออนุมัติ", "ขอความอนุเคราะห์", "ขอเชิญประชุม", "แจ้งผลการพิจารณา", "รายงานผลการดำเนินงาน", "ขอส่งสำเนา")
OBJECTS = ("เบิกจ่ายงบประมาณ", "จัดซื้อวัสดุ", "ปรับปรุงอาคารเรียน", "จัดอบรมบุคลากร", "ตรวจสอบบัญชี", "อาหารกลางวัน")
SENDERS = ("สพฐ.", "กรมบัญชีกลาง", "ศาลากลางจังหวัด", "สำนักงานศึกษาธิการจังหวัด", "สำนักทดสอบทางการศึกษา")


def _array(words: tuple[str, ...]) -> str:
    return "(array[" + ",".join(f"'{word}'" for word in words) + "])"


def fill_postgres(superuser: str, database: str, districts: int, letters: int) -> None:
    """More districts with one office each, and letters in every office's book; written as SQL, past the tenant filters."""
    engine = make_engine(make_url(superuser).set(database=database).render_as_string(hide_password=False))
    verb, thing, sender = _array(VERBS), _array(OBJECTS), _array(SENDERS)
    with engine.begin() as c:
        c.execute(text("set session_replication_role = replica"))  # no checks row by row
        made = c.execute(
            text(
                "select indexname, indexdef from pg_indexes where indexdef like '%gin_trgm_ops%' and tablename = 'saraban_incoming'"
            )
        ).all()
        for index in made:  # built afterwards, at once
            c.execute(text(f"drop index {index.indexname}"))
        c.execute(
            text(
                "insert into core_district (code, name, short_name, level, version) "
                "select 'b' || n, 'เขตทดสอบ ' || n, 'เขต ' || n, 'primary', 1 from generate_series(1, :n) n"
            ),
            {"n": max(districts - 2, 0)},
        )
        c.execute(
            text(
                "insert into core_unit (district_id, kind, code, name, letter_prefix, active, version) "
                "select id, 'office', '0', name, '', true, 1 from core_district where code like 'b%'"
            )
        )
        c.execute(
            text(
                "insert into core_number (district_id, unit_id, book, year, number, suffix, state, taken_on, taken_at, taken_by, reason) "
                "select u.district_id, u.id, 'bench', 2569, n, 0, 'used', date '2026-01-01', now(), 'b', '' "
                "from core_unit u, generate_series(1, :n) n where u.kind = 'office'"
            ),
            {"n": letters},
        )
        c.execute(
            text(
                f"insert into saraban_incoming (district_id, unit_id, book, year, number, suffix, number_id, doc_no, doc_date, "
                f"sender, recipient, subject, action, remark, speed, status, registered_on, registered_at, registered_by, "
                f"search_text, secrecy, version, received_on) select n.district_id, n.unit_id, 'saraban.incoming', 2500 + n.number / 1000, "
                f"n.number, 0, n.id, 'ศธ 0400' || n.number % 9 || '/' || n.number, d.day, s.sender, 'ผอ.เขต', s.subject, 'ทราบ', '', "
                f"n.number % 4, 'registered', d.day, d.day, 'b', lower(n.number || ' ' || s.sender || ' ' || s.subject), 0, 1, d.day "
                f"from core_number n, lateral (select (date '2016-01-01' + n.number % 3900) as day) d, "
                f"lateral (select {sender}[1 + n.number % 5] as sender, {verb}[1 + n.number % 6] || {thing}[1 + n.id % 6] || ' ' || n.number as subject) s "
                f"where n.book = 'bench' order by n.number, n.district_id"
            )
        )
    with engine.begin() as c:
        for index in made:
            c.execute(text(index.indexdef))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(text("vacuum analyze"))
        print(f"{c.execute(text('select count(*) from saraban_incoming')).scalar():,} letters in Khet")
    engine.dispose()


def fill_sqlite(database: Any, districts: int, letters: int) -> None:
    """The letters of bench/browser.py, written by SQLite itself."""
    with database.owner_engine().execution_options(**{WRITE: True}).connect() as c:
        c.exec_driver_sql("pragma foreign_keys = off")
        c.commit()
        with c.begin():
            for number in range(max(districts - 1, 0)):
                c.execute(
                    text(
                        "insert into core_district (code, name, short_name, level, version) "
                        "values (:c, :c, :c, 'primary', 1)"
                    ),
                    {"c": f"b{number}"},
                )
            c.execute(
                text(
                    "insert into core_unit (district_id, kind, code, name, letter_prefix, active, version) "
                    "select id, 'office', '0', name, '', true, 1 from core_district where code like 'b%'"
                )
            )
            units = [
                row[0]
                for row in c.execute(
                    text(
                        "select min(u.id) from core_unit u join core_district d on d.id = u.district_id "
                        "where u.kind = 'office' and d.level <> 'head_office' group by u.district_id"
                    )
                )
            ]
            for unit in units:
                c.execute(
                    text(
                        "with recursive n(x) as (select 1 union all select x + 1 from n where x < :most) "
                        "insert into core_number (district_id, unit_id, book, year, number, suffix, state, taken_on, "
                        "taken_at, taken_by, reason) select u.district_id, u.id, 'bench', 2569, x, 0, 'used', "
                        "'2026-01-01', '2026-01-01', 'b', '' from n, core_unit u where u.id = :unit"
                    ),
                    {"most": letters, "unit": unit},
                )
            c.execute(
                text(
                    "insert into saraban_incoming (district_id, unit_id, book, year, number, suffix, number_id, doc_no, "
                    "doc_date, sender, recipient, subject, action, remark, speed, status, registered_on, registered_at, "
                    "registered_by, search_text, secrecy, version, received_on) select district_id, unit_id, "
                    "'saraban.incoming', 2500 + number / 1000, number, 0, id, 'ศธ 04001/' || number, d, 'สพฐ.', 'ผอ.เขต', s, "
                    "'ทราบ', '', number % 4, 'registered', d, d, 'b', lower(number || ' สพฐ. ' || s), 0, 1, d from (select *, "
                    "date('2016-01-01', '+' || (number % 3900) || ' days') as d, "
                    "'ขออนุมัติเบิกจ่ายงบประมาณ ' || number as s from core_number where book = 'bench') order by number, id"
                )
            )
        c.exec_driver_sql("analyze")
        c.commit()
