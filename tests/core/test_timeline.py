"""Every change leaves an entry, in the same transaction; the chain shows a forgery."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.db.base import Tracked
from core.db.scope import _subclasses, owned_classes
from core.masterdata import services
from core.masterdata.models import Person
from core.timeline import sealer
from core.timeline.models import TimelineEntry, TimelineSeal
from core.timeline.words import KINDS
from tests.support import HOME


def latest(session) -> TimelineEntry:
    entry = session.scalars(select(TimelineEntry).order_by(TimelineEntry.id.desc())).first()
    assert entry is not None
    return entry


def test_a_change_tells_who_when_and_from_what_to_what(world):
    with world.session(user=f"admin.{HOME}") as s:
        person = services.save_person(s, None, {"title": "นาย", "first_name": "เดิม", "last_name": "ก"})
    with world.session(user=f"admin.{HOME}") as s:
        again = s.get(Person, person.id)
        services.save_person(s, again, {"title": "นาย", "first_name": "ใหม่", "last_name": "ก"})
    with world.session() as s:
        entry = latest(s)
        assert entry.changes == {"first_name": ["เดิม", "ใหม่"]}
        assert (entry.kind, entry.record_id, entry.action) == ("core_person", person.id, "changed")
        assert entry.actor_name == f"admin.{HOME}"
        assert entry.at.tzinfo is not None


def test_what_khet_does_by_itself_is_not_told_with_a_code_word(world):
    account = world.account(f"clerk.{HOME}").id
    with world.session() as s:
        mine = select(TimelineEntry.actor_name).filter_by(kind="ab_user", record_id=account, actor_id=None)
        assert "demo" in s.scalars(mine).all()
    page = world.browser(f"admin.{HOME}")
    for address in (f"/users/{account}", "/timeline/"):
        page.get(address)
        said = {text.strip() for text in page.tree.xpath("//main//text()")}
        assert "The system" in " ".join(said)
        assert not any(text == "demo" or text.startswith("demo ·") for text in said)


def test_a_change_that_is_rolled_back_leaves_no_entry(world):
    before = world.count("core_timeline")
    with pytest.raises(RuntimeError), world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
        s.flush()
        raise RuntimeError
    assert world.count("core_timeline") == before


def test_a_save_that_changes_nothing_says_nothing(world):
    with world.session() as s:
        person = s.scalars(select(Person)).first()
        values = {"title": person.title, "first_name": person.first_name, "last_name": person.last_name}
        before = world.count("core_timeline")
        services.save_person(s, person, values)
    assert world.count("core_timeline") == before


def test_passwords_never_reach_the_timeline(world):
    clerk = world.browser(f"clerk.{HOME}")
    clerk.submit("/password/", old_password="khet-demo", password="ประโยคที่จำง่าย", again="ประโยคที่จำง่าย")
    with world.session() as s:
        entry = latest(s)
        assert entry.action == "core.user.password_changed"
        assert "password" not in entry.changes


def test_every_tracked_record_has_a_name_for_its_kind():
    kinds = {cls.__tablename__ for cls in _subclasses(Tracked) if hasattr(cls, "__tablename__")}
    assert kinds <= KINDS.keys() | {"ab_user"}
    assert {cls.__tablename__ for cls in owned_classes()} >= {"core_timeline", "core_timeline_seal"}


def test_the_chain_is_whole_until_somebody_forges_an_entry(world):
    assert sealer.seal(world.database) == world.count("core_timeline")
    assert sealer.seal(world.database) == 0
    assert sealer.verify(world.database) == []
    if world.backend == "sqlite":
        world.owner("drop trigger core_timeline_no_update")
    else:
        world.owner("alter table core_timeline disable trigger core_timeline_append_only")
    world.owner("update core_timeline set note = 'ไม่เคยเกิดขึ้น' where id = (select min(id) + 3 from core_timeline)")
    assert len(sealer.verify(world.database)) == 1


def test_new_entries_join_the_chain_in_order(world):
    sealer.seal(world.database)
    with world.session() as s:
        services.save_person(s, None, {"first_name": "ก", "last_name": "ข"})
    assert sealer.seal(world.database) == 1
    assert sealer.verify(world.database) == []
    with world.session() as s:
        positions = s.scalars(select(TimelineSeal.position).order_by(TimelineSeal.position)).all()
    assert positions == list(range(1, len(positions) + 1))
