"""Guessing is slow, and nobody is locked out by somebody else's guesses."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.platform.accounts import services as accounts
from core.platform.users.models import FailedLogin
from core.storage.base import utc_now
from core.web.security import failures, throttle
from tests.support import HOME, Browser

CLERK = f"clerk.{HOME}"


def attempt(world, browser=None, username=CLERK, password="guess", address="10.0.0.1"):
    browser = browser or Browser(world.app)
    browser.client.environ_base["REMOTE_ADDR"] = address
    browser.submit("/login/", username=username, password=password)
    return browser


def status(world, **what) -> int:
    return attempt(world, **what).page.status_code


def test_one_account_is_guessed_slowly_from_however_many_addresses(world):
    codes = [status(world, address=f"10.0.0.{n}") for n in range(8)]
    assert codes == [422] * 5 + [429] * 3
    last = attempt(world, address="10.0.1.1", password="khet-demo")
    assert last.page.status_code == 429, "the right password is not told from a wrong one then"
    assert any("กรุณารอ" in error for error in last.errors())
    assert status(world, username=f"admin.{HOME}", password="khet-demo") == 302, "another account is not touched"


def test_the_wait_grows(world, monkeypatch):
    """Five a minute are ten in ten minutes, twenty in an hour and fifty a day."""
    now = throttle.time.time()
    clock = [now]
    monkeypatch.setattr("time.time", lambda: clock[0])
    tried = 0
    for _minute in range(23 * 60):
        clock[0] += 60.5
        with world.app.test_request_context(environ_base={"REMOTE_ADDR": "10.9.9.9"}):
            account = throttle.of_login("somebody").account
            while not account.wait():
                account.add()
                tried += 1
    assert tried == 50


def test_the_owner_on_the_usual_computer_signs_in_while_strangers_guess(world):
    mine = attempt(world, password="khet-demo")
    mine.post("/logout/")
    while status(world, address="203.0.113.9") != 429:
        pass
    assert attempt(world, browser=mine, password="slip").page.status_code == 422
    assert attempt(world, browser=mine, password="khet-demo").page.status_code == 302


def test_a_known_browser_does_not_guess_without_end_either(world):
    mine = attempt(world, password="khet-demo")
    mine.post("/logout/")
    codes = [attempt(world, browser=mine).page.status_code for _n in range(7)]
    assert codes == [422] * 5 + [429] * 2
    other = [attempt(world, browser=mine, username=f"admin.{HOME}").page.status_code for _n in range(7)]
    assert other == [422] * 5 + [429] * 2, "it is known for one account only"


def test_a_forged_mark_makes_no_browser_known(world):
    browser = Browser(world.app)
    browser.client.set_cookie("khet-known", '{"x": "y"}.forged')
    codes = [attempt(world, browser=browser).page.status_code for _n in range(6)]
    assert codes[-1] == 429


def test_an_office_of_eighty_signs_in_at_half_past_eight(world):
    """Successes count nowhere: one address, eighty people, and some who mistype."""
    for n in range(80):
        if n % 8 == 0:
            assert status(world, username=f"school.{HOME}" if n < 40 else f"groupclerk.{HOME}") == 422
        assert status(world, username=CLERK, password="khet-demo") == 302


def test_one_who_guesses_at_many_accounts_is_slowed_and_the_office_around_him_is_not(world, monkeypatch):
    mine = attempt(world, password="khet-demo")
    mine.post("/logout/")
    monkeypatch.setattr("core.platform.accounts.services.authenticate", lambda *_a, **_k: None)  # spare the hashing
    codes = [status(world, username=f"user{n}.{HOME}") for n in range(62)]
    assert codes == [422] * 60 + [429] * 2
    monkeypatch.undo()
    assert attempt(world, browser=mine, password="khet-demo").page.status_code == 302, "from the same address"
    assert status(world, username=f"admin.{HOME}", password="khet-demo", address="10.0.0.2") == 302


@pytest.fixture
def crowd(world, monkeypatch):
    """Makes an address crowded with 60 wrong tries at made-up names."""
    real = accounts.authenticate

    def make(address="10.0.0.1"):
        monkeypatch.setattr(accounts, "authenticate", lambda *_a, **_k: None)  # spare the hashing
        codes = [status(world, username=f"user{n}.{HOME}", address=address) for n in range(60)]
        monkeypatch.setattr(accounts, "authenticate", real)
        assert codes == [422] * 60

    return make


def test_made_up_names_stop_nobody_behind_the_same_address(world, crowd):
    """New browsers, accounts that never signed in from there: a name that exists opens with its password."""
    crowd()
    for name in ("clerk", "admin", "director", "school"):
        assert status(world, username=f"{name}.{HOME}", password="khet-demo") == 302
    assert status(world, username=f"user0.{HOME}") == 429, "guessing is slow as before"
    slip = attempt(world)
    assert any("จากเครือข่ายนี้หลายครั้ง" in error for error in slip.errors())
    assert attempt(world, browser=slip, password="khet-demo").page.status_code == 302, "who mistyped once, too"


def test_at_a_crowded_address_a_name_that_exists_is_not_told_from_one_that_does_not(world, crowd):
    assert status(world, password="khet-demo") == 302
    crowd()
    at_home, visitor, nobody = (
        [(one.page.status_code, one.errors()) for one in (attempt(world, username=f"{name}.{HOME}") for _n in range(7))]
        for name in ("clerk", "admin", "nobody")
    )
    assert at_home == visitor == nobody
    assert {code for code, _errors in nobody} == {429}


def test_one_password_at_many_accounts_from_one_address_ends(world, crowd, monkeypatch):
    """At accounts that never signed in there so many are looked at; who works there signs in all the same."""
    monkeypatch.setattr(throttle, "VISITORS", throttle.parse_many("3 per hour"))
    assert status(world, password="khet-demo") == 302
    crowd()
    for name in ("director", "school", "groupclerk", "director"):
        assert status(world, username=f"{name}.{HOME}", password="ฤดูร้อน2569") == 429
    assert status(world, username=f"admin.{HOME}", password="khet-demo") == 429, "not looked at"
    assert status(world, password="khet-demo") == 302, "at home"
    assert status(world, username=f"admin.{HOME}", password="khet-demo", address="10.0.0.2") == 302, "elsewhere"


def test_wrong_names_at_the_door_stop_nobody_who_sets_a_password_with_a_code(world, crowd):
    crowd("127.0.0.1")
    browser, typed = Browser(world.app), {"password": "ประโยคใหม่ของฉันเอง", "again": "ประโยคใหม่ของฉันเอง"}
    browser.submit("/password/code/", username=CLERK, code="aaaa-bbbb-cccc", **typed)
    assert browser.page.status_code == 422


def test_neighbours_of_one_ipv6_network_are_one_address():
    assert throttle.network("2001:db8::1") == throttle.network("2001:db8::ffff") == "2001:db8::/64"
    assert throttle.network("2001:db8:0:1::1") != throttle.network("2001:db8::1")
    assert throttle.network("10.0.0.1") == "10.0.0.1"


def test_the_old_password_is_not_guessed_without_end(world):
    browser = world.browser(CLERK)
    typed = {"password": "ประโยคที่จำง่าย", "again": "ประโยคที่จำง่าย"}
    for _n in range(5):
        browser.submit("/password/", old_password="guess", **typed)
    browser.submit("/password/", old_password="khet-demo", **typed)
    assert any("Try again in" in error for error in browser.errors())


# -- told to the owner -----------------------------------------------------------------------------------------------


def test_wrong_tries_are_shown_to_the_account_s_owner_at_the_next_sign_in(world):
    attempt(world, password="khet-demo")
    for _n in range(2):
        attempt(world, address="203.0.113.9")
    mine = attempt(world, password="khet-demo")
    mine.get("/")
    assert "2 ครั้ง" in mine.tree.xpath("string(//div[@role='status'])")
    assert "203.0.113.9" in mine.get("/security/").get_data(as_text=True)
    again = attempt(world, password="khet-demo")
    again.get("/")
    assert not again.tree.xpath("//div[@role='status']"), "told once"
    assert "203.0.113.9" not in world.browser(f"admin.{HOME}").get("/security/").get_data(as_text=True)


def test_one_s_own_slip_a_moment_ago_is_no_news(world):
    mine = attempt(world)
    attempt(world, browser=mine, password="khet-demo")
    mine.get("/")
    assert not mine.tree.xpath("//div[@role='status']")
    assert world.count("core_failed_login") == 1


def test_an_unknown_name_leaves_no_row_and_the_log_holds_no_name(world, caplog):
    attempt(world, username="my-password-typed-here")
    assert world.count("core_failed_login") == 0
    assert "login failed" in caplog.text
    assert "my-password-typed-here" not in caplog.text


def test_a_refused_try_is_logged_and_leaves_no_row(world, caplog):
    for _n in range(9):
        attempt(world)
    assert world.count("core_failed_login") == 5
    assert "too many wrong tries" in caplog.text


def test_old_failures_are_swept(world):
    attempt(world)
    with world.session() as session:
        session.scalars(select(FailedLogin)).one().at = utc_now() - failures.KEPT_FAILURES * 2
    with world.session() as session:
        failures.sweep(session)
    assert world.count("core_failed_login") == 0


@pytest.mark.parametrize("what", ["name", "password"])
def test_a_wrong_name_and_a_wrong_password_are_answered_alike(world, what):
    right = attempt(world)
    wrong = attempt(world, username=f"nobody.{HOME}")
    assert (right.page.status_code, right.errors()) == (wrong.page.status_code, wrong.errors())


def test_after_a_wrong_password_one_types_the_password_again_and_the_name_stays(world):
    browser = attempt(world)
    (field,) = browser.tree.xpath("//form[1]//input[@autofocus]")
    assert field.get("name") == "password"
    assert browser.tree.xpath("string(//input[@name='username']/@value)") == CLERK
    fresh = Browser(world.app)
    fresh.get("/login/")
    assert fresh.tree.xpath("//input[@autofocus]/@name") == ["username"]
