"""A planned stop cuts nobody off: what is being asked is answered and stored, and the process ends well."""

from __future__ import annotations

import http.client
import signal
import threading
import time

import pytest

from core.ops.http_server import TOO_LARGE
from tests.core.serving import served
from tests.support import HOME, near

NEW = "/saraban/incoming/new"


def form_of(world, subject: str) -> tuple[str, dict[str, str]]:
    """The cookie and the filled form of a clerk who is about to press Save."""
    browser = world.browser(f"clerk.{HOME}")
    browser.get(NEW)
    typed = {"doc_no": subject, "doc_date": near(), "sender": "สพฐ.", "recipient": "ผอ.", "received_on": near()}
    values = {k: v for k, v in {**browser.fields(), **typed, "subject": subject}.items() if v is not None}
    flat = {k: v[0] if isinstance(v, list) else v for k, v in values.items()}
    return browser.client.get_cookie("khet").value, flat


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_letter_in_flight_at_the_stop_is_stored_and_answered(world, tmp_path, stop):
    cookie, form = form_of(world, "ระหว่างหยุด")
    answers: list[int] = []
    lock = world.database.app_engine if world.backend == "sqlite" else world.database.owner_engine()
    with served(world.khet.settings, tmp_path) as server:
        idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        idle.request("GET", "/health")
        idle.getresponse().read()  # a browser that keeps its line open holds nobody up
        with lock.connect() as other:
            # somebody else writes: the clerk's request waits inside the server, for as long as this test wants
            if world.backend == "sqlite":
                other.connection.dbapi_connection.execute("begin immediate")
            else:
                other.exec_driver_sql("lock table saraban_incoming in access exclusive mode")
            clerk = threading.Thread(target=lambda: answers.append(server.ask(NEW, cookie, form=form).status))
            clerk.start()
            time.sleep(1)
            server.process.send_signal(stop)
            time.sleep(1)
            assert server.process.poll() is None, "it waits for whom it answers"
            if world.backend == "sqlite":
                other.connection.dbapi_connection.execute("rollback")
        clerk.join(30)
        assert answers == [302]
        assert server.process.wait(30) == 0
        assert "Traceback" not in server.log.read_text()
    assert world.count("saraban_incoming", "subject = 'ระหว่างหยุด'") == 1


def test_a_form_beyond_every_limit_is_refused_in_thai(world, tmp_path):
    with served(world.khet.settings, tmp_path, KHET_MAX_UPLOAD_MB="1") as server:
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        line.putrequest("POST", "/uploads/")
        line.putheader("Content-Length", str(24 * 1024 * 1024))
        line.endheaders()
        answer = line.getresponse()
        assert answer.status == 413
        assert "ไม่เกิน 1 MB" in answer.read().decode()
        assert "ไฟล์ใหญ่เกินไป" in TOO_LARGE.read_text(encoding="utf-8")
        page = server.ask("/static/khet/away.html")
        assert (page.status, "หยุดให้บริการชั่วคราว" in page.text) == (200, True), "what nginx shows while Khet is away"
