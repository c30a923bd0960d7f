"""The second factor, lived through: a new phone, a wrong clock, a lost phone, an insider who knows the password."""

from __future__ import annotations

import dataclasses
import re
import time

import pyotp
import pytest
from sqlalchemy import select

from core.base.text.thai import thai_digits
from core.platform.accounts.factors import services, totp
from core.platform.users.factors import Factor, RecoveryCode
from core.platform.users.models import Account, RoleProfile
from tests.support import HOME, Browser

CLERK = f"clerk.{HOME}"


@pytest.fixture
def office(world):
    """The demo's accounts as those of a real office: the demo takes no second factor."""
    world.owner("update ab_user set demo = false" if world.backend == "postgresql" else "update ab_user set demo = 0")
    return world


def code(secret: str, seconds: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(time.time()) + seconds)


def enrolled(world, username=CLERK, skew: int = 0) -> tuple[str, list[str]]:
    """(secret, recovery codes) of an app that the user has just added."""
    secret = totp.new_secret()
    with world.session(user=username) as session:
        account = session.get(Account, world.account(username).id)
        codes = services.add_app(session, account, "โทรศัพท์", secret, code(secret, skew), world.khet.settings.secret_key)
    world.owner("update core_factor set last_step = 0")  # the code of this half minute is still to be used
    return secret, codes


def login(world, username=CLERK, password="khet-demo", browser=None):
    browser = browser or Browser(world.app)
    browser.submit("/login/", username=username, password=password)
    return browser


def second(browser, typed: str):
    return browser.submit("/login/second/", code=typed)


def signed_in(browser) -> bool:
    return browser.get("/").status_code == 200


def test_an_app_is_added_and_asked_for_from_then_on(office):
    browser = office.browser(CLERK)
    browser.get("/security/factors/app")
    secret = re.sub(r"\s", "", browser.tree.xpath("string(//details//code)"))
    assert browser.resubmit("/security/factors/app", name="โทรศัพท์ของฉัน", code="000000").status_code == 422
    assert any("not the code" in error for error in browser.errors())
    assert browser.tree.xpath("string(//input[@id='name']/@value)") == "โทรศัพท์ของฉัน"
    browser.resubmit("/security/factors/app", name="โทรศัพท์ของฉัน", code=thai_digits(code(secret)))
    assert browser.page.location == "/security/factors/codes", "in Thai digits too, as at the sign-in"
    browser.get("/security/factors/codes")
    assert len(browser.tree.xpath("//ol//code")) == services.CODES
    browser.post("/security/factors/codes/kept")
    assert browser.get("/security/factors/codes").status_code == 302, "shown no more"
    assert "โทรศัพท์ของฉัน" in browser.get("/security/factors/").get_data(as_text=True)
    again = login(office)
    assert again.page.location == "/login/second/"
    assert not signed_in(again), "the password alone opens nothing"
    assert second(again, code(secret, 30)).location == "/"
    assert signed_in(again)


def test_the_way_leads_on_to_where_one_was_going(office):
    secret, _codes = enrolled(office)
    browser = Browser(office.app)
    browser.submit("/login/?next=/schools/", username=CLERK, password="khet-demo")
    assert second(browser, code(secret)).location == "/schools/"


def test_the_first_factor_ends_the_sessions_that_the_password_alone_has_opened(office):
    """Whoever knew the password is in no longer; a further factor ends nothing."""
    elsewhere, here, colleague = office.browser(CLERK), office.browser(CLERK), office.browser(f"groupclerk.{HOME}")
    here.get("/security/factors/app")
    secret = re.sub(r"\s", "", here.tree.xpath("string(//details//code)"))
    assert here.resubmit("/security/factors/app", name="โทรศัพท์", code=code(secret)).status_code == 302
    assert signed_in(here)
    assert not signed_in(elsewhere)
    assert signed_in(colleague)
    third = office.browser(CLERK)
    here.get("/security/factors/app")
    more = re.sub(r"\s", "", here.tree.xpath("string(//details//code)"))
    assert here.resubmit("/security/factors/app", name="แท็บเล็ต", code=code(more)).status_code == 302
    assert signed_in(third)


def test_a_code_opens_once(office):
    secret, _codes = enrolled(office)
    typed = code(secret)
    assert second(login(office), typed).status_code == 302
    again = login(office)
    assert second(again, typed).status_code == 422
    assert not signed_in(again)


def test_thai_digits_and_a_space_are_taken(office):
    secret, _codes = enrolled(office)
    typed = code(secret).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert second(login(office), f"{typed[:3]} {typed[3:]}").status_code == 302


@pytest.mark.parametrize("minutes", [-4, 3])
def test_a_phone_whose_clock_is_some_minutes_off_works_as_it_was_added(office, minutes):
    secret, _codes = enrolled(office, skew=minutes * 60)
    assert second(login(office), code(secret, minutes * 60 + 30)).status_code == 302
    assert second(login(office), code(secret, -minutes * 60)).status_code == 422


def test_a_clock_that_drifts_is_followed(office):
    secret, _codes = enrolled(office)
    for away in (0, 30):
        assert second(login(office), code(secret, away)).status_code == 302
    with office.session() as session:
        factor = session.scalars(select(Factor)).one()
        assert factor.skew == 1
    assert second(login(office), code(secret, 90)).status_code == 422, "but not at a jump"


def test_wrong_codes_are_slowed_noted_and_told_and_the_password_stays_free(office):
    secret, _codes = enrolled(office)
    browser = login(office)
    codes = [second(browser, "000000").status_code for _n in range(6)]
    assert codes == [422] * 5 + [429]
    assert second(browser, code(secret)).status_code == 429, "the right code is not told from a wrong one then"
    assert office.count("core_failed_login", "what = 'code'") == 5
    office.khet.limiter.storage.reset()
    assert second(browser, code(secret)).status_code == 302


def test_a_lost_phone_is_replaced_by_a_recovery_code_and_each_opens_once(office):
    _secret, codes = enrolled(office)
    browser = login(office)
    assert second(browser, codes[0].upper().replace("-", " ")).status_code == 302
    browser.get("/")
    assert "9" in browser.tree.xpath("string(//div[@role='status'])")
    assert second(login(office), codes[0]).status_code == 422
    assert second(login(office), codes[1]).status_code == 302
    browser.post("/security/factors/codes/new")
    assert second(login(office), codes[2]).status_code == 422, "the old ones open nothing any more"


def test_the_administrator_helps_who_has_neither_phone_nor_code(office):
    enrolled(office)
    token = office.token(CLERK)
    here = office.browser(CLERK)
    admin, clerk = office.browser(f"admin.{HOME}", proved=False), office.account(CLERK)
    page = admin.get(f"/users/{clerk.id}").get_data(as_text=True)
    assert "โทรศัพท์" in page
    assert admin.post(f"/users/{clerk.id}/factors/reset").status_code == 403, "asked for the password first"
    admin.post(f"/users/{clerk.id}/factors/reset", {"_password": "khet-demo"})
    assert office.count("core_factor") == office.count("core_recovery_code") == 0
    assert not signed_in(here), "whoever had the phone is out"
    header = {"Authorization": f"Bearer {token}"}
    assert office.app.test_client().get("/api/v1/schools/", headers=header).status_code == 401
    assert login(office).page.location == "/"
    assert office.count("core_timeline", "action = 'core.user.factors_reset'") == 1


def test_the_factor_of_who_holds_grave_rights_is_not_taken_away_by_an_administrator_alone(office):
    """Nor may an account without one be asked about: there is nothing to take away."""
    secret = office.account(f"secret.{HOME}")
    admin, why = office.browser(f"admin.{HOME}"), "โทรศัพท์หายระหว่างไปราชการ"
    ask = f"/grave-acts/ask/factors/{secret.id}"
    assert admin.submit(ask, reason=why).status_code == 422
    enrolled(office, secret.username)
    admin.post(f"/users/{secret.id}/factors/reset")
    assert office.count("core_factor") == 1
    assert ask in admin.get(f"/users/{secret.id}").get_data(as_text=True)
    act = admin.submit(ask, reason=why).location
    assert office.count("core_factor") == 1
    director = office.browser(f"director.{HOME}")
    director.submit(f"{act}/consent")
    assert office.count("core_factor") == office.count("core_recovery_code") == 0


def test_nobody_takes_another_s_factor(office):
    enrolled(office)
    with office.session() as session:
        number = session.scalars(select(Factor.id)).one()
    for stranger in (f"director.{HOME}", "clerk.cmi5"):
        assert office.browser(stranger).post(f"/security/factors/{number}/remove").status_code == 404
    own = office.browser(CLERK, proved=False)
    assert own.post(f"/security/factors/{number}/remove").status_code == 403
    own.post(f"/security/factors/{number}/remove", {"_password": "khet-demo"})
    assert office.count("core_factor") == office.count("core_recovery_code") == 0


# -- required by role ------------------------------------------------------------------------------------------------


def ask_for_it(world, key="saraban.registry_clerk", on="1"):
    with world.database.system("test") as session:
        keys = {role.key: role.id for role in session.scalars(select(RoleProfile))}
    assert world.browser("obec").post(f"/head-office/roles/{keys[key]}/factor", {"on": on}).status_code == 302


def role_of(world, username=CLERK) -> str:
    return world.khet.actor(world.account(username).id).roles[0].key


def test_who_holds_a_role_that_needs_one_sets_it_up_before_anything_else(office):
    before = login(office)
    ask_for_it(office, role_of(office))
    for path in ("/", "/saraban/incoming/", "/security/"):
        assert before.get(path).location == "/security/factors/", path
    before.get("/security/factors/app")
    secret = re.sub(r"\s", "", before.tree.xpath("string(//details//code)"))
    before.resubmit("/security/factors/app", name="โทรศัพท์", code=code(secret))
    assert signed_in(before)
    with office.session() as session:
        number = session.scalars(select(Factor.id)).one()
    before.post(f"/security/factors/{number}/remove")
    assert office.count("core_factor") == 1, "the last one stays"
    assert signed_in(office.browser("admin.loei3")), "another role is not asked"
    ask_for_it(office, role_of(office), on="0")
    before.post(f"/security/factors/{number}/remove")
    assert office.count("core_factor") == 0


def test_the_demo_is_spared(world):
    ask_for_it(world, role_of(world))
    browser = login(world)
    assert signed_in(browser)
    page = browser.get("/security/factors/")
    assert page.status_code == 200
    assert not browser.tree.xpath("//form[contains(@action, '/passkey')]")
    assert "บัญชีสาธิตใช้ร่วมกัน" in browser.text
    assert browser.get("/security/factors/app").location == "/security/factors/", "no picture that leads nowhere"
    secret = totp.new_secret()
    with world.session() as session, pytest.raises(services.RuleError):
        account = session.get(Account, world.account(CLERK).id)
        services.add_app(session, account, "x", secret, code(secret), world.khet.settings.secret_key)


def test_a_token_of_such_a_user_goes_on_working(office):
    token = office.token(CLERK)
    ask_for_it(office, role_of(office))
    header = {"Authorization": f"Bearer {token}"}
    assert office.app.test_client().get("/api/v1/schools/", headers=header).status_code == 200


# -- around it -------------------------------------------------------------------------------------------------------


def test_the_step_between_belongs_to_its_browser_and_its_moment(office, monkeypatch):
    secret, _codes = enrolled(office)
    assert Browser(office.app).get("/login/second/").location == "/login/"
    browser = login(office)
    admin, clerk = office.browser(f"admin.{HOME}"), office.account(CLERK)
    admin.post(f"/users/{clerk.id}/lock")
    assert browser.get("/login/second/").location == "/login/", "locked meanwhile"
    admin.post(f"/users/{clerk.id}/lock")
    assert browser.get("/login/second/").location == "/login/", "whatever ends sessions ends it too"
    browser = login(office)
    now = time.time()
    monkeypatch.setattr("core.web.pages.accounts.factors.time", lambda: now + 601)
    assert browser.get("/login/second/").location == "/login/"


def test_the_database_alone_makes_no_codes(office):
    secret, codes = enrolled(office)
    with office.session() as session:
        factor = session.scalars(select(Factor)).one()
        hashes = session.scalars(select(RecoveryCode.hash)).all()
    assert secret not in factor.secret
    assert totp.unseal(factor.secret, "another key") is None
    assert totp.unseal(factor.secret, office.khet.settings.secret_key) == secret
    assert not set(codes) & set(hashes)


def test_an_app_opens_after_the_key_was_changed_and_needs_the_old_one_once(office, monkeypatch):
    secret, _codes = enrolled(office)
    before = office.khet.settings
    monkeypatch.setattr(office.khet, "settings", dataclasses.replace(before, secret_key="n" * 40))
    assert second(login(office), code(secret)).status_code == 422
    changed = dataclasses.replace(before, secret_key="n" * 40, secret_key_old=before.secret_key)
    monkeypatch.setattr(office.khet, "settings", changed)
    assert second(login(office), code(secret)).status_code == 302
    with office.session() as session:
        factor = session.scalars(select(Factor)).one()
    assert totp.unseal(factor.secret, "n" * 40) == secret, "sealed anew at its use"


def test_history_tells_of_factors_and_shows_no_secret(office):
    enrolled(office)
    with office.database.system_engine.connect() as connection:
        rows = connection.exec_driver_sql("select action, changes from core_timeline where kind = 'core_factor'").all()
    assert [row[0] for row in rows] == ["core.factor.added"]
    assert "secret" not in str(rows[0][1])


def test_with_a_full_disk_the_second_factor_lets_one_in(office):
    from tests.core.test_strangers import full_disk

    secret, _codes = enrolled(office)
    with full_disk(office):
        browser = login(office)
        assert second(browser, code(secret)).status_code == 302
        assert signed_in(browser)


def test_signing_in_asks_the_database_little_more_than_before(office):
    """One look at the account's factors; the password's hash costs a hundred times as much."""
    from sqlalchemy import event

    asked: list[str] = []
    engines = {office.database.app_engine, office.database.system_engine}

    def note(conn, cursor, statement, *_rest):
        asked.append(statement)

    browser = Browser(office.app)
    browser.get("/login/")
    values = {**browser.fields(), "username": CLERK, "password": "khet-demo"}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    browser.client.post("/login/", data=values)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in asked if not one.startswith(("select set_config", "BEGIN"))]) < 20, asked
