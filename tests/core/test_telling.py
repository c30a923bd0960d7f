"""Whose account it is hears of whatever others do to it, and of whatever opens it from then on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.text.thai import today
from core.platform.accounts import notify
from core.platform.masterdata.models import Unit
from core.platform.notices.models import Delivery, Notice
from core.platform.users.models import Grant
from tests.core.test_factors import code, enrolled, office  # noqa: F401 – the fixture
from tests.core.test_grave import ask_clearance, ask_role, code_on, consent, role_id, set_password
from tests.support import HOME, near

CLERK, ADMIN, STAND_IN = f"clerk.{HOME}", f"admin.{HOME}", f"groupclerk.{HOME}"
MAIL = "clerk@example.go.th"


def heard(world, user: str = CLERK) -> list[str]:
    """What the notices about the own account say."""
    account = world.account(user)
    with world.database.system("test") as session:
        mine = select(Notice).where(Notice.user_id == account.id, Notice.topic == notify.TOPIC).order_by(Notice.id)
        return [one.label for one in session.scalars(mine)]


def mailed(world) -> list[Delivery]:
    with world.database.system("test") as session:
        return list(session.scalars(select(Delivery).where(Delivery.address == MAIL).order_by(Delivery.id)))


def by_admin(world, step: str, **typed) -> None:
    path = f"/users/{world.account(CLERK).id}/{step}"
    admin = world.browser(ADMIN)
    answer = admin.submit(path, **typed) if typed else admin.post(path)
    assert answer.status_code == 302, admin.errors()


def lock(world) -> None:
    by_admin(world, "lock")


def unlock(world) -> None:
    by_admin(world, "lock")
    by_admin(world, "lock")


def rename(world) -> None:
    account = world.account(CLERK)
    by_admin(world, "edit", first_name="อีกคน", last_name=account.last_name, clearance="0")


def reset_factors(world) -> None:
    enrolled(world)
    by_admin(world, "factors/reset")


def new_token(world) -> None:
    clerk = world.browser(CLERK)
    page = clerk.get("/api/tokens/")
    assert page.status_code == 200
    scope = clerk.tree.xpath("string(//input[@name='scopes']/@value)")
    answer = clerk.submit("/api/tokens/", name="ระบบอื่น", scopes=[scope], ends_on=near(30))
    assert answer.status_code == 302, clerk.errors()


def revoke(world) -> None:
    new_token(world)
    with world.database.system("test") as session:
        from core.exchange.api.models import ApiToken

        token = session.scalars(select(ApiToken.id).order_by(ApiToken.id.desc())).first()
    by_admin(world, f"tokens/{token}/revoke")


def new_app(world) -> None:
    enrolled(world)


def new_passkey(world) -> None:
    from core.platform.accounts.factors import services
    from core.platform.users.models import Account

    with world.session(user=CLERK) as session:
        columns = {"credential": "x", "credential_hash": "x", "sign_count": 0, "secret": "x"}
        services.add_passkey(session, session.get(Account, world.account(CLERK).id), "กุญแจ", columns)


def remove_factor(world) -> None:
    enrolled(world)
    with world.database.system("test") as session:
        from core.platform.users.factors import Factor

        factor = session.scalars(select(Factor.id)).one()
    assert world.browser(CLERK).post(f"/security/factors/{factor}/remove").status_code == 302


def new_codes(world) -> None:
    enrolled(world)
    assert world.browser(CLERK).post("/security/factors/codes/new").status_code == 302


def new_password(world) -> None:
    new = "ประโยคใหม่ของฉันเอง"
    clerk = world.browser(CLERK)
    assert clerk.submit("/password/", old_password="khet-demo", password=new, again=new).status_code == 302


def new_password_by_code(world) -> None:
    assert set_password(world, "clerk", code_on(consent(world, ask_clearance(world)))).page.status_code == 302


def new_address(world) -> None:
    clerk = world.browser(CLERK)
    assert clerk.submit("/security/address", mail_address="elsewhere@example.go.th").status_code == 302, clerk.errors()


def give_place(world) -> None:
    typed = {"role_id": str(role_id(world, "core.staff")), "unit_id": str(world.unit()), "starts_on": near()}
    admin = world.browser(ADMIN)
    address = f"/users/{world.account(STAND_IN).id}/grants/new"
    answer = admin.submit(address, **typed, ends_on=near(5), stands_in_for_id=str(world.account(CLERK).id))
    assert answer.location.startswith("/users/"), admin.errors()


def end_place(world) -> None:
    give_place(world)
    stand_in = world.account(STAND_IN).id
    with world.session() as session:
        grant = session.scalars(select(Grant.id).where(Grant.stands_in_for_id.is_not(None))).one()
    assert world.browser(ADMIN).post(f"/users/{stand_in}/grants/{grant}/end").status_code == 302


def close_unit(world) -> None:
    clerk = world.account(CLERK).id
    with world.session() as session:
        group = session.scalars(select(Unit.id).where(Unit.kind == "group").order_by(Unit.id)).first()
        held = session.scalars(select(Grant).where(Grant.user_id == clerk)).first()
        session.add(Grant(user_id=clerk, role_id=held.role_id, unit_id=group, starts_on=held.starts_on))
    admin = world.browser(ADMIN)
    admin.confirm(f"/units/{group}/edit", active=None)
    assert admin.page.status_code == 302, admin.errors()


def open_unit(world) -> None:
    close_unit(world)
    with world.session() as session:
        group = session.scalars(select(Unit.id).where(Unit.active.is_(False))).one()
    assert world.browser(ADMIN).confirm(f"/units/{group}/edit", active="y").status_code == 302


ACTS = {
    "mail_address": new_address,
    "password_reset": lambda world: by_admin(world, "reset"), "locked": lock, "unlocked": unlock, "renamed": rename,
    "factors_reset": reset_factors, "token_made": new_token, "token_revoked": revoke, "app_added": new_app,
    "passkey_added": new_passkey, "factor_removed": remove_factor, "codes_made": new_codes,
    "password_changed": new_password, "code_used": new_password_by_code,
    "place_given": give_place, "place_ended": end_place, "unit_closed": close_unit, "unit_opened": open_unit,
}  # fmt: skip


def test_every_kind_of_act_is_tried():
    assert set(ACTS) == set(notify.BY_OTHERS) | set(notify.ALWAYS)


@pytest.mark.parametrize("act", ACTS)
def test_the_owner_is_told_in_the_page_and_by_mail(office, act):  # noqa: F811
    """Whatever was chosen for notices: who takes an account over would choose silence first."""
    office.owner(f"update ab_user set mail_address = '{MAIL}', locale = 'en' where username = '{CLERK}'")
    names = [office.khet.actor(office.account(user).id).name for user in (ADMIN, CLERK)]
    ACTS[act](office)
    said = heard(office)
    wanted = re.split(r"%\((?:who|what)\)s", str({**notify.BY_OTHERS, **notify.ALWAYS}[act]))[0]
    assert any(said[-1].startswith(wanted.replace("%(by)s", name)) for name in names)
    last = mailed(office)[-1]
    assert (last.subject, last.digest, last.view) == (said[-1], False, "SecurityView")


@pytest.mark.parametrize(
    "change", [lambda world: consent(world, ask_clearance(world)), unlock], ids=["raised", "locked"]
)
def test_whose_access_for_other_systems_ends_with_it_reads_which(world, change):
    world.owner("update ab_user set locale = 'en'")
    new_token(world)
    change(world)
    ended = [one for one in heard(world) if "has ended: ระบบอื่น" in one]
    assert len(ended) == 1, heard(world)


def test_what_was_said_stays_on_the_page_of_the_account_and_in_the_owner_s_language(world):
    by_admin(world, "reset")
    clerk = world.browser(CLERK, locale="th")
    world.owner(f"update ab_user set must_change_password = {'false' if world.backend == 'postgresql' else '0'}")
    clerk.get("/notices/")
    (address,) = clerk.tree.xpath("//main//a[contains(@href,'/security/')]/@href")
    assert clerk.get(address).status_code == 200
    assert "รหัสผ่านชั่วคราว" in clerk.text
    assert mailed(world) == [], "an account without an address"


def test_whose_place_is_taken_hears_who_gave_it_to_whom_and_for_which_days(world):
    """An ordinary place by one person, that of who is cleared by two: told where it holds, and when it ends."""
    world.owner("update ab_user set locale = 'en'")
    end_place(world)
    given, ended = heard(world)
    days = [f"{today() + timedelta(days=n):%-d %b %Y}" for n in (0, 5)]
    assert all(word in given for word in ("has let", f"({STAND_IN})", "role", *days)), given
    assert "has ended" in ended
    assert f"({STAND_IN})" in ended
    assert heard(world, STAND_IN) == [], "who takes it is not told of a place of their own"
    world.owner(f"update ab_user set clearance = 2 where username = '{CLERK}'")
    typed = {"stands_in_for_id": str(world.account(CLERK).id), "starts_on": near(), "ends_on": near(5)}
    consent(world, ask_role(world, "groupclerk", "core.staff", **typed))
    names = [world.khet.actor(world.account(user).id).name for user in (ADMIN, f"director.{HOME}")]
    assert heard(world)[2].startswith(f"{', '.join(names)} has let")


def every_notice(world, user: str) -> int:
    account = world.account(user)
    return world.count("core_notice", f"user_id = {account.id}")


def test_the_director_hears_once_that_somebody_takes_their_place_and_once_that_it_ends_early(world):
    """Who may consent reads the log's lines: of a place of their own they are told in its words, and not by both."""
    director = f"director.{HOME}"
    typed = {"stands_in_for_id": str(world.account(director).id), "starts_on": near(), "ends_on": near(5)}
    act = ask_role(world, "groupclerk", "core.staff", **typed)
    before = every_notice(world, director)
    consent(world, act)
    assert every_notice(world, director) == before + 1
    with world.session() as session:
        grant = session.scalars(select(Grant.id).where(Grant.stands_in_for_id.is_not(None))).one()
    lines = world.count("core_grave_log")
    stand_in = world.account(STAND_IN).id
    theirs = every_notice(world, STAND_IN)
    assert world.browser(ADMIN).post(f"/users/{stand_in}/grants/{grant}/end").status_code == 302
    assert every_notice(world, director) == before + 2, "one early end, one notice"
    assert every_notice(world, STAND_IN) == theirs + 1
    assert world.count("core_grave_log") == lines + 1, "the log keeps it all the same"


def test_one_s_own_step_through_the_staff_pages_is_told_to_nobody(world):
    admin = world.account(ADMIN)
    world.browser(ADMIN).submit(
        f"/users/{admin.id}/edit", first_name="ชื่อใหม่", last_name=admin.last_name, clearance=str(admin.clearance)
    )
    assert heard(world, ADMIN) == []


def test_what_two_people_did_is_told_once_and_by_mail_as_well(office):  # noqa: F811
    """An account with grave rights hears of it in the words of the log, not twice."""
    office.owner(f"update ab_user set mail_address = '{MAIL}', clearance = 2 where username = '{CLERK}'")
    lock(office)
    assert heard(office) == []
    assert [one.view for one in mailed(office)] == ["OwnRightsView"]
