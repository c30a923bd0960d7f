"""The database is gone, hangs, is overrun or has no room: what people and the operator see meanwhile."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import sqlite3
import threading

import pytest
from lxml import html
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import OperationalError

from core.base import logs
from core.ops import health
from core.platform.users.sessions import TOUCH_AFTER
from core.storage import heartbeat, outage
from core.storage.base import utc_now
from core.storage.database import STATEMENT_SECONDS, make_engine
from core.storage.writer_queue import BRIEFLY
from tests.core.serving import Answer, Server, served
from tests.support import HOME, near

STATIC = "/static/vendor/bootstrap/bootstrap.min.css"
#: what a person may have to wait for an answer while the database is out
AT_ONCE = heartbeat.PATIENCE + heartbeat.SECONDS + 10


def only(name):
    return pytest.mark.parametrize("backend", [name], indirect=True)


def cookie_of(world, user: str) -> str:
    return world.browser(user, "th").client.get_cookie("khet").value


class Gate:
    """A line to PostgreSQL that can be cut: everybody through it is thrown out, and nobody new comes in."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._host, self._port = address.query.get("host", address.host), address.port or 5432
        self._door: socket.socket | None = None
        self._lines: list[socket.socket] = []
        self.port = 0
        self.open()

    def address(self, url: str) -> str:
        found = make_url(url).set(host="127.0.0.1", port=self.port, query={})
        return found.render_as_string(hide_password=False)

    def _inside(self) -> socket.socket:
        if str(self._host).startswith("/"):
            inside = socket.socket(socket.AF_UNIX)
            inside.connect(f"{self._host}/.s.PGSQL.{self._port}")
            return inside
        return socket.create_connection((str(self._host), self._port))

    def open(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._take, args=(self._door,), daemon=True).start()

    def shut(self) -> None:
        assert self._door is not None
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()

    def _take(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                outside, _address = door.accept()
                inside = self._inside()
                self._lines += [outside, inside]
                for source, target in ((outside, inside), (inside, outside)):
                    threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def stopped_processes(url: str):
    """Every process of the PostgreSQL server stands still, as on a machine that hangs."""
    engine = make_engine(url)
    with engine.connect() as connection:
        folder = connection.execute(text("show data_directory")).scalar_one()
        postmaster = int(open(f"{folder}/postmaster.pid").readline())  # noqa: SIM115
        found = connection.execute(text("select pid from pg_stat_activity where pid <> pg_backend_pid()")).scalars()
        processes = [postmaster, *found]
    engine.dispose()
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def outage_is_told(server: Server, cookie: str) -> None:
    """What everybody must get while the database is out, with a signed-in cookie, each at once."""
    health = server.ask("/health", cookie)
    assert (health.status, json.loads(health.text)["database"]) == (503, False)
    assert health.headers["Content-Type"] == "application/json"
    static = server.ask(STATIC, cookie)
    assert static.status == 200
    page = server.ask("/saraban/incoming/", cookie)
    assert page.status == 503
    assert "ฐานข้อมูล" in page.text
    assert 'lang="th"' in page.text
    assert page.headers["Retry-After"]
    assert max(health.seconds, static.seconds, page.seconds) < 3, "each in no time"
    typed = {"subject": "พิมพ์ไว้ <แล้ว>", "files": "7", "csrf_token": "x"}
    sent = server.ask("/saraban/incoming/new", cookie, form=typed)
    assert sent.status == 503
    again = html.fromstring(sent.text).xpath("//form[@method='post']")[0]
    assert again.get("action") == "/saraban/incoming/new"
    assert dict(again.form_values()) == typed, "nothing typed is lost, and one press sends it again"
    data = server.ask("/jobs/1/state", cookie, accept="application/json")
    assert (data.status, "ฐานข้อมูล" in json.loads(data.text)["error"]) == (503, True)


@only("postgresql")
def test_a_database_that_is_gone_is_told_and_healed_without_a_restart(world, tmp_path):
    gate = Gate(world.khet.settings.database_url)
    urls = {
        f"KHET_{role}DATABASE_URL": gate.address(getattr(world.khet.settings, f"{name}database_url"))
        for role, name in (("", ""), ("SYSTEM_", "system_"))
    }
    cookie = cookie_of(world, f"clerk.{HOME}")
    with served(world.khet.settings, tmp_path, **urls) as server:
        assert server.ask("/saraban/incoming/", cookie).status == 200
        before = len(server.log.read_text().splitlines())
        gate.shut()
        server.until(503)
        outage_is_told(server, cookie)
        for _number in range(100):
            server.ask("/saraban/incoming/", cookie)
        gate.open()
        server.until(200)
        assert server.ask("/saraban/incoming/", cookie).status == 200
        lines = server.log.read_text().splitlines()[before:]
        assert sum("does not answer" in line for line in lines) == 1
        assert sum("answers again" in line for line in lines) == 1
        assert len(lines) < 60, "\n".join(lines)


@only("postgresql")
def test_a_database_that_hangs_holds_nobody(world, postgres_server, tmp_path):
    cookie = cookie_of(world, f"clerk.{HOME}")
    with served(world.khet.settings, tmp_path) as server:
        assert server.ask("/saraban/incoming/", cookie).status == 200
        before = len(server.log.read_text().splitlines())
        with stopped_processes(postgres_server.url):
            asked: list[float] = []

            def ask() -> None:
                asked.append(server.ask("/saraban/incoming/", cookie).seconds)

            people = [threading.Thread(target=ask) for _number in range(12)]  # more than there are threads
            for one in people:
                one.start()
            server.until(503)
            outage_is_told(server, cookie)
            for one in people:
                one.join()
            assert len(asked) == 12
            assert max(asked) < AT_ONCE, "who asked before it was known is let go too"
        server.until(200)
        assert server.ask("/saraban/incoming/", cookie).status == 200
        assert len(server.log.read_text().splitlines()) - before < 120


@only("postgresql")
def test_no_statement_and_no_lock_lasts_longer_than_people_wait(world):
    for engine in (world.database.app_engine, world.database.system_engine):
        with engine.connect() as connection:
            assert connection.execute(text("show statement_timeout")).scalar() == f"{STATEMENT_SECONDS // 60}min"
            assert connection.execute(text("show lock_timeout")).scalar() == "30s"
            connection.execute(text("set local statement_timeout = 50"))
            with pytest.raises(OperationalError) as told:
                connection.execute(text("select pg_sleep(5)"))
            assert outage.kind_of(told.value) == "busy"
    owner = world.database.owner_engine()
    with owner.connect() as connection:
        assert connection.execute(text("show statement_timeout")).scalar() == "0", "a migration takes its time"
    owner.dispose()


def fill(world, pages_left: int = 0) -> None:
    """SQLite's own "disk is full": the file may not grow, and nothing in it is free."""
    engine = world.database.app_engine
    engine.dispose()
    with sqlite3.connect(make_url(world.database.settings.database_url).database) as connection:
        connection.execute("vacuum")

    def limit(connection, _record) -> None:
        used = connection.execute("pragma page_count").fetchone()[0]
        connection.execute(f"pragma max_page_count={used + pages_left}")

    event.listen(engine, "connect", limit)


@only("sqlite")
def test_on_a_full_disk_what_is_there_is_read_and_what_was_typed_is_kept(world):
    browser = world.browser(f"clerk.{HOME}", "th")
    fill(world)
    typed = {"sender": "สพฐ.", "recipient": "ผอ.", "received_on": near(), "subject": "ยังอยู่ " * 50}
    for number in range(50):  # what pages have left inside takes a few
        page = browser.submit("/saraban/incoming/new", **typed, doc_no=f"ศธ {number}")
        if page.status_code != 302:
            break
    assert page.status_code == 503, browser.errors()
    tree = html.fromstring(page.get_data(as_text=True))
    assert "ดิสก์" in tree.find("body").text_content()
    kept = dict(tree.xpath("//main//form[@method='post']")[0].form_values())
    assert kept["subject"] == typed["subject"]
    assert browser.get("/saraban/incoming/").status_code == 200
    assert browser.get("/").status_code == 200


@only("sqlite")
def test_while_another_process_holds_the_database_readers_read_and_no_writer_loses_what_was_typed(world, tmp_path):
    form = world.browser(f"clerk.{HOME}", "th")
    cookie = form.client.get_cookie("khet").value
    path = make_url(world.khet.settings.database_url).database
    answers: list[Answer] = []

    def write(number: int) -> None:
        typed = {**values, "subject": f"พร้อมกัน {number}", "doc_no": str(number), "form_key": f"{number:032d}"}
        answers.append(server.ask("/saraban/incoming/new", cookie, form=typed))

    form.get("/saraban/incoming/new")
    typed = {"doc_date": near(), "sender": "สพฐ.", "recipient": "ผอ.", "received_on": near()}
    found = {k: v[0] if isinstance(v, list) else v for k, v in form.fields().items() if v is not None}
    values = {**found, **typed}
    with served(world.khet.settings, tmp_path) as server:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        clerks = [threading.Thread(target=write, args=(number,)) for number in range(12)]
        for clerk in clerks:
            clerk.start()
        for _number in range(3):
            assert server.ask("/health").status == 200
            assert server.ask("/saraban/incoming/", cookie).status == 200
        other.execute("rollback")  # only now: the readers have their pages
        other.close()
        for clerk in clerks:
            clerk.join()
    told = sorted(answer.status for answer in answers)
    assert set(told) <= {302, 503}, told
    assert told.count(302) >= 4
    assert told.count(302) == world.count("saraban_incoming", "subject like 'พร้อมกัน %'")
    for answer in answers:
        if answer.status == 503:
            again = dict(html.fromstring(answer.text).xpath("//main//form[@method='post']")[0].form_values())
            assert again["subject"].startswith("พร้อมกัน")


@only("sqlite")
def test_while_another_process_writes_for_long_everybody_signs_in_and_reads(world, tmp_path):
    """Who signs in, and who comes back after a rest, whose moment is to be noted."""
    path = make_url(world.khet.settings.database_url).database
    reader = cookie_of(world, f"clerk.{HOME}")
    names = ["clerk", "admin", "director"]
    answers: list[tuple[Answer, Answer]] = []
    with served(world.khet.settings, tmp_path) as server:
        server.ask("/saraban/incoming/", reader)
        now = utc_now() - TOUCH_AFTER * 2  # that is a while ago, which the next page wants to note
        world.owner(f"update core_session set seen_at = '{now:%Y-%m-%d %H:%M:%S}.000000'")

        def sign_in(name: str) -> None:
            page = server.ask("/login/")
            (csrf,) = html.fromstring(page.text).xpath("//form//input[@name='csrf_token']/@value")[:1]
            typed = {"csrf_token": csrf, "username": f"{name}.{HOME}", "password": "khet-demo"}
            entered = server.ask("/login/", _handed(page), form=typed)
            answers.append((entered, server.ask("/", _handed(entered))))

        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            people = [threading.Thread(target=sign_in, args=(name,)) for name in names]
            for one in people:
                one.start()
            for one in people:
                one.join()
            read = [server.ask("/saraban/incoming/", reader) for _n in range(3)]
            other.execute("rollback")  # only now: everybody is in
        assert [(entered.status, home.status) for entered, home in answers] == [(302, 200)] * len(names)
        assert [page.status for page in read] == [200] * 3
        assert max(page.seconds for page in read) < BRIEFLY
        assert max(entered.seconds + home.seconds for entered, home in answers) < 20
        for _entered, home in answers:
            later = server.ask("/", _handed(home))
            assert later.status == 200
            assert "." not in _handed(later), "a row again, which can be ended"
        assert world.count("core_session") == len(names) + 1


def _handed(answer: Answer) -> str:
    """The value of the session's cookie that came with an answer."""
    found = [raw for raw in answer.headers.get_all("Set-Cookie") or [] if raw.startswith("khet=")]
    return found[-1].partition("=")[2].partition(";")[0] if found else ""


def test_health_tells_of_a_disk_without_room(world, monkeypatch):
    browser = world.browser()
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: type("Usage", (), {"free": health.LEAST_FREE - 1}))
    answer = browser.get("/health")
    assert answer.status_code == 503
    assert [name for name, well in answer.json.items() if not well] == ["disk"]


def test_a_password_is_not_sent_back(world, monkeypatch):
    monkeypatch.setattr("core.web.pages.masterdata.views.services.save_group", _no_room)
    admin = world.browser(f"admin.{HOME}")
    page = admin.submit("/school-groups/new", name="กลุ่มใหม่")
    assert page.status_code == 503
    assert "กลุ่มใหม่" in page.get_data(as_text=True)
    page = admin.post("/school-groups/new", {"name": "ก", "old_password": "ความลับ"})
    assert page.status_code == 503
    assert "ความลับ" not in page.get_data(as_text=True)


def _no_room(*_args, **_more):
    raise OSError(28, "No space left on device")


# -- the log --------------------------------------------------------------------------------------------------------


def test_of_one_kind_of_error_the_log_holds_no_more_than_one_reads(monkeypatch):
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    now = [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: now[0])
    handler, logger = Kept(), logging.getLogger("test.brief")
    handler.addFilter(logs.Brief())
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    for number in range(500):
        try:
            raise ValueError(f"value {number}")
        except ValueError:
            logger.exception("error %s", number)
    logger.warning("another kind")
    assert sum("Traceback" in line for line in written) == logs.TRACEBACKS
    assert len(written) == logs.LINES + 1
    assert written[logs.TRACEBACKS] == "error 3: ValueError: value 3", "its number can still be found"
    assert written[-1] == "another kind"
    now[0] = logs.SECONDS + 1
    try:
        raise ValueError("later")
    except ValueError:
        logger.exception("error %s", "later")
    assert "470 more of these" in written[-1]
    assert "Traceback" in written[-1]
