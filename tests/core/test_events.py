"""What happens in core is followed up by the modules that are on, in the same transaction or not at all."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import select

from core.base.errors import RuleError, ScopeError
from core.base.text.thai import today
from core.ops.application import create_app
from core.platform.events import EVENTS, UnitClosed, publish
from core.platform.masterdata import services
from core.platform.masterdata.models import School, SchoolGroup, Unit
from core.plugins import switches
from core.plugins.events import Handler
from core.plugins.registry import BUNDLED
from core.storage.scope import KhetSession
from tests.core.test_plugins import plugin
from tests.support import HOME, OTHER, World


@contextmanager
def with_modules(world, *modules):
    """The same installation, served by a Khet that has these modules besides."""
    later = World(create_app(world.khet.settings, [*BUNDLED, *modules], guests=False), world.backend)
    yield later
    later.database.dispose()


def notes(name: str, log: list, *, refuses: bool = False):
    """A module that notes every unit that is closed, writes a row of its own and may refuse it."""

    def closed(session, registry, event):
        log.append((name, session.scope.district_id, event.what))
        services.save_group(session, None, f"{name} {event.unit_id}")
        if refuses:
            raise RuleError("Not while keys are lent there.")

    return plugin(name, khet_handlers=lambda: [Handler(UnitClosed, closed)])


def group_of(session: KhetSession) -> Unit:
    return session.scalars(select(Unit).where(Unit.kind == "group").order_by(Unit.id)).first()


def close(session: KhetSession, unit: Unit) -> None:
    facts = {"code": unit.code, "name": unit.name, "letter_prefix": unit.letter_prefix}
    services.save_unit(session, unit, {**facts, "active": False})


def test_the_modules_that_are_on_hear_of_it_at_once_and_in_their_order(world):
    log: list = []
    with with_modules(world, notes("b", log), notes("a", log)) as later, later.session() as session:
        unit = group_of(session)
        close(session, unit)
        assert log == [("b", later.district_id(), unit.name), ("a", later.district_id(), unit.name)]
        made = session.scalars(select(SchoolGroup.name).where(SchoolGroup.name.endswith(f" {unit.id}")))
        assert sorted(made) == [f"a {unit.id}", f"b {unit.id}"]
    assert world.count("core_school_group", f"name = 'a {unit.id}'") == 1


def test_a_module_that_is_off_hears_nothing(world):
    log: list = []
    with with_modules(world, notes("a", log), notes("b", log)) as later:
        with later.session() as session:
            switches.switch(session, later.khet.switchboard, "a", on=False)
        with later.session() as session:
            close(session, group_of(session))
        with later.session(OTHER) as session:
            close(session, group_of(session))
    home, other = world.district_id(), world.district_id(OTHER)
    assert [(name, district) for name, district, _what in log] == [("b", home), ("a", other), ("b", other)]


def test_what_one_module_refuses_is_undone_with_what_the_others_wrote(world):
    log: list = []
    with with_modules(world, notes("a", log), notes("b", log, refuses=True)) as later:
        with later.session() as session:
            unit = group_of(session).id
        admin = later.browser(f"admin.{HOME}")
        assert admin.confirm(f"/units/{unit}/edit", active=None).status_code == 422
        assert "Not while keys are lent there." in " ".join(admin.errors()), "in the form that was sent"
    assert [name for name, *_facts in log] == ["a", "b"]
    assert world.count("core_unit", f"id = {unit} and active = true") == 1
    assert world.count("core_school_group", f"name in ('a {unit}', 'b {unit}')") == 0


def test_an_act_in_one_district_touches_nothing_of_another(world):
    """The handlers' session is that of the act."""
    seen: list = []

    def closed(session, registry, event):
        seen.extend(session.scalars(select(School.district_id).distinct()))

    module = plugin("a", khet_handlers=lambda: [Handler(UnitClosed, closed)])
    with with_modules(world, module) as later, later.session(OTHER) as session:
        close(session, group_of(session))
    assert seen == [world.district_id(OTHER)]


def test_a_unit_that_stays_as_it_is_and_one_that_is_new_are_no_event(world):
    log: list = []
    with with_modules(world, notes("a", log)) as later, later.session() as session:
        unit = group_of(session)
        services.save_unit(session, unit, {"code": unit.code, "name": f"{unit.name} ใหม่", "active": True})
        services.save_unit(session, None, {"code": "99", "name": "กลุ่มใหม่", "active": False})
    assert log == []


def test_what_is_published_inside_a_flush_is_handled_after_it(world):
    """A handler may read and write as anybody; inside a flush nobody can."""
    log: list = []
    with with_modules(world, notes("a", log)) as later, later.session() as session:
        unit = group_of(session)
        session._flushing = True
        publish(session, UnitClosed(unit.id, "in a flush"))
        assert log == []
        session._flushing = False
        session.flush()
        assert [what for *_names, what in log] == ["in a flush"]
        session._flushing = True
        publish(session, UnitClosed(unit.id, "rolled back"))
        session._flushing = False
        session.rollback()
        session.flush()
    assert len(log) == 1


def test_an_event_is_a_district_s(world):
    with world.database.system("test", write=True) as session, pytest.raises(ScopeError, match="no district"):
        publish(session, UnitClosed(1, ""))


def test_every_event_has_a_handler_and_says_what_it_is(world):
    handled = {handler.event for _name, handler in world.khet.registry.handlers}
    assert handled == set(EVENTS), "an event comes with its first handler"
    assert all(event.__doc__ and not event.__doc__.startswith(f"{event.__name__}(") for event in EVENTS)


# -- where the matters of a unit go on ------------------------------------------------------------------------


def merge(session: KhetSession, school: School, into: School) -> None:
    names = ("code", "name", "subdistrict", "amphoe", "province", "levels", "size")
    facts = {name: getattr(school, name) for name in names}
    ended = {"status": "merged", "status_on": today(), "merged_into_id": into.id}
    services.save_school(session, school, {**facts, **ended}, today())


def test_matters_go_on_at_the_last_of_several_schools_that_were_merged(world):
    with world.session() as session:
        a, b, c = session.scalars(select(School).order_by(School.id.desc()).limit(3)).all()
        merge(session, a, b)
        merge(session, b, c)
        found = [services.successor(session, one.unit_id) for one in (a, b, c)]
        assert [unit.id for unit in found] == [c.unit_id] * 3
        with pytest.raises(RuleError, match="has ended itself"):
            merge(session, c, a)
        group = group_of(session)
        assert services.successor(session, group.id) is group
        close(session, group)
        assert services.successor(session, group.id) is None
