"""Strangers leave no rows, sessions end in time, and a full disk keeps nobody out."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from core.platform.users import sessions
from core.platform.users.models import LoginSession
from core.storage.base import utc_now
from core.web.pages.accounts.own import device
from tests.support import HOME, Browser, near

CLERK = f"clerk.{HOME}"


def login(world, browser=None, agent="Mozilla/5.0 (Windows NT 10.0) Chrome/140"):
    browser = browser or Browser(world.app)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    browser.submit("/login/", username=CLERK, password="khet-demo")
    return browser


def signed_in(browser) -> bool:
    return browser.get("/").status_code == 200


def test_strangers_leave_no_row_whatever_they_open(world):
    before = world.count("core_session")
    for path in ("/login/", "/login/?next=/saraban/incoming/", "/", "/nowhere", "/users/1"):
        Browser(world.app).get(path)
    stranger = Browser(world.app)
    stranger.submit("/login/", username="x", password="y")
    stranger.post("/language/en")
    assert stranger.get("/login/").get_data(as_text=True).count("Sign in"), "the language is kept all the same"
    assert world.count("core_session") == before
    login(world)
    assert world.count("core_session") == before + 1
    world.app.session_interface.sweep()


def test_a_stranger_s_cookie_is_signed(world):
    browser = Browser(world.app)
    browser.get("/login/")
    value = browser.client.get_cookie("khet").value
    head, _dot, tail = value.partition(".")
    forged = Browser(world.app)
    forged.client.set_cookie("khet", f"{head}A.{tail}")
    answer = forged.client.post("/login/", data={**browser.fields(), "username": CLERK, "password": "khet-demo"})
    assert answer.location.startswith("/login/")
    assert not signed_in(forged)


def test_a_cookie_that_names_a_user_opens_nothing_by_itself_after_an_hour(world, monkeypatch):
    """It carries who signed in while nothing could be written; see below."""
    with world.app.test_request_context():
        account = world.account(CLERK)
        value = sessions._sealer(world.app).dumps({"_user_id": str(account.id), "epoch": account.epoch})
    browser = Browser(world.app)
    browser.client.set_cookie("khet", value)
    assert signed_in(browser), "signed by this installation"
    late = utc_now() + timedelta(minutes=61)
    monkeypatch.setattr(sessions, "utc_now", lambda: late)
    old = Browser(world.app)
    old.client.set_cookie("khet", value)
    assert not signed_in(old)


def test_the_login_page_left_open_over_night_says_so_and_lets_one_in(world):
    browser = Browser(world.app)
    browser.get("/login/?next=/schools/")
    values = {**browser.fields(), "username": CLERK, "password": "khet-demo"}
    browser.client.delete_cookie("khet")
    answer = browser.client.post("/login/?next=/schools/", data=values)
    assert answer.location == "/login/?next=/schools/"
    browser.get(answer.location)
    assert "กรุณาเข้าสู่ระบบอีกครั้ง" in browser.text
    assert browser.resubmit(answer.location, username=CLERK, password="khet-demo").location == "/schools/"


def test_a_session_ends_a_day_after_it_began_however_busy_it_is(world):
    browser = login(world)
    assert signed_in(browser)
    with world.database.system("test", write=True) as session:
        for row in session.scalars(select(LoginSession).where(LoginSession.user_id == world.account(CLERK).id)):
            row.began_at = utc_now() - timedelta(hours=25)
    assert not signed_in(browser)
    assert world.app.session_interface.sweep() == 1


def test_one_sees_where_one_is_signed_in_and_ends_it(world):
    phone = login(world, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/605")
    here = login(world)
    assert "Safari · iPhone" in here.get("/security/").get_data(as_text=True)
    assert "Chrome · Windows" in here.text
    ids = here.tree.xpath("//input[@name='session']/@value")
    assert len(ids) == 1, "this one is not offered"
    stranger = world.browser(f"admin.{HOME}")
    assert stranger.post("/security/sessions/end", {"session": ids[0]}).status_code == 404
    assert signed_in(phone)
    here.post("/security/sessions/end", {"session": ids[0]})
    assert not signed_in(phone)
    assert phone.page.location.startswith("/login/"), "and it is asked to sign in, to come back where it was"
    others = [login(world), login(world)]
    here.post("/security/sessions/end", {"others": "1"})
    assert not any(signed_in(other) for other in others)
    assert signed_in(here)
    assert signed_in(stranger)


def test_sessions_of_before_a_password_change_are_not_listed(world):
    login(world)
    here = login(world)
    here.submit("/password/", old_password="khet-demo", password="ประโยคที่จำง่าย", again="ประโยคที่จำง่าย")
    here.get("/security/")
    assert not here.tree.xpath("//input[@name='session']")


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/140 Mobile Safari/537", "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("curl/8.5", "curl"), ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_call_it(agent, said):
    assert device(agent) == said


# -- nothing can be written ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def full_disk(world):
    """From here on the database refuses every write, as with a full disk."""
    engines = {world.database.app_engine, world.database.system_engine}

    def refuse(connection, record, proxy=None):
        cursor = connection.cursor()
        cursor.execute("PRAGMA query_only=ON" if world.backend == "sqlite" else "set default_transaction_read_only=on")
        cursor.close()
        if world.backend == "postgresql":
            connection.commit()

    for engine in engines:
        engine.dispose()
        event.listen(engine, "connect", refuse)
    yield
    for engine in engines:
        event.remove(engine, "connect", refuse)
        engine.dispose()


def test_with_a_full_disk_one_signs_in_and_reads(world):
    before = world.count("core_session")
    with full_disk(world):
        browser = login(world)
        assert browser.page.status_code == 302
        assert signed_in(browser)
        assert browser.get("/saraban/incoming/").status_code == 200
        assert signed_in(browser)
    assert world.count("core_session") == before
    assert signed_in(browser), "and goes on once there is room again"
    assert "." not in browser.client.get_cookie("khet").value, "as a row, like everybody"
    assert world.count("core_session") == before + 1


def test_who_signed_in_on_a_full_disk_keeps_what_was_typed(world, monkeypatch):
    typed = {"sender": "สพฐ.", "recipient": "ผอ.", "received_on": near(), "subject": "ยังอยู่", "doc_no": "ศธ 1"}
    with full_disk(world):
        browser = login(world)
        assert signed_in(browser)
        for _try in range(2):
            page = browser.submit("/saraban/incoming/new", **typed)
            assert page.status_code == 503, "the database refuses it, and not the session"
            assert "อ่านได้อย่างเดียว" in browser.text, "on a page of ours, as of every outage"
            kept = dict(browser.tree.xpath("//main//form[@method='post']")[0].form_values())
            assert kept["subject"] == "ยังอยู่"
        later = utc_now() + sessions.CARRIED + timedelta(minutes=1)
        with monkeypatch.context() as patched:
            patched.setattr(sessions, "utc_now", lambda: later)
            assert not signed_in(browser), "handed out anew, it lives no longer"
        assert world.count("saraban_incoming", "subject = 'ยังอยู่'") == 0
    page = browser.submit("/saraban/incoming/new", **typed)
    assert page.status_code == 302, "with room again it is saved"


def test_who_has_a_message_pending_reads_on_with_a_full_disk(world):
    browser = login(world)
    browser.submit(
        "/saraban/incoming/new", doc_no="ศธ 1/2", sender="สพฐ.", subject="ทดสอบ", received_on="", doc_date=""
    )
    browser.post("/views/", {"view": "SchoolView", "title": "ของฉัน"})
    with full_disk(world):
        for _n in range(2):
            assert signed_in(browser)
            assert browser.tree.xpath("//div[@role='status']"), "it is shown until it can be put away"
    signed_in(browser)
    signed_in(browser)
    assert not browser.tree.xpath("//div[@role='status']")


def test_a_wrong_password_with_a_full_disk_is_a_wrong_password(world):
    with full_disk(world):
        browser = Browser(world.app)
        browser.submit("/login/", username=CLERK, password="guess")
        assert browser.page.status_code == 422


def test_a_token_reads_with_a_full_disk(world):
    header = {"Authorization": f"Bearer {world.token(CLERK)}"}
    with full_disk(world):
        assert world.app.test_client().get("/api/v1/schools/", headers=header).status_code == 200


@pytest.mark.parametrize("answer", ["[" * 100_000, '{"id":' * 100_000, "{", "5", "[]", '{"id":"\\ud800"}', "NaN"])
def test_what_is_no_passkey_lets_nobody_in_and_is_no_error(world, answer):
    """What a browser never sends: lists in lists without end, halves of letters, no list at all."""
    stranger = Browser(world.app)
    stranger.get("/login/")
    assert stranger.post("/login/passkey/", {"credential": answer}).status_code == 302
    stranger.get("/login/")
    assert "พาสคีย์ไม่ผ่านการตรวจสอบ" in stranger.text
