"""The password asked again before a step that changes who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.platform.users.models import RoleProfile
from core.web.security import reauthentication
from tests.core.doors import HOME, KHET, PROBES, doors, samples, url
from tests.support import World, near

#: doors behind which rights are given, taken or handed on; a new one belongs here
ASKING = {
    "GraveActView.ask", "GraveActView.consent", "TokenView.list", "UserView.add", "UserView.edit", "UserView.end_grant",
    "UserView.grant", "UserView.leave", "UserView.lock", "UserView.reset", "UserView.reset_factors",
    "FactorView.new_codes", "FactorView.remove", "SecurityView.address",
}  # fmt: skip


def _state(world: World) -> dict[str, int]:
    return {
        table: world.count(table)
        for table in ("ab_user", "core_grant", "core_api_token", "core_timeline", "core_recovery_code")
    }


@pytest.mark.parametrize("door", [d for d in doors("POST") if d.endpoint in ASKING], ids=str)
def test_a_step_about_rights_asks_for_the_password_and_then_happens_with_everything_typed(world, door):
    ids = samples(world, HOME)
    user, form = PROBES[door.endpoint]
    browser, before = world.browser(f"{user}.{HOME}", proved=False), _state(world)
    asked = browser.post(url(world, door, ids), form(world, ids))
    assert asked.status_code == 403
    assert _state(world) == before, "nothing happens before the answer"
    action = browser.tree.xpath("//form[@data-main]/@action")[0]
    wrong = browser.resubmit(action, _password="guess")
    assert wrong.status_code == 403
    assert browser.errors() == ["The password is not right."]
    assert _state(world) == before
    assert browser.resubmit(action, _password="khet-demo").status_code == 302
    assert _state(world) != before


def test_who_may_not_take_the_step_is_refused_without_being_asked(world):
    browser = world.browser(f"clerk.{HOME}", proved=False)
    assert browser.post("/users/new", {"name": "x"}).status_code == 403
    assert not browser.tree.xpath("//input[@name='_password']")


def test_a_proven_password_counts_for_some_minutes_and_no_longer(world, monkeypatch):
    browser = world.browser(f"admin.{HOME}", proved=False)
    path = f"/users/{world.account(f'clerk.{HOME}').id}/lock"
    assert browser.post(path, {"_password": "khet-demo"}).status_code == 302
    assert browser.post(path).status_code == 302, "not asked twice in a row"
    now = reauthentication.time()
    monkeypatch.setattr(reauthentication, "time", lambda: now + reauthentication.GOOD_FOR + 1)
    assert browser.post(path).status_code == 403
    monkeypatch.setattr(reauthentication, "time", lambda: now - 3600)
    assert browser.post(path).status_code == 403, "a clock that was put back proves nothing"


def test_signing_in_a_moment_ago_is_proof_enough(world):
    browser = world.browser()
    browser.submit("/login/", username=f"admin.{HOME}", password="khet-demo")
    assert browser.post(f"/users/{world.account(f'clerk.{HOME}').id}/lock").status_code == 302


def test_a_step_that_always_asks_takes_no_earlier_proof(world):
    with world.app.test_request_context("/", method="POST"):
        from flask import g, session

        g.actor = admin(world)
        session[reauthentication.PROVED] = int(reauthentication.time())
        reauthentication.require()
        with pytest.raises(reauthentication.PasswordNeeded):
            reauthentication.require(always=True)
    with world.app.test_request_context("/", method="POST", data={"_password": "khet-demo"}):
        g.actor = admin(world)
        reauthentication.require(always=True)
        reauthentication.require(always=True)


def admin(world: World) -> Any:
    return world.khet.actor(world.account(f"admin.{HOME}").id)


def test_guessing_there_is_limited_and_the_owner_can_go_on_later(world):
    browser = world.browser(f"admin.{HOME}", proved=False)
    path = f"/users/{world.account(f'clerk.{HOME}').id}/lock"
    for _n in range(5):
        browser.post(path, {"_password": "guess"})
    browser.post(path, {"_password": "khet-demo"})
    assert browser.errors() == ["Too many wrong tries. Try again in 1 min."]
    world.khet.limiter.storage.reset()
    assert browser.post(path, {"_password": "khet-demo"}).status_code == 302


def test_several_values_of_a_field_and_thai_come_through(world):
    browser = world.browser(f"clerk.{HOME}", proved=False)
    typed = {"name": 'ระบบ <งาน> "ครู"', "scopes": ["core.school:list", "core.school:show"], "ends_on": near(30)}
    browser.submit("/api/tokens/", **typed)
    assert browser.page.status_code == 403
    browser.resubmit("/api/tokens/", _password="khet-demo")
    assert browser.page.status_code == 302
    assert world.count("core_api_token", "name = 'ระบบ <งาน> \"ครู\"'") == 1
    with world.session() as session:
        from core.exchange.api.models import ApiToken

        assert session.scalars(select(ApiToken.scopes)).one() == ["core.school:list", "core.school:show"]


def test_head_office_is_asked_before_it_lets_districts_give_a_role(world):
    with world.database.system("test") as session:
        role = session.scalars(select(RoleProfile.id).where(RoleProfile.key == "core.staff")).one()
    obec = world.browser("obec", proved=False)
    assert obec.post(f"/head-office/roles/{role}", {"on": "0"}).status_code == 403
    assert obec.post(f"/head-office/roles/{role}", {"on": "0", "_password": "khet-demo"}).status_code == 302


def test_the_list_of_asking_doors_is_whole():
    """Every door on accounts, tokens and grants is either in the list or gives nobody anything."""
    views = {"UserView", "TokenView", "GraveActView", "FactorView", "SecurityView"}
    # the first two ask as well, and want an app or an authenticator: tests/core/test_factors.py, tests/browser; the last
    # asks, and wants work in hand: tests/core/test_leaving.py
    harmless = {
        "FactorView.app", "FactorView.passkey", "FactorView.kept", "SecurityView.end", "GraveActView.download", "GraveActView.refuse",
        "GraveActView.withdraw", "TokenView.revoke", "UserView.comment", "UserView.download", "UserView.revoke_token",
        "UserView.hand_over",
    }  # fmt: skip
    found = {d.endpoint for d in doors("POST") if d.endpoint.partition(".")[0] in views}
    assert found - harmless == ASKING
    assert KHET.registry.importers["core.users"].asks_password
