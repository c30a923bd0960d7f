"""Grave rights need two: who asks, who consents, whom it is for, and what stands in the log."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta
from urllib.parse import urljoin

import pyotp
import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.base import permissions
from core.base.errors import RuleError
from core.base.text.thai import thai_digits, today
from core.ops import cli
from core.ops.serve import housekeeping
from core.platform.accounts import services as accounts
from core.platform.accounts.factors import services as factors
from core.platform.consents import services as grave
from core.platform.dual_control import rules
from core.platform.dual_control.models import GraveAct
from core.platform.masterdata.models import Person, Unit
from core.platform.notices.models import Notice
from core.platform.users.models import Account, Grant, RoleProfile
from core.storage.base import utc_now
from core.web.security import throttle
from tests.core.doors import KHET, ROLES
from tests.core.test_factors import enrolled
from tests.support import HOME, OTHER, Browser, near

WHY = "รับหน้าที่นายทะเบียนแทนผู้ที่เกษียณ"
GRAVE_ROLES = sorted(key for key, role in ROLES.items() if role.rights & permissions.GRAVE and role.reach != "nation")


def role_id(world, key: str) -> int:
    with world.database.system("test") as s:
        return s.scalars(select(RoleProfile.id).where(RoleProfile.key == key)).one()


def asked(browser, answer) -> int:
    """The request that this answer made."""
    assert answer.status_code == 302, browser.errors()
    assert "/grave-acts/" in answer.location, answer.location
    return int(answer.location.rpartition("/")[2])


def ask_clearance(world, name: str = "clerk", level: int = 3, by: str = "admin") -> int:
    browser = world.browser(f"{by}.{HOME}")
    url = f"/grave-acts/ask/clearance/{world.account(f'{name}.{HOME}').id}"
    return asked(browser, browser.submit(url, level=str(level), reason=WHY))


def ask_role(world, name: str, key: str, by: str = "admin", **more) -> int:
    browser = world.browser(f"{by}.{HOME}")
    typed = {"role_id": str(role_id(world, key)), "unit_id": str(world.unit()), "starts_on": near(-1), "reason": WHY}
    return asked(
        browser, browser.submit(f"/users/{world.account(f'{name}.{HOME}').id}/grants/new", **{**typed, **more})
    )


def consent(world, act: int, by: str = f"director.{HOME}"):
    where = "/head-office/grave-acts" if by == "obec" else "/grave-acts"
    browser = world.browser(by)
    browser.submit(f"{where}/{act}/consent")
    return browser


def may_not(world, act: int, by: str = f"director.{HOME}") -> str:
    """Why somebody cannot consent: the form does not open, and it is refused where it was open before."""
    browser = world.browser(by)
    browser.post(f"/grave-acts/{act}/consent", {})
    return browser.shut(f"/grave-acts/{act}/consent")


def holds(world, name: str, key: str) -> bool:
    account = world.account(f"{name}.{HOME}")
    return bool(world.count("core_grant", f"user_id = {account.id} and role_id = {role_id(world, key)}"))


def state(world, act: int) -> str:
    with world.database.system("test") as s:
        return s.get_one(GraveAct, act).state


def real(world, name: str) -> None:
    """The account is no demo account any more: its password is somebody's."""
    world.owner(f"update ab_user set demo = false where username = '{name}.{HOME}'")


def code_on(browser) -> str:
    found = re.search(r": ([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}) ", browser.get("/").get_data(as_text=True))
    assert found, "the code is shown to who consents"
    return found[1]


def set_password(world, name: str, code: str, password: str = "ประโยคใหม่ของฉันเอง") -> Browser:
    browser = Browser(world.app)
    browser.submit("/password/code/", username=f"{name}.{HOME}", code=code, password=password, again=password)
    return browser


# -- day 1: an administrator asks, the director decides ---------------------------------------------------------------


def test_a_clearance_holds_only_from_the_director_s_consent(world):
    act = ask_clearance(world)
    assert world.account(f"clerk.{HOME}").clearance == 0
    director = world.browser(f"director.{HOME}")
    director.get("/")
    assert director.tree.xpath(f"//section[contains(@class,'waiting')]//a[@href='/grave-acts/{act}?queue=1']"), (
        "it waits"
    )
    director.get(f"/grave-acts/{act}")
    assert WHY in director.text
    assert consent(world, act).page.status_code == 302
    assert world.account(f"clerk.{HOME}").clearance == 3
    assert state(world, act) == "done"
    director.get("/")
    assert not director.tree.xpath(f"//section[contains(@class,'waiting')]//a[@href='/grave-acts/{act}?queue=1']")


def test_the_owner_and_the_director_are_told_and_the_log_says_it_in_plain_thai(world):
    consent(world, ask_clearance(world))
    clerk = world.browser(f"clerk.{HOME}", locale="th")
    clerk.get("/notices/")
    notices = clerk.tree.xpath("//main//a[contains(@href,'/my-rights/')]/@href")
    assert len(notices) == 2, "that it was asked, and that it holds"
    for address in notices:
        assert clerk.get(address).status_code == 200
        assert "ลับที่สุด" in clerk.text
    director = world.browser(f"director.{HOME}", locale="th")
    director.get("/grave-log/")
    assert "เห็นชอบ" in director.text
    assert WHY in director.text
    director.get("/notices/")
    asks = director.tree.xpath("//main//a[contains(@href,'/grave-acts/')]/@href")
    assert len(asks) == 1, "what is asked leads to where it is decided"
    director.get(asks[0])
    assert "ลับที่สุด" in director.text


def test_a_role_given_beforehand_is_not_said_to_hold_already(world):
    """Who is to stand in from tomorrow would else look for it today."""
    later = ask_role(world, "groupdirector", "saraban.director", starts_on=near(1), ends_on=near(2))
    consent(world, later)
    told = world.browser(f"groupdirector.{HOME}", locale="th")
    told.get("/notices/")
    assert "มีผลตั้งแต่วันแรกของบทบาท" in told.text
    assert "มีผลตั้งแต่บัดนี้" not in told.text
    now = ask_role(world, "groupclerk", "saraban.director", ends_on=near(2))
    consent(world, now)
    page, tomorrow = world.browser(f"director.{HOME}"), today() + timedelta(days=1)
    begins = f"{tomorrow.day} {tomorrow:%b %Y}"
    for act, said in ((later, f"Holds from {begins} on"), (now, "Holds")):
        page.get(f"/grave-acts/{act}")
        assert page.tree.xpath("string(//main//span[@class='state'])") == said
        assert ("Holds since" in page.text) is (act == now)
    told = world.browser(f"groupclerk.{HOME}", locale="th")
    told.get("/notices/")
    assert "มีผลตั้งแต่บัดนี้" in told.text


def test_a_refusal_has_a_reason_leaves_nothing_and_can_be_asked_again(world):
    act = ask_clearance(world)
    director = world.browser(f"director.{HOME}")
    assert director.submit(f"/grave-acts/{act}/refuse", answer="").status_code == 422
    assert director.submit(f"/grave-acts/{act}/refuse", answer="ยังไม่มีคำสั่งแต่งตั้ง").status_code == 302
    assert (world.account(f"clerk.{HOME}").clearance, state(world, act)) == (0, "refused")
    admin = world.browser(f"admin.{HOME}")
    admin.get(f"/grave-acts/{act}")
    assert "ยังไม่มีคำสั่งแต่งตั้ง" in admin.text
    assert may_not(world, act), "what was decided stays decided"
    assert ask_clearance(world) != act


def test_what_nobody_decides_in_time_is_as_if_never_asked(world):
    act = ask_clearance(world)
    world.owner(f"update core_grave_act set expires_at = '2020-01-01 00:00:00' where id = {act}")
    assert may_not(world, act)
    with world.session() as s:
        assert grave.expire(s, utc_now()) == 1
    assert (world.account(f"clerk.{HOME}").clearance, state(world, act)) == (0, "expired")
    assert world.count("core_waiting", "kind = 'core_grave_act'") == 0
    ask_clearance(world)


def test_the_same_is_not_asked_twice_and_not_without_a_reason(world):
    ask_clearance(world)
    browser, url = world.browser(f"admin.{HOME}"), f"/grave-acts/ask/clearance/{world.account(f'clerk.{HOME}').id}"
    assert browser.submit(url, level="3", reason=WHY).status_code == 422
    assert browser.submit(url, level="2", reason="ด่วน").status_code == 422
    assert "Say why" in " ".join(browser.errors())


def test_nobody_drowns_the_director_in_requests(world):
    account = world.account(f"clerk.{HOME}")
    with world.session(user=f"admin.{HOME}") as s:
        row = s.get_one(Account, account.id)
        for number in range(grave.MOST_A_DAY):
            grave.withdraw(s, grave.ask_clearance(s, row, 1, f"{WHY} {number}"))
        with pytest.raises(RuleError, match="tomorrow"):
            grave.ask_clearance(s, row, 1, WHY)


# -- who may not decide -----------------------------------------------------------------------------------------------


def test_who_asks_does_not_decide_nor_does_whom_it_is_for(world):
    browser = world.browser(f"admin.{HOME}")
    url = f"/grave-acts/ask/reset/{world.account(f'director.{HOME}').id}"
    act = asked(browser, browser.submit(url, reason=WHY))
    assert "head office does" in browser.get(f"/grave-acts/{act}").get_data(as_text=True)
    assert may_not(world, act), "it is the director's own"
    with world.session() as s:
        s.add(Grant(user_id=world.account(f"admin.{HOME}").id, role_id=role_id(world, "saraban.director"),
                    unit_id=world.unit(), starts_on=today()))  # fmt: skip
    assert may_not(world, act, f"admin.{HOME}"), "who asked, with whatever role"
    assert state(world, act) == "asked"


def test_a_second_account_of_the_same_person_is_no_second_person(world):
    act = ask_clearance(world)
    admin = world.account(f"admin.{HOME}")
    world.owner(f"update ab_user set person_id = {admin.person_id} where username = 'director.{HOME}'")
    assert may_not(world, act)
    assert state(world, act) == "asked"


@pytest.mark.parametrize("user", ["clerk", "groupclerk", "supervisor", "groupdirector", "school", "secret", "admin"])
def test_nobody_else_consents(world, user):
    act = ask_clearance(world)
    browser = world.browser(f"{user}.{HOME}")
    assert browser.post(f"/grave-acts/{act}/consent").status_code == 403
    assert browser.post(f"/head-office/grave-acts/{act}/consent").status_code == 403
    assert state(world, act) == "asked"


def test_another_district_s_director_finds_nothing_to_decide(world):
    act = ask_clearance(world)
    assert world.browser(f"director.{OTHER}").post(f"/grave-acts/{act}/consent").status_code == 404
    assert state(world, act) == "asked"


# -- day 2 and 4: head office, the acting director --------------------------------------------------------------------


def test_head_office_consents_where_a_district_has_no_director_yet(world):
    director = world.account(f"director.{HOME}")
    world.owner(f"delete from core_grant where user_id = {director.id}")
    act = ask_role(world, "groupdirector", "saraban.director")
    assert not holds(world, "groupdirector", "saraban.director")
    obec = world.browser("obec")
    assert "สพป.เลย เขต 3" in obec.get("/head-office/grave-acts/").get_data(as_text=True)
    assert obec.get(f"/head-office/grave-acts/{act}").status_code == 200
    assert consent(world, act, "obec").page.status_code == 302
    assert holds(world, "groupdirector", "saraban.director")
    obec.get("/head-office/grave-log/")
    assert WHY in obec.text
    assert consent(world, ask_clearance(world), f"groupdirector.{HOME}").page.status_code == 302, "who then decides"


def waits_for_head_office(world, act: int) -> bool:
    obec = world.browser("obec")
    obec.get("/")
    return bool(
        obec.tree.xpath(f"//section[contains(@class,'waiting')]//a[@href='/head-office/grave-acts/{act}?queue=1']")
    )


def told_head_office(world, act: int) -> list[str]:
    with world.database.system("test") as s:
        account = world.account("obec").id
        mine = select(Notice).where(Notice.user_id == account, Notice.record_id == act, Notice.topic == "core.grave")
        return [one.label for one in s.scalars(mine)]


def test_head_office_hears_at_once_of_what_nobody_in_the_district_may_decide(world):
    """The administrator locks the director and asks: it waits for head office, on its home page and by notice."""
    admin = world.browser(f"admin.{HOME}")
    admin.post(f"/users/{world.account(f'director.{HOME}').id}/lock")
    act, role = ask_clearance(world), ask_role(world, "groupdirector", "saraban.director")
    for one in (act, role):
        assert waits_for_head_office(world, one)
        (said,) = told_head_office(world, one)
        assert "สพป.เลย เขต 3" in said
        assert "ไม่มี" in said
    obec = world.browser("obec")
    assert obec.get(f"/head-office/grave-acts/{act}").status_code == 200
    consent(world, act, "obec")
    assert not waits_for_head_office(world, act)
    admin.submit(f"/grave-acts/{role}/withdraw")
    assert not waits_for_head_office(world, role)


def test_head_office_hears_when_the_last_who_may_decide_is_gone_and_only_then(world):
    act = ask_clearance(world)
    housekeeping(world.app)
    assert not waits_for_head_office(world, act), "the director decides"
    assert told_head_office(world, act) == []
    admin, director = world.browser(f"admin.{HOME}"), world.account(f"director.{HOME}")
    admin.post(f"/users/{director.id}/lock")
    for _round in range(2):
        housekeeping(world.app)
    assert waits_for_head_office(world, act)
    assert len(told_head_office(world, act)) == 1, "once"
    with world.database.system("test") as s:
        mine = select(Notice.label).where(
            Notice.user_id == world.account("obec").id, Notice.view == "GraveLogNationView"
        )
        (said,) = s.scalars(mine)
    assert said.startswith("สพป.เลย เขต 3:"), "also where nothing is asked for"
    assert director.username in said
    yes = "true" if world.backend == "postgresql" else "1"
    world.owner(f"update ab_user set active = {yes} where id = {director.id}")
    housekeeping(world.app)
    assert not waits_for_head_office(world, act)


def test_an_acting_director_decides_in_the_director_s_absence_and_for_the_director(world):
    consent(world, ask_role(world, "groupdirector", "saraban.director", ends_on=near(7)))
    browser = world.browser(f"admin.{HOME}")
    url = f"/grave-acts/ask/reset/{world.account(f'director.{HOME}').id}"
    act = asked(browser, browser.submit(url, reason=WHY))
    assert consent(world, act, f"groupdirector.{HOME}").page.status_code == 302
    assert state(world, act) == "handed"


# -- day 3: a password that the administrator never holds ---------------------------------------------------------------


def test_a_cleared_account_s_password_is_set_by_its_owner_with_the_code_that_the_director_hands_over(world):
    admin, secret = world.browser(f"admin.{HOME}"), world.account(f"secret.{HOME}")
    admin.post(f"/users/{secret.id}/reset")
    assert "Temporary password" not in admin.get(f"/users/{secret.id}").get_data(as_text=True)
    act = asked(admin, admin.submit(f"/grave-acts/ask/reset/{secret.id}", reason=WHY))
    director = consent(world, act)
    code = code_on(director)
    for page in ("/", f"/users/{secret.id}", f"/grave-acts/{act}", "/grave-log/", "/timeline/"):
        assert code not in admin.get(page).get_data(as_text=True)
    assert code not in director.get(f"/grave-acts/{act}").get_data(as_text=True), "shown once"
    assert set_password(world, "secret", "aaaa-bbbb-cccc").page.status_code == 422
    assert set_password(world, "clerk", code).page.status_code == 422, "it opens no other account"
    assert set_password(world, "secret", code, "สั้น").page.status_code == 422
    as_typed = thai_digits(code.upper().replace("-", " "))
    assert set_password(world, "secret", as_typed).page.status_code == 302, "as one writes it off paper"
    assert set_password(world, "secret", code, "อีกครั้งหนึ่งด้วยรหัสเดิม").page.status_code == 422, "once"
    assert accounts.authenticate(world.database, f"secret.{HOME}", "ประโยคใหม่ของฉันเอง", demo=True)
    assert state(world, act) == "done"
    director.get("/notices/")
    assert "has set a password" in director.text or "ตั้งรหัสผ่าน" in director.text


def test_a_lost_code_is_replaced_and_a_withdrawn_one_worth_nothing(world):
    admin, secret = world.browser(f"admin.{HOME}"), world.account(f"secret.{HOME}")
    act = asked(admin, admin.submit(f"/grave-acts/ask/reset/{secret.id}", reason=WHY))
    first = code_on(consent(world, act))
    second = code_on(consent(world, act))
    assert first != second
    assert set_password(world, "secret", first).page.status_code == 422
    assert admin.submit(f"/grave-acts/{act}/withdraw").status_code == 302
    assert set_password(world, "secret", second).page.status_code == 422
    assert accounts.authenticate(world.database, f"secret.{HOME}", "khet-demo", demo=True), "nothing has changed"


def test_guessing_codes_is_limited(world):
    codes = [set_password(world, "secret", f"aaaa-bbbb-{n:04}").page.status_code for n in range(9)]
    assert codes == [422] * 8 + [429]
    last = set_password(world, "secret", "aaaa-bbbb-cccc")
    assert any("กรุณารอ" in error for error in last.errors())
    assert last.tree.xpath("string(//input[@name='username']/@value)") == f"secret.{HOME}"


def test_an_office_that_sets_its_passwords_in_one_morning_is_not_slowed(world, monkeypatch):
    """Behind one address: a right code is no guess, neither is a password that is refused as too weak, and wrong codes
    count for their account alone."""
    monkeypatch.setattr(throttle, "OWNER_CODE", throttle.parse_many("1 per hour"))
    for name, by in (("secret", f"director.{HOME}"), ("director", "obec")):
        admin, url = world.browser(f"admin.{HOME}"), f"/grave-acts/ask/reset/{world.account(f'{name}.{HOME}').id}"
        code = code_on(consent(world, asked(admin, admin.submit(url, reason=WHY)), by))
        assert set_password(world, name, code, "1234567890").page.status_code == 422
        assert set_password(world, name, code).page.status_code == 302
    assert [set_password(world, "secret", "aaaa-bbbb-cccc").page.status_code for _n in range(2)] == [422, 429]
    assert set_password(world, "clerk", "aaaa-bbbb-cccc").page.status_code == 422


def test_an_account_that_the_administrator_made_carries_no_grave_right_with_the_password_that_they_know(world):
    """The second account: the right holds once the real owner has set a password that nobody else knows."""
    admin = world.browser(f"admin.{HOME}")
    admin.submit("/users/new", name="somchai", first_name="สมชาย", last_name="ใจดี")
    known = re.search(r"somchai\.loei3: ([a-z0-9-]{14})", admin.get("/").get_data(as_text=True))
    assert known
    act = ask_clearance(world, "somchai")
    code = code_on(consent(world, act))
    assert world.account(f"somchai.{HOME}").clearance == 0
    assert state(world, act) == "handed"
    assert set_password(world, "somchai", code).page.status_code == 302
    assert world.account(f"somchai.{HOME}").clearance == 3
    assert accounts.authenticate(world.database, f"somchai.{HOME}", known[1], demo=True) is None
    assert state(world, ask_role(world, "somchai", "saraban.secret_registrar")) == "asked"


def test_who_has_shown_to_own_the_account_needs_no_second_code(world):
    real(world, "clerk")
    admin = world.browser(f"admin.{HOME}")
    set_password(world, "clerk", code_on(consent(world, ask_clearance(world))))
    assert world.account(f"clerk.{HOME}").clearance == 3
    admin.submit(f"/users/{world.account(f'clerk.{HOME}').id}/edit", clearance="0")
    consent(world, ask_clearance(world, level=2))
    assert world.account(f"clerk.{HOME}").clearance == 2, "at once"
    admin.submit(f"/users/{world.account(f'clerk.{HOME}').id}/edit", clearance="0")
    admin.post(f"/users/{world.account(f'clerk.{HOME}').id}/reset")
    consent(world, ask_clearance(world))
    assert world.account(f"clerk.{HOME}").clearance == 0, "an administrator has known the password since"


def test_one_code_opens_all_that_was_consented_to_and_what_became_impossible_locks_nobody_out(world):
    real(world, "clerk")
    gone = ask_role(world, "clerk", "saraban.secret_registrar", ends_on=near(1))
    first = code_on(consent(world, gone))
    act = ask_clearance(world)
    second = code_on(consent(world, act))
    back = ask_clearance(world, level=2)
    third = code_on(consent(world, back))
    assert set_password(world, "clerk", first).page.status_code == 422, "the newest code stands for all"
    assert set_password(world, "clerk", second).page.status_code == 422
    assert world.browser(f"admin.{HOME}").submit(f"/grave-acts/{back}/withdraw").status_code == 302
    with world.session() as s:
        row = s.get_one(GraveAct, gone)
        row.facts = {**row.facts, "ends_on": (today() - timedelta(days=1)).isoformat()}
    assert set_password(world, "clerk", third).page.status_code == 302
    assert world.account(f"clerk.{HOME}").clearance == 3
    assert not holds(world, "clerk", "saraban.secret_registrar")


def test_a_reset_waits_for_the_consent_that_is_just_given(world):
    """PostgreSQL: without the wait the temporary password that an administrator reads would open a cleared account."""
    real(world, "clerk")
    clerk = world.account(f"clerk.{HOME}").id
    began, refused = threading.Event(), []

    def reset() -> None:
        began.wait(20)
        with world.session(user=f"admin.{HOME}") as s:
            try:
                accounts.reset_password(s, s.get_one(Account, clerk))
            except RuleError as error:
                refused.append(str(error))

    other = threading.Thread(target=reset)
    other.start()
    with world.session(user=f"director.{HOME}") as s:
        account = s.get_one(Account, clerk)
        accounts.hold(s, account)
        began.set()
        time.sleep(1)
        accounts.set_clearance(s, account, 3, consented=True)
    other.join(60)
    assert refused, "it holds grave rights by then"


def planted(world, name: str) -> dict[str, str]:
    """What whoever knows the account's password leaves behind: an app, a passkey, recovery codes, a session, a token."""
    user = f"{name}.{HOME}"
    secret, codes = enrolled(world, user)
    with world.session(user=user) as s:
        columns = {"credential": "x", "credential_hash": "x", "sign_count": 0, "secret": "x"}
        factors.add_passkey(s, s.get_one(Account, world.account(user).id), "กุญแจ", columns)
    world.owner(f"update ab_user set mail_address = 'elsewhere@example.go.th' where username = '{user}'")
    return {"secret": secret, "recovery": codes[0], "token": world.token(user)}


def opened_by(world, name: str, things: dict[str, str], inside: Browser) -> list[str]:
    """Which of the planted things still open anything."""
    account = world.account(f"{name}.{HOME}")
    header, key = {"Authorization": f"Bearer {things['token']}"}, world.khet.settings.secret_key
    tries = {
        "session": inside.get("/").status_code == 200,
        "token": world.app.test_client().get("/api/v1/schools/", headers=header).status_code != 401,
        "passkey": factors.passkey_called(world.database, "x") is not None,
        "recovery": factors.take_code(world.database, account, things["recovery"], key),
        "e-mail": account.mail_address != "",
        "app": factors.take_code(world.database, account, pyotp.TOTP(things["secret"]).now(), key),
    }
    return [what for what, opens in tries.items() if opens]


def test_what_was_planted_before_the_right_opens_nothing_once_the_owner_has_used_the_code(world):
    """An administrator knew the first password: whatever they added with it must not be cleared with the account."""
    real(world, "clerk")
    things, act = planted(world, "clerk"), ask_clearance(world)
    inside = world.browser(f"clerk.{HOME}")
    assert "thrown out" in world.browser(f"director.{HOME}").get(f"/grave-acts/{act}/consent").get_data(as_text=True)
    code = code_on(consent(world, act))
    assert opened_by(world, "clerk", {**things, "recovery": "x"}, inside), "until then it is an ordinary account"
    owner = set_password(world, "clerk", code)
    assert world.account(f"clerk.{HOME}").clearance == 3
    assert opened_by(world, "clerk", things, inside) == []
    owner.get("/login/")
    assert "ถูกยกเลิกแล้ว" in owner.text
    owner.submit("/login/", username=f"clerk.{HOME}", password="ประโยคใหม่ของฉันเอง")
    assert owner.get("/").status_code == 200, "no factor of somebody else shuts the owner out"


def test_a_consented_reset_throws_out_what_was_planted_as_well(world):
    real(world, "secret")
    things, admin = planted(world, "secret"), world.browser(f"admin.{HOME}")
    inside = world.browser(f"secret.{HOME}")
    url = f"/grave-acts/ask/reset/{world.account(f'secret.{HOME}').id}"
    code = code_on(consent(world, asked(admin, admin.submit(url, reason=WHY))))
    set_password(world, "secret", code)
    assert opened_by(world, "secret", things, inside) == []


def test_whose_password_an_administrator_gave_needs_the_code_whoever_s_place_is_taken(world):
    """Standing in for somebody cleared makes an account grave; the password is known all the same."""
    real(world, "groupclerk")
    world.owner(f"update ab_user set clearance = 2 where username = 'groupdirector.{HOME}'")
    zed, why = world.account(f"groupclerk.{HOME}").id, world.account(f"groupdirector.{HOME}").id
    with world.session() as s:
        s.add(Grant(user_id=zed, role_id=role_id(world, "core.staff"), unit_id=world.unit(), starts_on=today(),
                    ends_on=today() + timedelta(days=9), stands_in_for_id=why))  # fmt: skip
    act = ask_clearance(world, "groupclerk")
    consent(world, act)
    assert (state(world, act), world.account(f"groupclerk.{HOME}").clearance) == ("handed", 0)


@pytest.mark.parametrize("starts", [-1, 3])
def test_who_was_given_a_place_by_one_alone_leaves_it_when_it_becomes_grave(world, starts):
    clerk, admin = world.account(f"clerk.{HOME}").id, world.browser(f"admin.{HOME}")
    place = {"stands_in_for_id": str(clerk), "starts_on": near(starts), "ends_on": near(20), "reason": WHY}
    address = f"/users/{world.account(f'groupclerk.{HOME}').id}/grants/new"
    typed = {"role_id": str(role_id(world, "core.staff")), "unit_id": str(world.unit()), **place}
    assert admin.submit(address, **typed).location.startswith("/users/"), "an ordinary place is given alone"
    consent(world, ask_clearance(world))
    with world.session() as s:
        (grant,) = s.scalars(select(Grant).where(Grant.stands_in_for_id == clerk))
        assert not any(grant.in_force(today() + timedelta(days=n)) for n in range(20))
    assert world.count("core_grave_log", "action = 'place_ended'") == 1
    act = ask_role(world, "groupclerk", "core.staff", **place)
    consent(world, act)
    consent(world, ask_role(world, "clerk", "saraban.secret_registrar"))
    assert world.count("core_grave_log", "action = 'place_ended'") == 1, "what two have given stays"


def test_an_account_that_is_given_another_name_is_proven_anew(world):
    """Proven by one person, renamed to another: the director would consent for whom the name says."""
    real(world, "clerk")
    admin, clerk = world.browser(f"admin.{HOME}"), world.account(f"clerk.{HOME}")
    set_password(world, "clerk", code_on(consent(world, ask_clearance(world))))
    admin.submit(f"/users/{clerk.id}/edit", clearance="0", first_name="อีกคน")
    act = ask_clearance(world)
    consent(world, act)
    assert (state(world, act), world.account(f"clerk.{HOME}").clearance) == ("handed", 0)


# -- roles that decide or sign: given by one, told to the director ----------------------------------------------------


def told(world, name: str = "director") -> list[str]:
    """What the log of grave rights has told an account, the first said first; then it is read."""
    browser = world.browser(f"{name}.{HOME}", locale="en")
    with world.session() as s:
        user = s.scalars(select(Account).where(Account.username == f"{name}.{HOME}")).one()
        unread = select(Notice).where(Notice.user_id == user.id, Notice.topic == "core.grave", Notice.read_at.is_(None))
        found = list(s.scalars(unread.order_by(Notice.id)))
        for one in found:
            one.read_at = utc_now()
    browser.get("/notices/")
    assert all(one.label in browser.text for one in found)
    return [one.label for one in found]


def test_a_role_that_decides_is_given_alone_and_told_to_the_director(world):
    """The administrator's puppet: an account of their own making that approves, by whatever door."""
    admin = world.browser(f"admin.{HOME}")
    world.owner("update ab_user set locale = 'en'")
    admin.submit("/users/new", name="puppet", first_name="หุ่น", last_name="เชิด")
    puppet = world.account(f"puppet.{HOME}").id

    def give(key, **more):
        typed = {"role_id": str(role_id(world, key)), "unit_id": str(world.unit()), "starts_on": near(), "reason": WHY}
        return admin.submit(f"/users/{puppet}/grants/new", **{**typed, **more}).location

    assert give("core.staff").startswith("/users/")
    assert told(world) == [], "an ordinary role is nobody's business"
    assert give("service_request.director").startswith("/users/")
    assert [("gives" in said, "Approves services" in said) for said in told(world)] == [(True, True)]
    director = world.browser(f"director.{HOME}")
    director.get("/grave-log/")
    assert WHY in director.text
    assert world.count("core_notice", f"user_id = {puppet} and topic = 'core.grave'") == 1, "its owner reads it, too"
    admin.post(f"/users/{puppet}/reset")
    admin.post(f"/users/{puppet}/lock")
    admin.post(f"/users/{puppet}/lock")
    admin.submit(f"/users/{puppet}/edit", first_name="ผู้อื่น")
    (grant,) = (row.id for row in grants_of(world, puppet) if row.role.key == "service_request.director")
    admin.post(f"/users/{puppet}/grants/{grant}/end")
    words = ("temporary password", "locks", "unlocks", "changes the name", "ends")
    found = told(world)
    assert len(found) == len(words), found
    assert all(word in said for word, said in zip(words, found, strict=True))
    admin.post(f"/users/{puppet}/reset")
    assert told(world) == [], "it decides no more"
    place = str(world.account(f"groupdirector.{HOME}").id)
    assert give("core.staff", stands_in_for_id=place, ends_on=near(5)).startswith("/users/")
    assert ["in the place of" in said for said in told(world)] == [True]
    (grant,) = (row.id for row in grants_of(world, puppet) if row.stands_in_for_id)
    admin.post(f"/users/{puppet}/grants/{grant}/end")
    admin.post(f"/users/{puppet}/grants/{grant}/end")
    (said,) = told(world)
    assert re.search("ends for .*in the place of", said), "a role that decides nothing, in a place that does"


def test_who_takes_a_place_decides_with_what_the_place_is_given_later_and_that_is_told(world):
    """The administrator lets a puppet take a clerk's place, and then gives the clerk what decides."""
    admin, puppet, clerk = world.browser(f"admin.{HOME}"), *(f"{name}.{HOME}" for name in ("groupclerk", "clerk"))
    world.owner("update ab_user set locale = 'en'")

    def give(name, key, code=HOME, **more):
        typed = {"role_id": str(role_id(world, key)), "unit_id": str(world.unit()), "starts_on": near(), "reason": WHY}
        return admin.submit(f"/users/{world.account(name).id}/grants/new", **{**typed, **more}).location

    def end(name, **facts):
        for row in grants_of(world, world.account(name).id):
            if row.ended_at is None and all(getattr(row, key) == value for key, value in facts.items()):
                admin.post(f"/users/{row.user_id}/grants/{row.id}/end")

    place = world.account(clerk).id
    give(puppet, "core.staff", stands_in_for_id=str(place), ends_on=near(5))
    assert told(world) == []
    give(clerk, "service_request.director", ends_on=near(20))
    own, theirs = told(world)
    assert f"({clerk}), alone" in own
    last = f"{today() + timedelta(days=5):%-d %b %Y}"
    assert all(word in theirs for word in (f"({puppet}), too", "Approves services", f"until {last}", f"({clerk})"))
    assert told(world, "groupclerk")[-1] == theirs, "who decides now reads it, too"
    end(clerk, role_id=role_id(world, "service_request.director"))
    assert [f"ends for {world.khet.actor(world.account(name).id).name}" in said
            for name, said in zip((clerk, puppet), told(world), strict=True)] == [True, True]  # fmt: skip
    end(puppet, stands_in_for_id=place)
    assert told(world) == [], "a place that decides nothing any more"
    consent(world, ask_clearance(world))
    consent(world, ask_role(world, "groupclerk", "core.staff", stands_in_for_id=str(place), ends_on=near(5)))
    told(world)
    consent(world, ask_role(world, "clerk", "saraban.director"))
    assert any(f"({puppet}), too" in said for said in told(world, "groupclerk")), "given by two, it is told as well"


def grants_of(world, user_id: int) -> list[Grant]:
    with world.session() as s:
        found = list(s.scalars(select(Grant).where(Grant.user_id == user_id)))
        assert all(one.role.key for one in found)
        return found


def test_another_name_or_person_of_an_account_is_told_with_what_it_was(world):
    """The director finds whom the account was of before, without asking who remembers."""
    admin = world.browser(f"admin.{HOME}")
    head, clerk = (world.account(f"{name}.{HOME}") for name in ("groupdirector", "clerk"))
    world.owner("update ab_user set locale = 'en'")
    with world.session() as s:
        people = list(s.scalars(select(Person).where(Person.id.not_in([head.person_id or 0])).order_by(Person.id)))[:2]
        names = [one.full_name for one in people]
        s.get_one(Account, head.id).person_id = people[0].id
    typed = {"first_name": "อีกคน", "last_name": "อื่น", "person_id": str(people[1].id), "clearance": "0"}
    assert admin.submit(f"/users/{head.id}/edit", **typed).status_code == 302
    (said,) = told(world)
    was = f"{head.first_name} {head.last_name}"
    assert f"name “{was}”, now “อีกคน อื่น”, person “{names[0]}”, now “{names[1]}”" in said
    assert told(world, "groupdirector") == [said], "its owner reads the same"
    page = admin.get(f"/users/{head.id}").get_data(as_text=True)
    assert all(name in page for name in (was.partition(" ")[0], "อีกคน", *names)), "the account's history, too"
    typed = {"first_name": clerk.first_name, "last_name": "อื่น", "clearance": "0"}
    admin.submit(f"/users/{clerk.id}/edit", **typed)
    assert told(world) == [], "an ordinary account: its owner alone"
    with world.session() as s:
        (own,) = s.scalars(select(Notice.label).where(Notice.user_id == clerk.id, Notice.topic == "core.account"))
    assert f"name “{clerk.first_name} {clerk.last_name}”, now “{clerk.first_name} อื่น”" in own


def test_a_second_account_of_the_administrator_s_own_person_is_their_own(world):
    person = world.account(f"groupclerk.{HOME}").person_id
    world.owner(f"update ab_user set person_id = {person} where username = 'admin.{HOME}'")
    ask_role(world, "groupclerk", "core.staff")


def test_of_roles_that_decide_in_a_file_the_director_is_told_once(world):
    from core.exchange.imports import console

    title = str(ROLES["saraban.group_director"].title)
    with world.session() as s:
        unit = s.scalars(select(Unit.name).where(Unit.kind == "group").order_by(Unit.id)).first()
    table = world.khet.settings.data_dir / "users.csv"
    rows = [f"head{n},หัวหน้า,{n},{title},{unit}" for n in range(3)]
    table.write_text("\n".join(["username,first name,last name,role,unit", *rows]), encoding="utf-8")
    batch, refused = console.run(world.app, world.district_id(), "core.users", table, {})
    assert (batch.taken, refused) == (3, [])
    assert ["(3 คน)" in said for said in told(world)] == [True]


#: verbs by which a right is known to decide or to sign
DECIDES = {"approve", "consider", "consent", "decide", "direct", "refuse", "sign", "verify"}


def test_every_right_to_decide_is_declared_as_one():
    rights = {right for role in ROLES.values() for right in role.rights if right[0] in DECIDES}
    assert rights <= permissions.APPROVING | permissions.GRAVE
    assert len(rights) > 8
    assert {verb for verb, _resource in permissions.APPROVING} <= DECIDES, "a verb of another name is told here as well"


# -- day 5, 6 and 8: what takes away needs nobody -----------------------------------------------------------------------


def test_lowering_ending_and_locking_need_nobody_and_are_told(world):
    admin, secret = world.browser(f"admin.{HOME}"), world.account(f"secret.{HOME}")
    with world.session() as s:
        grants = s.scalars(select(Grant.id).where(Grant.user_id == secret.id)).all()
    assert admin.submit(f"/users/{secret.id}/edit", clearance="1").status_code == 302
    for grant in grants:
        admin.post(f"/users/{secret.id}/grants/{grant}/end")
    admin.post(f"/users/{secret.id}/lock")
    assert not world.account(f"secret.{HOME}").active
    for action in ("lowered", "ended", "locked"):
        assert world.count("core_grave_log", f"action = '{action}' and user_id = {secret.id}") == 1, action
    director = world.account(f"director.{HOME}")
    assert world.count("core_notice", f"user_id = {director.id} and topic = 'core.grave'") == 3


def test_unlocking_who_holds_grave_rights_wants_a_second_person(world):
    admin, secret = world.browser(f"admin.{HOME}"), world.account(f"secret.{HOME}")
    admin.post(f"/users/{secret.id}/lock")
    admin.post(f"/users/{secret.id}/lock")
    assert not world.account(f"secret.{HOME}").active
    act = asked(admin, admin.submit(f"/grave-acts/ask/unlock/{secret.id}", reason=WHY))
    consent(world, act)
    assert world.account(f"secret.{HOME}").active
    clerk = world.account(f"clerk.{HOME}")
    admin.post(f"/users/{clerk.id}/lock")
    admin.post(f"/users/{clerk.id}/lock")
    assert world.account(f"clerk.{HOME}").active, "an ordinary account is unlocked as before"


def test_who_moves_away_holds_nothing_any_more(world):
    act = ask_clearance(world, "clerk")
    secret = world.account(f"secret.{HOME}")
    admin = world.browser(f"admin.{HOME}")
    assert admin.post(f"/users/{secret.id}/leave").status_code == 302
    assert world.account(f"secret.{HOME}").clearance == 0
    with world.session() as s:
        assert not any(grant.in_force(today()) for grant in s.scalars(select(Grant).where(Grant.user_id == secret.id)))
    admin.post(f"/users/{world.account(f'clerk.{HOME}').id}/leave")
    assert state(world, act) == "withdrawn"


# -- day 7: ways round --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", GRAVE_ROLES)
def test_every_role_with_a_grave_right_wants_consent(world, key):
    act = ask_role(world, "groupclerk", key)
    assert not holds(world, "groupclerk", key)
    consent(world, act)
    assert holds(world, "groupclerk", key)


def test_the_grave_rights_are_these():
    """Whoever may consent, administer, keep or break open secrets; a new one is added in permissions and here."""
    assert GRAVE_ROLES == [
        "core.district_admin", "saraban.director", "saraban.emergency", "saraban.secret_registrar",
    ]  # fmt: skip


def test_a_role_whose_rights_grew_is_grave_whatever_its_name(standing):
    """Rights are asked of the database, where sync-roles wrote them: a plugin's role of any name counts."""
    world, _ = standing("as it comes", lambda w: None)
    with world.session() as s:
        found = rules.grave_roles(s)
    wanted = {role_id(world, key) for key, role in ROLES.items() if role.rights & permissions.GRAVE}
    assert found == wanted


def test_no_page_makes_a_role_or_changes_its_rights():
    """Roles are code: the only page about them lets head office allow or forbid giving one."""
    from flask_appbuilder.security.sqla.models import Role

    assert not [view for view in KHET.views.values() if getattr(view, "model", None) is Role]


@pytest.mark.parametrize("key", ["service_request.supervisor", "saraban.reader", "core.staff"])
def test_an_administrator_gives_themselves_nothing_alone(world, key):
    act = ask_role(world, "admin", key)
    assert not holds(world, "admin", key)
    consent(world, act)
    assert holds(world, "admin", key)


def test_an_administrator_does_not_raise_the_own_clearance(world):
    browser, admin = world.browser(f"admin.{HOME}"), world.account(f"admin.{HOME}")
    assert browser.submit(f"/users/{admin.id}/edit", clearance="3").status_code == 422
    clerk = world.account(f"clerk.{HOME}")
    assert browser.submit(f"/users/{clerk.id}/edit", clearance="3").status_code == 422
    browser.submit("/users/new", name="neu", first_name="ก", last_name="ข", clearance="3")
    assert world.account(f"neu.{HOME}").clearance == 0
    assert world.account(f"admin.{HOME}").clearance == 0


def test_taking_the_place_of_who_holds_a_grave_right_is_grave(world):
    secret = world.account(f"secret.{HOME}")
    more = {"stands_in_for_id": str(secret.id), "ends_on": near(5)}
    ask_role(world, "groupclerk", "core.staff", **more)
    assert not world.count("core_grant", f"stands_in_for_id = {secret.id}")


def test_services_refuse_whoever_calls_them(world):
    """No page, importer or API can pass: the rule stands where the rows are written."""
    unit, ids = world.unit(), [role_id(world, key) for key in GRAVE_ROLES]
    with world.session(user=f"admin.{HOME}") as s:
        clerk = s.scalars(select(Account).where(Account.username == f"clerk.{HOME}")).one()
        secret = s.scalars(select(Account).where(Account.username == f"secret.{HOME}")).one()
        for one in ids:
            with pytest.raises(RuleError, match="second person"):
                accounts.add_grant(s, clerk, one, unit, starts_on=today(), ends_on=None)
        with pytest.raises(RuleError):
            accounts.reset_password(s, secret)
        with pytest.raises(RuleError):
            accounts.set_clearance(s, clerk, 1)


def test_what_is_asked_is_asked_anew_of_the_rules_when_it_is_consented_to(world):
    act = ask_role(world, "clerk", "saraban.secret_registrar")
    obec = world.browser("obec")
    obec.post(f"/head-office/roles/{role_id(world, 'saraban.secret_registrar')}", {"on": "0"})
    assert consent(world, act).page.status_code == 422
    assert not holds(world, "clerk", "saraban.secret_registrar")
    assert state(world, act) == "asked"


def test_an_import_of_users_brings_no_grave_role_and_says_why(world):
    from core.exchange.imports import console

    title = str(ROLES["saraban.secret_registrar"].title)
    table = world.khet.settings.data_dir / "users.csv"
    rows = f"username,first name,last name,role,unit\nsomsri,สมศรี,ก,{title},สำนักงาน\nsomsak,สมศักดิ์,ข,,\n"
    table.write_text(rows, encoding="utf-8")
    batch, refused = console.run(world.app, world.district_id(), "core.users", table, {})
    assert [(line, "second person" in reason or "บุคคลที่สอง" in reason) for line, reason in refused] == [(2, True)]
    assert (batch.bad, batch.taken) == (1, 1)
    assert world.count("ab_user", "username like 'somsri.%'") == 0


def test_the_operator_is_the_second_person_where_there_is_no_other(world, monkeypatch):
    """A first set-up has neither director nor head office: the command at the server makes the one or consents."""
    monkeypatch.setattr(cli, "opened", lambda: (world.app, world.khet))
    run = CliRunner().invoke
    act = ask_clearance(world)
    assert WHY in run(cli.main, ["grave-acts"]).output
    done = run(cli.main, ["grave-acts", "--consent", str(act)])
    assert "It holds." in done.output, done.output
    assert world.account(f"clerk.{HOME}").clearance == 3
    made = [
        "create-admin",
        "--district",
        HOME,
        "--name",
        "boss",
        "--role",
        "saraban.director",
        "--password",
        "ประโยคยาวพอ",
    ]
    assert run(cli.main, made).exit_code == 0
    assert holds(world, "boss", "saraban.director")
    consent(world, ask_clearance(world, "groupclerk"), f"boss.{HOME}")
    assert world.account(f"groupclerk.{HOME}").clearance == 3
    wrong = [
        "create-admin",
        "--district",
        HOME,
        "--name",
        "x",
        "--role",
        "core.head_office",
        "--password",
        "ประโยคยาวพอ",
    ]
    assert run(cli.main, wrong).exit_code == 1, "a district has no head office of its own"
    assert world.count("core_grave_log", "action = 'made'") == 1


# -- the log ------------------------------------------------------------------------------------------------------------


def test_the_log_can_be_read_by_the_administrator_and_changed_by_nobody(world):
    ask_clearance(world)
    admin = world.browser(f"admin.{HOME}")
    admin.get("/grave-log/")
    assert WHY in admin.text
    number = admin.tree.xpath("//a[contains(@href,'/grave-log/')]/@href")[-1].rpartition("/")[2]
    for path in ("edit", "delete", "cell"):
        assert admin.post(f"/grave-log/{number}/{path}").status_code in (404, 405)
    for statement in ("update core_grave_log set note = ''", "delete from core_grave_log"):
        with pytest.raises(DBAPIError), world.database.system_engine.begin() as connection:
            connection.execute(text(statement))


def test_a_notice_of_a_grave_right_cannot_be_switched_off(world):
    director = world.browser(f"director.{HOME}")
    director.submit("/notices/choices", **{"topic-core.grave": "off"})
    ask_clearance(world)
    account = world.account(f"director.{HOME}")
    assert world.count("core_notice", f"user_id = {account.id} and topic = 'core.grave'") == 1


def test_one_s_own_page_shows_only_one_s_own(world):
    act = ask_clearance(world, "groupclerk")
    clerk = world.browser(f"clerk.{HOME}")
    clerk.get("/my-rights/")
    assert WHY not in clerk.text
    assert clerk.get(f"/grave-acts/{act}").status_code == 403
    own = world.browser(f"groupclerk.{HOME}")
    own.get("/my-rights/")
    assert WHY in own.text


@pytest.mark.parametrize("days", [0, 13])
def test_a_request_is_open_for_two_weeks(world, days):
    act = ask_clearance(world)
    with world.database.system("test") as s:
        found = s.get_one(GraveAct, act)
        assert found.open_at(utc_now() + timedelta(days=days))
        assert not found.open_at(utc_now() + timedelta(days=15))


def test_long_logs_are_read_page_by_page_though_their_numbers_follow_no_order(world):
    from core.platform.dual_control import log

    clerk = world.account(f"clerk.{HOME}").id
    with world.session(user=f"admin.{HOME}") as s:
        row = s.get_one(Account, clerk)
        for number in range(120):
            log.line(s, "locked", row, note=f"เหตุที่ {number:03}.")
    for name, page, more in (("director", "/grave-log/", "after="), ("clerk", "/my-rights/", "before=")):
        browser, found = world.browser(f"{name}.{HOME}"), []
        while page:
            browser.get(page)
            found += re.findall(r"เหตุที่ (\d+)\.", browser.text)
            links = browser.tree.xpath(f"//main//a[contains(@href, '{more}')]/@href")
            page = urljoin(page, links[0]) if links else ""
        assert found == [f"{number:03}" for number in reversed(range(120))]


def test_what_housekeeping_tells_is_said_in_the_reader_s_language(world):
    act = ask_clearance(world)
    world.owner(f"update core_grave_act set expires_at = '2020-01-01 00:00:00' where id = {act}")
    housekeeping(world.app)
    with world.database.system("test") as s:
        mine = select(Notice).where(Notice.user_id == world.account(f"clerk.{HOME}").id).order_by(Notice.id.desc())
        said = s.scalars(mine).first().label
    assert "ไม่มี" in said
    assert "Nobody" not in said


def test_the_longest_name_and_login_fit_into_the_log(world):
    """A name of 64 and 64 letters with a login of 64: the login stands whole, it tells two of one name apart."""
    clerk = world.account(f"clerk.{HOME}")
    long = f"{'a' * 58}.{HOME}"
    with world.session() as s:
        account = s.get_one(Account, clerk.id)
        account.first_name, account.last_name, account.username = "ก" * 64, "ข" * 64, long
    admin = world.browser(f"admin.{HOME}")
    asked(admin, admin.submit(f"/grave-acts/ask/clearance/{clerk.id}", level="3", reason=WHY))
    with world.session() as s:
        said = s.scalars(select(GraveAct).order_by(GraveAct.id.desc())).first().user_name
    assert len(said) <= 150
    assert said.endswith(f"({long})")
