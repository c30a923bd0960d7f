"""Where a user's e-mail goes: set by the owner, or by the administrator where that is no way round two people."""

from __future__ import annotations

import email
import email.policy

import pytest
from sqlalchemy import select

from core.ops import delivery
from core.platform.accounts.notify import TOPIC
from core.platform.notices import services as notices
from core.platform.notices.models import Delivery
from core.platform.timeline.models import TimelineEntry
from tests.core.test_notices import mailbox
from tests.support import HOME, OTHER

__all__ = ["mailbox"]
CLERK, ADMIN = f"clerk.{HOME}", f"admin.{HOME}"
OLD, NEW = "old@example.go.th", "new@example.go.th"


def has(world, address: str, user: str = CLERK) -> None:
    world.owner(f"update ab_user set mail_address = '{address}' where username = '{user}'")


def told(world) -> list[str]:
    with world.database.system("test") as session:
        return list(session.scalars(select(Delivery.address).order_by(Delivery.id)))


def heard(world, user: str = CLERK) -> list[str]:
    account = world.account(user)
    with world.database.district(account.district_id, "test", write=False) as session:
        return [one.label for one in notices.latest(session, account.id, topic=TOPIC)]


def by_admin(world, user: str = CLERK, address: str = NEW):
    account = world.account(user)
    typed = {"first_name": account.first_name, "last_name": account.last_name, "clearance": str(account.clearance)}
    admin = world.browser(ADMIN)
    admin.submit(f"/users/{account.id}/edit", mail_address=address, **typed)
    return admin


def test_everybody_sets_their_own_and_both_addresses_hear_of_it(world):
    has(world, OLD)
    clerk = world.browser(CLERK)
    assert clerk.submit("/security/address", mail_address=NEW).location == "/security/"
    assert world.account(CLERK).mail_address == NEW
    assert told(world) == [OLD, NEW]
    assert len(heard(world)) == 1, "the page says it once"
    assert NEW in clerk.get("/security/").get_data(as_text=True)
    assert clerk.submit("/security/address", mail_address="").status_code == 302
    assert (world.account(CLERK).mail_address, told(world)) == ("", [OLD, NEW, NEW])


@pytest.mark.parametrize("typed", ["ไม่ใช่ที่อยู่", "a@b", "a b@example.go.th", "a@example.go.th, b@example.go.th"])
def test_an_address_is_looked_at_when_it_is_typed_and_stays_in_the_field(world, typed):
    clerk = world.browser(CLERK)
    assert clerk.submit("/security/address", mail_address=typed).status_code == 422
    assert clerk.tree.xpath("string(//input[@name='mail_address']/@value)") == typed
    assert world.account(CLERK).mail_address == ""
    assert by_admin(world, address=typed).page.status_code == 422


def test_the_administrator_sets_another_s_with_a_line_in_the_timeline(world):
    has(world, OLD)
    assert by_admin(world).page.status_code == 302
    assert (world.account(CLERK).mail_address, told(world)) == (NEW, [OLD, NEW])
    with world.database.system("test") as session:
        of = TimelineEntry.kind == "ab_user", TimelineEntry.record_id == world.account(CLERK).id
        entry = session.scalars(select(TimelineEntry).where(*of).order_by(TimelineEntry.id.desc())).first()
        assert entry.actor_id == world.account(ADMIN).id
        assert entry.changes["mail_address"] == [OLD, NEW]


@pytest.mark.parametrize("what", ["clearance = 1", "mail_address = ''"])
def test_that_of_an_account_with_grave_rights_only_its_owner_changes(world, what):
    """The director holds a grave right; a clerk who is cleared does too."""
    user = CLERK if "clearance" in what else f"director.{HOME}"
    world.owner(f"update ab_user set {what} where username = '{user}'")
    admin = by_admin(world, user)
    assert admin.page.status_code == 422
    assert any("only its owner" in error for error in admin.errors())
    assert admin.tree.xpath("string(//input[@name='mail_address']/@value)") == NEW
    assert (world.account(user).mail_address, told(world)) == ("", [])
    assert world.browser(user).submit("/security/address", mail_address=NEW).status_code == 302
    assert world.account(user).mail_address == NEW


def test_a_school_head_s_address_is_not_turned_away_unheard(world, mailbox):
    """What the head is told by e-mail would go elsewhere from now on: the last word goes where the head still reads."""
    head = f"schoolhead.{HOME}"
    has(world, OLD, head)
    assert by_admin(world, head).page.status_code == 302
    delivery.send_due(world.app)
    letters = [email.message_from_string(text, policy=email.policy.default) for text in mailbox]
    sent = {str(letter["To"]): letter for letter in letters}
    assert sent.keys() == {OLD, NEW}
    assert NEW in str(sent[OLD]["Subject"]), "where it goes now"
    assert "เปลี่ยนรหัสผ่าน" in sent[OLD].get_content()
    assert head in str(sent[NEW]["Subject"])
    assert "แจ้งสำนักงาน" in sent[NEW].get_content()
    assert len(heard(world, head)) == 1


def test_the_administrator_s_other_changes_to_such_an_account_are_not_hindered(world):
    user = f"director.{HOME}"
    has(world, OLD, user)
    assert by_admin(world, user, OLD).page.status_code == 302


def test_two_accounts_may_share_an_address_and_nobody_learns_of_another_district_s(world):
    has(world, NEW, f"clerk.{OTHER}")
    assert world.browser(CLERK).submit("/security/address", mail_address=NEW).status_code == 302
    assert by_admin(world, f"school.{HOME}").page.status_code == 302


def test_a_new_user_may_have_one_from_the_start(world):
    admin = world.browser(ADMIN)
    admin.submit("/users/new", name="somchai", first_name="สมชาย", last_name="ใจดี", mail_address=NEW)
    assert admin.page.status_code == 302, admin.errors()
    assert world.account(f"somchai.{HOME}").mail_address == NEW
