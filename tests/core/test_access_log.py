"""One line a request in a file of its own, and a word in the log where one took long."""

from __future__ import annotations

import logging
import re
import time

import pytest
from sqlalchemy import text

from core.base import logs
from core.storage.database import Database
from tests.installations import settings_for
from tests.support import HOME

LINE = re.compile(r"[-\d]+ [:,\d]+ (?P<number>[0-9a-f]{8}) (?P<user>\d+|-) (?P<what>\S+ \S+ \d{3}) \d+ ms")


@pytest.fixture
def lines(tmp_path):
    """What stands in the file, each line by its parts."""
    path = tmp_path / "access.log"
    before = list(logs.access.handlers)
    logs.access.handlers.clear()
    logs.keep_access(path)

    def read() -> list[dict[str, str]]:
        found = [LINE.fullmatch(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert all(found), path.read_text(encoding="utf-8")
        return [one.groupdict() for one in found if one]

    yield read
    assert path.stat().st_mode & 0o777 == 0o600
    for handler in logs.access.handlers:
        handler.close()
    logs.access.handlers[:] = before


def test_a_request_leaves_one_line_without_its_query_and_the_user_s_name(world, lines):
    clerk = world.browser(f"clerk.{HOME}")
    before = len(lines())
    clerk.get("/saraban/incoming/?q=ลับมาก")
    clerk.get("/static/khet/khet.css")
    clerk.get("/none%0AGET /forged 200")
    world.browser().get("/saraban/incoming/")
    found = lines()[before:]
    assert [one["what"] for one in found[:2]] == ["GET /saraban/incoming/ 200", "GET /none%0AGET%20/forged%20200 404"]
    assert found[0]["user"] == str(world.account(f"clerk.{HOME}").id)
    assert found[-1]["user"] == "-"
    assert found[-1]["what"].endswith(" 302")
    assert len({one["number"] for one in found}) == len(found) == 3


def test_what_is_secret_in_a_path_is_not_written(world, lines):
    world.browser().get("/say/geheim")
    world.browser(f"director.{HOME}").get("/saraban/emergency/geheim/12/3")
    said = [one["what"] for one in lines()]
    assert not any("geheim" in one for one in said)
    assert any(one.startswith("GET /saraban/emergency/<glass>/12/3") for one in said)


def test_an_error_page_shows_the_number_of_its_request(world, lines, monkeypatch, caplog):
    def fall(*_args):
        raise ValueError("fallen")

    monkeypatch.setattr("core.web.pages.masterdata.views.services.save_group", fall)
    browser = world.browser(f"admin.{HOME}")
    page = browser.submit("/school-groups/new", name="ล้ม").get_data(as_text=True)
    number = lines()[-1]["number"]
    assert lines()[-1]["what"] == "POST /school-groups/new 500"
    assert f">{number}</code>" in page
    assert f"error {number} on POST /school-groups/new" in caplog.text


def test_the_file_is_bounded_and_a_full_disk_is_no_error(tmp_path, monkeypatch, lines):
    monkeypatch.setattr(logs.access.handlers[0], "maxBytes", 300)
    for _number in range(100):
        logs.access.info("%s - GET / 200 1 ms", "0" * 8)
    files = sorted(tmp_path.glob("access.log*"))
    assert len(files) == 1 + logs.ACCESS_KEPT
    assert all(path.stat().st_size <= 300 for path in files)
    monkeypatch.setattr(logs.access.handlers[0], "emit", logs.access.handlers[0].handleError)
    logs.access.info("%s", "no room")


def test_what_takes_long_stands_in_the_log(tmp_path, caplog):
    from core.ops.application import create_app

    url = f"sqlite:///{tmp_path / 'k.sqlite3'}"
    app = create_app(settings_for(tmp_path, url, slow_seconds=1), guests=False)
    app.add_url_rule("/slow", "pages.health_slow", lambda: time.sleep(1.05) or "slow")
    app.extensions["khet"].open_endpoints |= {"pages.health_slow"}
    with caplog.at_level(logging.WARNING):
        assert app.test_client().get("/slow?q=geheim", buffered=True).get_data() == b"slow"
        assert app.test_client().get("/health", buffered=True).json["database"]
    slow = [record.getMessage() for record in caplog.records if "slow" in record.getMessage()]
    assert len(slow) == 1
    assert re.fullmatch(r"slow request [0-9a-f]{8}: GET /slow took 1\.\d s \(200\)", slow[0])


def test_a_slow_statement_is_told_without_its_values(tmp_path, caplog):
    database = Database(settings_for(tmp_path, f"sqlite:///{tmp_path / 'k.sqlite3'}", slow_seconds=1))
    with database.app_engine.connect() as connection:
        connection.connection.dbapi_connection.create_function("rest", 1, lambda _word: time.sleep(1.05))
        connection.execute(text("select rest(:word)"), {"word": "geheim"}).all()
        connection.execute(text("select 1"))
    database.dispose()
    told = [record.getMessage() for record in caplog.records if "slow" in record.getMessage()]
    assert len(told) == 1
    assert told[0].startswith("slow statement of request ")
    assert told[0].endswith(": select rest(?)")
