"""The cookbook's chapter written down, migrated, started and walked: `python -m tests.core.cookbook FOLDER DATA_FOLDER`.

A process of its own, since what it loads stays among the tables of the process. DATA_FOLDER holds a filled demo.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import select

import core.ops.models  # noqa: F401 – every table is there before the mappers are configured
from core.base.text.thai import buddhist_year, today
from core.ops import cli
from core.ops.application import create_app
from core.ops.scaffold import migration
from core.platform.masterdata.models import Unit
from core.platform.users.models import Grant, RoleProfile
from core.plugins import migrate, switches
from core.plugins.registry import BUNDLED, Registry
from tests.installations import settings_for
from tests.support import HOME, World, near

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cookbook.md"


def files() -> dict[str, str]:
    """The cookbook's pieces by the file that each names in its first line."""
    text = PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"```(?:python|js)\n(?:#|//) ([\w/]+\.(?:py|js))\n(.*?)```", text, re.DOTALL))


def write(folder: Path) -> None:
    """The pieces as a guest's package."""
    package = folder / "khet_keys"
    for place in (package, package / "migrations", package / "migrations" / "versions"):
        place.mkdir()
        (place / "__init__.py").touch()
    (package / "static").mkdir()
    (package / "migrations" / "versions" / "__init__.py").unlink()
    for name, text in files().items():
        (package / name).write_text(text, encoding="utf-8")


def main(folder: Path, data: Path) -> None:
    """Every assertion of the walk; the process fails with the first that does not hold."""
    write(folder)
    sys.path.insert(0, str(folder))
    plugin = import_module("khet_keys.plugin")
    written = migration.write(Registry([*BUNDLED, plugin], guests=False), "keys", "Keys and who has them")
    assert written is not None

    app = create_app(settings_for(data, f"sqlite:///{data / 'khet.sqlite3'}"), [*BUNDLED, plugin], guests=False)
    khet, world = app.extensions["khet"], World(app, "sqlite")
    engine = khet.database.owner_engine()
    migrate.upgrade(engine, khet.registry)
    with engine.connect() as connection:
        assert migration.differences(connection, khet.registry, "keys") == []
    with app.app_context():
        cli._sync(khet)
    clerk = world.account(f"clerk.{HOME}")
    unit = world.unit()
    with world.session() as session:
        switches.switch(session, khet.switchboard, "keys", on=True)
        role = session.scalars(select(RoleProfile).where(RoleProfile.key == "keys.keeper")).one()
        session.add(Grant(user_id=clerk.id, role_id=role.id, unit_id=unit, starts_on=today()))
        approver = session.scalars(select(RoleProfile).where(RoleProfile.key == "keys.director")).one()
        whose = world.account(f"director.{HOME}").id
        session.add(Grant(user_id=whose, role_id=approver.id, unit_id=unit, starts_on=today()))

    browser = world.browser(f"clerk.{HOME}")
    done = browser.submit("/keys/new", door="ห้องประชุม", borrower="ครูแดง", taken_on=near(-1), due_on=near(3))
    assert done.status_code == 302, browser.errors()
    record = done.location
    for address in (
        "/", record, "/keys/", "/keys/?view=kanban", "/keys/?view=calendar", "/keys/?view=pivot", "/keys/?view=chart",
        "/keys/?q=ประชุม", "/keys/people?q=ก", f"/reports/keys.lent?year={buddhist_year(today())}", "/books/", "/help/keys",
        "/imports/new?what=keys.lent", "/api/v1/key-lendings/",
    ):  # fmt: skip
        assert browser.get(address).status_code == 200, (address, browser.page.status_code)

    def scripts(address: str) -> list[str]:
        assert browser.get(address).status_code == 200
        return [str(src) for src in browser.tree.xpath("//script[@type='module']/@src")]

    (own,) = {*scripts("/keys/"), *scripts(record)} - {*scripts("/schools/")}
    assert own.endswith("/plugin/keys/keys.js")
    assert browser.get(own).get_data(as_text=True) == files()["static/keys.js"]
    assert browser.get(urljoin(own, "../../khet/router.js")).status_code == 200

    number = record.rstrip("/").rpartition("/")[2]
    refused = browser.submit("/keys/new", door="ห้อง", borrower="ครู", taken_on=near(-1), due_on=near(-3))
    assert refused.status_code == 422
    assert browser.submit(f"/keys/bulk/return?ids={number}").status_code == 302
    assert world.count("keys_lending", "status = 'back'") == 1

    errand = {"what": "ทำกุญแจสำรอง", "user_id": str(clerk.id), "due_on": near(2)}
    assert browser.submit(f"/key-errands/new?lending={number}", **errand).status_code == 302, browser.errors()
    assert world.count("core_waiting", f"kind = 'keys_errand' and verb = 'edit' and user_id = {clerk.id}") == 1
    for address in ("/key-errands/?late=1", "/key-errands/1", "/key-errands/?as=chart&group=late"):
        assert browser.get(address).status_code == 200, address
    assert browser.submit("/key-errands/bulk/report?ids=1", report="ทำแล้ว").status_code == 302, browser.errors()
    assert world.count("core_waiting", "kind = 'keys_errand' and verb = 'verify' and user_id is null") == 1
    assert browser.sent_late("/key-errands/bulk/verify?ids=1").status_code == 422, "not by who has done it"
    car = {"door": "รถตู้", "kind": "car", "borrower": "ครูแดง", "person_id": clerk.person_id, "taken_on": near(1)}
    taken = browser.submit("/keys/new", **car)
    assert taken.status_code == 302, browser.errors()
    assert browser.submit("/keys/new", **car).status_code == 422
    assert "ครูแดง" in " ".join(browser.errors()) or "รถตู้" in " ".join(browser.errors())
    number = taken.location.rstrip("/").rpartition("/")[2]
    assert browser.submit(f"/keys/bulk/return?ids={number}").status_code == 302
    assert world.count("core_booking", "kind = 'keys_lending'") == 0
    copy = browser.submit("/key-copies/new", door="ห้องประชุม", price="300").location.rstrip("/").rpartition("/")[2]
    assert browser.submit(f"/key-copies/bulk/propose?ids={copy}").status_code == 302, browser.errors()
    director = world.browser(f"director.{HOME}")
    assert director.submit(f"/key-copies/bulk/approve?ids={copy}").status_code == 302, director.errors()
    assert world.count("keys_copy", "status = 'granted'") == 1

    def answer(hook: str, **asked: Any) -> Any:
        return khet.registry.each(hook, only={"keys"}, **asked)[0][1]

    with world.session(user=f"clerk.{HOME}") as session:
        district = SimpleNamespace(office=session.get(Unit, unit), today=today())
        assert khet.registry.each("khet_demo", only={"keys"}, session=session, district=district) == []
        (item,) = answer("khet_open_items", session=session)
        assert len(session.scalars(item.these).all()) == 1
        assert answer("khet_shipped", session=session) == 0
        year = buddhist_year(today())
        assert len(list(answer("khet_nation_reports")[0].rows(session, year))) == 3
        assert answer("khet_kpis")[0].actual(session, year) == 0
        importer = answer("khet_importers")[0]
        line = {"door": "ห้องคอมพิวเตอร์", "borrower": "ครูเขียว", "taken_on": today()}
        assert importer.make(session, importer.start(session, {}), line, None).number == 4


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
