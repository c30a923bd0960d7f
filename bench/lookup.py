"""Searching as one types among 30,000 schools of one district, as a ratio to the bare query in the same run.

    uv run python bench/lookup.py [--postgresql] [--schools 30000] [--rounds 30]

Through the whole application (session, tenant filters, JSON), as the application role.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import select, text

from bench.number_engine import installation
from bench.pages import median
from core.base.text.thai import search_text, sort_key
from core.ops.application import create_app
from core.platform.masterdata.models import District
from core.storage.database import WRITE

TYPED = ("บ้าน", "บ้านนาดี", "วัดป่า 29", "ไม่มีโรงเรียนนี้")
NAMES = ("บ้านนา{}", "บ้านนาดี{}", "วัดป่า{}", "ชุมชนบ้านหนอง{}", "อนุบาลเมือง{}", "บ้านโคกใหญ่{}")
BARE = "select id, name from core_school where district_id = :d and search_text like :typed order by sort_key limit 20"


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--schools", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = installation(Path(folder), postgresql=args.postgresql)
        app = create_app(settings, guests=False)
        database = app.extensions["khet"].database
        with database.system("bench") as session:
            district = session.scalars(select(District.id).where(District.code == "loei3")).one()
        rows = [
            {"d": district, "code": f"9{n:07}", "name": name, "s": search_text(name), "k": sort_key(name)}
            for n in range(args.schools)
            for name in [NAMES[n % len(NAMES)].format(n)]
        ]
        with database.system_engine.execution_options(**{WRITE: True}).begin() as connection:
            connection.execute(
                text(
                    "insert into core_unit (district_id, kind, code, name, letter_prefix, active, version) "
                    "values (:d, 'school', :code, :name, '', true, 1)"
                ),
                rows,
            )
            connection.execute(
                text(
                    "insert into core_school (district_id, unit_id, code, name, subdistrict, amphoe, province, levels, "
                    "size, status, search_text, sort_key, version) "
                    "select :d, id, code, :name, '', 'ด่านซ้าย', 'เลย', '', 'small', 'open', :s, :k, 1 "
                    "from core_unit where district_id = :d and kind = 'school' and code = :code"
                ),
                rows,
            )
            connection.execute(text("analyze"))
        client = app.test_client()
        page = client.get("/login/").get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        client.post("/login/", data={"csrf_token": token, "username": "admin.loei3", "password": "khet-demo"})
        with database.system_engine.connect() as connection:
            for typed in TYPED:
                pattern = {"d": district, "typed": f"%{search_text(typed).split()[0]}%"}
                bare = median(lambda pattern=pattern: connection.execute(text(BARE), pattern).all(), args.rounds)
                ours = median(lambda typed=typed: client.get(f"/schools/lookup?q={typed}"), args.rounds)
                print(f"{typed:18} {ours:6.1f} ms  bare {bare:6.2f} ms  ratio {ours / bare:6.1f}")
        database.dispose()


if __name__ == "__main__":
    main()
