"""Login, and the many ways a session has to end."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, update

from core.base.text.thai import today
from core.ops import cli
from core.ops.application import create_app
from core.platform.accounts import services
from core.platform.masterdata.models import Unit
from core.platform.users.models import Account, Grant, RoleProfile
from core.plugins import migrate
from core.web.pages.accounts import setup
from core.web.security import throttle
from tests.installations import settings_for
from tests.support import HOME, Browser, near


def login(world, username=f"clerk.{HOME}", password="khet-demo"):
    browser = Browser(world.app)
    browser.submit("/login/", username=username, password=password)
    return browser


def signed_in(browser) -> bool:
    return browser.get("/").status_code == 200


def test_the_right_password_opens_and_the_wrong_one_does_not(world):
    assert signed_in(login(world))
    wrong = login(world, password="guess")
    assert wrong.page.status_code == 422
    assert any("ไม่ถูกต้อง" in error for error in wrong.errors())
    assert not signed_in(wrong)
    assert "guess" not in wrong.page.get_data(as_text=True), "a password is never sent back"


def test_an_unknown_name_is_answered_like_a_wrong_password(world):
    known, unknown = login(world, password="x"), login(world, username="nobody.loei3", password="x")
    assert known.errors() == unknown.errors()


def test_demo_accounts_are_refused_outside_the_demo(world):
    assert services.authenticate(world.database, f"clerk.{HOME}", "khet-demo", demo=True)
    assert services.authenticate(world.database, f"clerk.{HOME}", "khet-demo", demo=False) is None


def test_logout_ends_the_session_on_the_server(world):
    browser = login(world)
    stolen = browser.client.get_cookie("khet").value
    browser.post("/logout/")
    thief = Browser(world.app)
    thief.client.set_cookie("khet", stolen)
    assert not signed_in(thief)


def test_a_session_gets_a_new_id_at_login(world):
    planted = Browser(world.app)
    planted.post("/language/en", {})
    before = planted.client.get_cookie("khet").value
    planted.submit("/login/", username=f"clerk.{HOME}", password="khet-demo")
    after = planted.client.get_cookie("khet").value
    assert before != after
    thief = Browser(world.app)
    thief.client.set_cookie("khet", before)
    assert not signed_in(thief)


def test_changing_the_password_ends_every_other_session(world):
    here, there = login(world), login(world)
    here.submit("/password/", old_password="khet-demo", password="ประโยคที่จำง่าย", again="ประโยคที่จำง่าย")
    assert signed_in(here)
    assert not signed_in(there)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"old_password": "x", "password": "longenough1", "again": "longenough1"}, "not right"),
        ({"old_password": "khet-demo", "password": "short", "again": "short"}, "between 10"),
        (
            {"old_password": "khet-demo", "password": f"clerk.{HOME}", "again": f"clerk.{HOME}"},
            "easy to guess",
        ),
        ({"old_password": "khet-demo", "password": "longenough1", "again": "longenough2"}, "not the same"),
    ],
)
def test_a_bad_new_password_is_refused_at_its_field(world, typed, message):
    browser = world.browser(f"clerk.{HOME}")
    assert browser.submit("/password/", **typed).status_code == 422
    assert any(message in error for error in browser.errors())


def test_locking_an_account_ends_its_sessions(world):
    clerk, admin = login(world), world.browser(f"admin.{HOME}")
    admin.post(f"/users/{world.account(f'clerk.{HOME}').id}/lock")
    assert not signed_in(clerk)
    assert not signed_in(login(world))


def test_taking_a_role_ends_the_sessions_and_the_access(world):
    clerk, admin = login(world), world.browser(f"admin.{HOME}")
    account = world.account(f"clerk.{HOME}")
    with world.session() as session:
        grants = session.scalars(select(Grant.id).where(Grant.user_id == account.id)).all()
    for grant in grants:
        admin.post(f"/users/{account.id}/grants/{grant}/end")
    assert not signed_in(clerk)
    again = login(world)
    assert signed_in(again)
    assert again.get("/saraban/incoming/").status_code == 403


def test_a_grant_holds_from_its_first_to_its_last_day(world):
    account = world.account(f"supervisor.{HOME}")
    with world.session() as session:
        for grant in session.scalars(select(Grant).where(Grant.user_id == account.id)):
            grant.starts_on = today().replace(year=today().year + 1)
    assert world.browser(f"supervisor.{HOME}").get("/saraban/incoming/").status_code == 403


def test_a_reset_password_must_be_changed_before_anything_else(world):
    admin, clerk = world.browser(f"admin.{HOME}"), world.account(f"clerk.{HOME}")
    admin.post(f"/users/{clerk.id}/reset")
    page = admin.get(f"/users/{clerk.id}").get_data(as_text=True)
    password = page.split("Temporary password of ")[1].split(": ")[1].split(" ")[0]
    assert password not in admin.get(f"/users/{clerk.id}").get_data(as_text=True), "shown once"
    browser = login(world, password=password)
    assert browser.get("/saraban/incoming/").location.endswith("/password/")
    browser.submit("/password/", old_password=password, password="ใหม่และยาวพอ", again="ใหม่และยาวพอ")
    assert browser.get("/saraban/incoming/").status_code == 200


def test_an_administrator_gives_only_roles_that_head_office_allows(world):
    admin, obec = world.browser(f"admin.{HOME}"), world.browser("obec")
    account, unit = world.account(f"clerk.{HOME}"), world.unit()
    with world.database.system("test") as session:
        from core.platform.users.models import RoleProfile

        ids = {role.key: role.id for role in session.scalars(select(RoleProfile))}
    url = f"/users/{account.id}/grants/new"

    def give(key):
        data = {"role_id": ids[key], "unit_id": unit, "starts_on": near(-20), "reason": "คำสั่งที่ ๑๒/๒๕๖๙"}
        return admin.post(url, data).status_code

    assert give("core.head_office") == 422
    assert give("saraban.director") == 302
    obec.post(f"/head-office/roles/{ids['saraban.director']}", {"on": "0"})
    assert give("saraban.director") == 422
    assert give("saraban.school_clerk") == 422, "a school's role is not held at the office"


def test_the_cookie_and_the_headers(world):
    browser = Browser(world.app)
    browser.submit("/login/", username=f"clerk.{HOME}", password="khet-demo")
    cookie = next(c for c in browser.page.headers.getlist("Set-Cookie") if c.startswith("khet="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    policy = browser.get("/").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "script-src 'self'" in policy
    assert browser.page.headers["Cache-Control"] == "no-store"
    with world.database.app_engine.connect() as connection:
        from core.platform.users.models import LoginSession

        stored = connection.execute(select(LoginSession.id, LoginSession.data)).all()
    sid = browser.client.get_cookie("khet").value
    assert all(sid not in (row.id, row.data) for row in stored), "the database holds no usable id"
    assert any(json.loads(row.data).get("_user_id") for row in stored)


@pytest.mark.parametrize(
    "path",
    [
        "/users/new",
        "/saraban/incoming/new",
        "/logout/",
        "/uploads/",
        "/language/en",
        "/modules/saraban/switch",
    ],
)
def test_a_post_without_its_token_is_refused(world, path):
    browser = world.browser(f"admin.{HOME}")
    assert browser.client.post(path, data={"name": "x"}).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil",
        " /x",
    ],
)
def test_login_leads_nowhere_else(world, target):
    browser = Browser(world.app)
    browser.get("/login/", query_string={"next": target})
    values = {**browser.fields(), "username": f"clerk.{HOME}", "password": "khet-demo"}
    answer = browser.client.post("/login/", query_string={"next": target}, data=values)
    assert answer.location == "/"


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/users/999999", 404), ("/head-office/roles/", 403)])
@pytest.mark.parametrize("locale", ["th", "en"])
def test_error_pages_speak_both_languages_and_show_no_code(world, path, status, locale):
    page = world.browser(f"admin.{HOME}", locale).get(path)
    assert page.status_code == status
    text = page.get_data(as_text=True)
    assert "Traceback" not in text
    assert ("ไม่พบข้อมูล" in text or "ไม่มีสิทธิ" in text) == (locale == "th")


def test_a_crash_shows_a_number_and_leaves_no_row(world, monkeypatch):
    monkeypatch.setattr("core.web.pages.masterdata.views.services.save_group", _write_and_crash)
    browser = world.browser(f"admin.{HOME}")
    before = world.count("core_school_group")
    page = browser.submit("/school-groups/new", name="กลุ่มล้ม")
    assert page.status_code == 500
    text = page.get_data(as_text=True)
    assert "secret detail" not in text
    assert "INSERT" not in text
    assert world.count("core_school_group") == before


def _write_and_crash(session, group, name):
    from core.platform.masterdata.models import SchoolGroup

    session.add(SchoolGroup(name=name))
    session.flush()
    raise ValueError("secret detail")


def test_first_run_needs_the_code_of_the_console(tmp_path, monkeypatch):
    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'k.sqlite3'}", demo=False), guests=False)
    khet = app.extensions["khet"]
    migrate.upgrade(khet.database.owner_engine(), khet.registry)
    cli._sync(khet)
    code = setup.new_code(khet.database)
    typed = {
        "district_code": "nan1", "short_name": "สพป.น่าน เขต 1", "full_name": "สพป.น่าน เขต 1", "level": "primary",
        "name": "admin", "first_name": "ก", "last_name": "ข", "password": "รหัสผ่านยาวพอ",
    }  # fmt: skip
    monkeypatch.setattr(throttle, "FIRST_RUN", throttle.parse_many("2 per hour"))
    browser = Browser(app)
    assert browser.submit("/first-run/", code="0000-0000-0000-0000", **typed).status_code == 422
    for _slip in range(3):  # with the right code nothing is guessed, and nothing counted
        assert browser.submit("/first-run/", code=code, **{**typed, "district_code": "น่าน"}).status_code == 422
    assert browser.submit("/first-run/", code=code, **typed).status_code == 302
    assert "admin.nan1" in browser.get("/login/").get_data(as_text=True), "the name with which one signs in"
    assert browser.get("/first-run/").status_code == 404, "the page is gone"
    assert setup.new_code(khet.database) is None
    browser.submit("/login/", username="admin.nan1", password="รหัสผ่านยาวพอ")
    assert browser.get("/users/").status_code == 200
    with khet.database.system("test") as session:
        assert session.scalars(select(Account.username)).all() == ["admin.nan1"]


def test_the_first_run_code_is_guessed_slowly_and_what_was_typed_stays(tmp_path, monkeypatch):
    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'k.sqlite3'}", demo=False), guests=False)
    migrate.upgrade(app.extensions["khet"].database.owner_engine(), app.extensions["khet"].registry)
    monkeypatch.setattr(throttle, "FIRST_RUN", throttle.parse_many("2 per hour"))
    browser = Browser(app)
    typed = {**dict.fromkeys(("full_name", "name", "first_name", "last_name"), "ก"), "password": "รหัสผ่านยาวพอ"}
    typed |= {"district_code": "nan1", "short_name": "สพป.น่าน เขต 1", "level": "primary"}
    codes = [browser.submit("/first-run/", code=f"0000-0000-0000-000{n}", **typed).status_code for n in range(3)]
    assert codes == [422, 422, 429]
    assert any("กรุณารอ" in error for error in browser.errors())
    assert browser.tree.xpath("string(//input[@name='short_name']/@value)") == "สพป.น่าน เขต 1"


# -- what a process keeps of a user is dropped with the change itself -----------------------------------------------


def _new_grant(session, account):
    office = session.scalars(select(Unit).where(Unit.kind == "office")).one()
    role = session.scalars(select(RoleProfile).where(RoleProfile.key == "saraban.director")).one()
    session.add(Grant(user_id=account.id, role_id=role.id, unit_id=office.id, starts_on=today()))


def _rename(session, account):
    account.last_name = "นามสกุลใหม่"


def _clear(session, account):
    account.clearance = 3


def _rename_by_statement(session, account):
    session.execute(update(Account).where(Account.id == account.id).values(last_name="นามสกุลใหม่"))


def _close_unit(session, account):
    session.get(Unit, session.scalars(select(Grant.unit_id).where(Grant.user_id == account.id)).first()).active = False


@pytest.mark.parametrize("change", [_new_grant, _rename, _clear, _rename_by_statement, _close_unit])
def test_a_change_of_rights_or_name_is_known_at_the_next_click(world, change):
    browser = world.browser(f"groupclerk.{HOME}")
    browser.get("/")
    actor = world.khet.security._cached.actors[world.account(f"groupclerk.{HOME}").id]
    browser.get("/")
    assert world.khet.security._cached.actors[actor.user_id] is actor, "kept while nothing changes"
    with world.session(HOME, f"admin.{HOME}") as session:
        change(session, session.get(Account, actor.user_id))
    browser.get("/")
    assert world.khet.security._cached.actors[actor.user_id] != actor


def test_a_login_of_somebody_else_is_no_change_of_rights(world):
    browser = world.browser(f"clerk.{HOME}")
    browser.get("/")
    kept = world.khet.security._cached
    login(world, username=f"admin.{HOME}")
    browser.get("/")
    assert world.khet.security._cached is kept
