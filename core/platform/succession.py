"""Where a unit ends, what is in work there goes on at the one that goes on with its matters: nothing is left lying.

What becomes of a kind of record it says itself (`GOES_ON`, core/storage/succession.py). What lay at the ended unit is
open to whoever holds the roles where it goes on (`masterdata.services.goes_on_at`); here records are moved, their
histories say it, modules follow up (WentOn), and everybody whom it concerns is told once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, inspect, or_, select

from core.base.permissions import OFFICE_REACH, UNIT
from core.base.text.thai import today
from core.platform import events
from core.platform.accounts import services as accounts
from core.platform.dual_control import log
from core.platform.events import SchoolMerged, UnitClosed, UnitOpened, WentOn, publish
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import OFFICE, Unit
from core.platform.notices import services as notices
from core.platform.timeline import labels, recorder
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.platform.worklist import telling
from core.storage.scope import KhetSession, owned_classes
from core.storage.succession import GoesOn

TOPIC = "core.went_on"
#: (moved, stayed in the old books) as the history says it: with another school, or at the office
TO_SCHOOL = ("core.went_on", "core.lies_on")
TO_OFFICE = ("core.went_to_office", "core.lies_at_office")

labels.register(
    actions={
        "core.went_on": _l("gone on to the school that its school was merged into"),
        "core.lies_on": _l("worked on by the school that its school was merged into, under its old number"),
        "core.went_to_office": _l("gone on to the office, since its unit was closed"),
        "core.lies_at_office": _l("worked on by the office, since its unit was closed"),
    }
)
MERGED = _l("%(place)s is merged into yours. What was in work there is yours to finish: %(work)s")
CLOSED = _l("%(place)s is closed. What was in work there is the office's to finish: %(work)s")
OPENED = _l(
    "%(place)s is open again. It finishes by itself what lies in its own books, and others do no more: %(work)s. What "
    "became theirs stays with them"
)
#: how an entry names both units by id, whatever they are called since
WENT_ON = "went_on"


def school_merged(session: KhetSession, registry: Any, event: SchoolMerged) -> None:
    """What was in work at a school goes on with the one that it was merged into."""
    was, into = session.get_one(Unit, event.unit_id), session.get_one(Unit, event.into_unit_id)
    log.write(session, "unit_ended", None, {"text": f"{was.name} → {into.name}"})
    _go_on(session, registry, event.unit_id, event.into_unit_id, office=False)


def unit_closed(session: KhetSession, registry: Any, event: UnitClosed) -> None:
    """What was in work at a unit with which none goes on is the office's."""
    unit = session.get_one(Unit, event.unit_id)
    if masterdata.successor(session, unit.id) is None and (into := masterdata.goes_on_at(session, unit)) is not unit:
        log.write(session, "unit_ended", None, {"text": f"{unit.name} → {into.name}"})
        _go_on(session, registry, unit.id, into.id, office=True)


def unit_opened(session: KhetSession, registry: Any, event: UnitOpened) -> None:
    """Who reads its papers changes back: who went on with them hears what is the unit's own to finish again."""
    unit, until = session.get_one(Unit, event.unit_id), session.get_one(Unit, event.from_unit_id)
    log.write(session, "unit_opened", None, {"text": unit.name})
    work = [
        (how, [*there, *kept])
        for _model, how, there, kept in _work(session, registry, _places(session, unit.id), office=until.kind == OFFICE)
    ]
    if until.id != unit.id and work:
        _tell(session, registry, unit, until, work, OPENED)


def _told_of(unit: Unit) -> ColumnElement[bool]:
    """SQL: an entry that says that its record went on from a unit, whatever the unit is called now."""
    named = TimelineEntry.changes[(WENT_ON, 0)].as_integer() == unit.id
    return and_(TimelineEntry.action.in_((*TO_SCHOOL, *TO_OFFICE)), named)


def kinds_from(session: KhetSession, unit: Unit) -> set[str]:
    """The kinds of which anything went on from a unit, as the histories say that this session's user may read."""
    return set(session.scalars(select(TimelineEntry.kind).where(_told_of(unit)).distinct()))


def went_on_from(unit: Unit, kind: str) -> Select[Any]:
    """The ids of records of a kind that went on from a unit, as their histories say."""
    return select(TimelineEntry.record_id).where(TimelineEntry.kind == kind, _told_of(unit))


def _kinds(registry: Any, on: Collection[str], office: bool) -> list[tuple[Any, GoesOn]]:
    """Every kind of record, of the modules that are on, that goes on."""
    modules = zip(registry.manifests, registry.modules, strict=True)
    packages = [f"{module.__name__.rpartition('.')[0]}." for name, module in modules if name in on and name != "core"]
    found = [(model, model.GOES_ON) for model in owned_classes() if hasattr(model, "GOES_ON")]
    return [
        (model, how) for model, how in found
        if f"{model.__module__}.".startswith(("core.", *packages)) and not (office and how.closed)
    ]  # fmt: skip


def _in_work(model: Any, how: GoesOn, places: Iterable[int]) -> Any:
    """SQL: what of a kind is in work at these units."""
    return and_(model.unit_id.in_(places), getattr(model, how.state).in_(how.in_work))


def _in_book(model: Any, how: GoesOn, places: Collection[int]) -> Any:
    """SQL: what of a kind is in work elsewhere and stands in the book of one of these units."""
    there = getattr(model, how.book).in_(places)
    return and_(there, model.unit_id.not_in(places), getattr(model, how.state).in_(how.in_work))


def _places(session: KhetSession, unit_id: int) -> set[int]:
    """A unit, with what it has taken over itself, whose books are further back."""
    return {unit_id, *masterdata.ended_into(session, unit_id)}


def _work(
    session: KhetSession, registry: Any, places: Collection[int], *, office: bool
) -> list[tuple[Any, GoesOn, list[Any], list[Any]]]:  # fmt: skip
    """What is in work at these units: (kind, how it goes on, what lies there, what stands in their books only)."""
    found = []
    for model, how in _kinds(registry, session.info[events.ON], office=False):
        if not how.in_work:
            continue
        there = [] if office and how.closed else _all(session, model, _in_work(model, how, places))
        kept = _all(session, model, _in_book(model, how, places)) if how.book else []
        if there or kept:
            found.append((model, how, there, kept))
    return found


def _all(session: KhetSession, model: Any, which: Any) -> list[Any]:
    return list(session.scalars(select(model).where(which).order_by(inspect(model).c.id)).unique())


def fates(
    session: KhetSession, registry: Any, on: Collection[str], unit: Unit, into: Unit, *, office: bool
) -> list[str]:  # fmt: skip
    """What would become of what is in work at a unit that ended now, how much of which kind, in sentences. `on`: the
    modules that are on."""
    places = _places(session, unit.id)
    moved: list[str] = []
    lying: list[str] = []
    own: list[str] = []
    for model, how in _kinds(registry, on, office=False):
        if not how.in_work:
            continue
        count = session.scalar(select(func.count(model.id)).where(_in_work(model, how, places)))
        if count:
            what = f"{labels.kind_title(model.__tablename__)} ({count})"
            if office and how.closed:
                own.append(f"{what}: {how.closed}.")
            else:
                (moved if how.moves else lying).append(what)
        count = session.scalar(select(func.count(model.id)).where(_in_book(model, how, places))) if how.book else 0
        if count:
            lying.append(f"{labels.kind_title(model.__tablename__)} ({count})")
    said = [_("%(place)s takes over as its own: %(work)s.", place=into.name, work=", ".join(moved))] if moved else []
    if lying:
        said.append(_("%(place)s finishes, under the old numbers: %(work)s.", place=into.name, work=", ".join(lying)))
    return [*said, *own]


def _go_on(session: KhetSession, registry: Any, unit_id: int, into_id: int, *, office: bool) -> None:
    was, into = session.get_one(Unit, unit_id), session.get_one(Unit, into_id)
    way, (moves, lies) = f"{was.name} → {into.name}", TO_OFFICE if office else TO_SCHOOL
    said = {WENT_ON: [was.id, into.id]}
    places = _places(session, unit_id)
    kinds = _kinds(registry, session.info[events.ON], office)
    work: list[tuple[GoesOn, list[Any]]] = []
    moved: dict[str, list[Any]] = {}
    lying: dict[str, list[Any]] = {}
    for model, how, there, kept in _work(session, registry, places, office=office):
        work.append((how, [*there, *kept]))
        kind = model.__tablename__
        if how.moves and there:
            moved[kind] = there
        if stay := kept if how.moves else [*there, *kept]:
            lying[kind] = stay
    while parts := _parts(session, kinds, places, moved):
        for one in parts:
            moved.setdefault(one.__tablename__, []).append(one)
    for one in (one for records in moved.values() for one in records):
        recorder.describe(session, one, moves, way, said)
        one.unit_id = into.id
    session.flush()
    for one in (one for records in lying.values() for one in records):
        recorder.note(session, one, lies, way, said)
    if work:
        publish(session, WentOn(was.id, into.id, _ids(moved), _ids(lying), office))
        telling.unit_ended(session, way)
        _tell(session, registry, was, into, work, CLOSED if office else MERGED)


def _ids(records: dict[str, list[Any]]) -> dict[str, tuple[int, ...]]:
    return {kind: tuple(one.id for one in ones) for kind, ones in records.items()}


def _parts(
    session: KhetSession, kinds: Iterable[tuple[Any, GoesOn]], places: set[int], moved: dict[str, list[Any]]
) -> list[Any]:  # fmt: skip
    """Parts of what is moved that are not among it yet."""
    found: list[Any] = []
    for model, how in kinds:
        wholes = [
            getattr(model, name).in_([one.id for one in moved[table]])
            for name in how.whole
            if (table := _named_by(model, name)) in moved
        ]
        if wholes:
            known = [one.id for one in moved.get(model.__tablename__, [])]
            parts = select(model).where(and_(model.unit_id.in_(places), or_(*wholes)), model.id.not_in(known))
            found += session.scalars(parts.order_by(model.id)).unique()
    return found


def _named_by(model: Any, column: str) -> str:
    """The table of the record that a column names."""
    keys = inspect(model).local_table.foreign_key_constraints
    return next(str(key.referred_table.name) for key in keys if column in key.column_keys)


def _tell(
    session: KhetSession, registry: Any, was: Unit, into: Unit, work: list[tuple[GoesOn, list[Any]]], words: Any
) -> None:  # fmt: skip
    """One notice to each who may work on some of it by a role where it goes on, which opens all of it; who serves the
    district goes on as before. `words` name %(place)s and %(work)s."""
    roles = [role for role in registry.roles() if role.reach in (UNIT, OFFICE_REACH)]
    theirs: dict[int, tuple[Account, list[tuple[GoesOn, list[Any]]]]] = {}
    for how, records in work:
        for account in accounts.who_may(session, roles, how.right, into, today()) if how.view else ():
            if account.id != session.scope.user_id:
                theirs.setdefault(account.id, (account, []))[1].append((how, records))
    for account, lots in theirs.values():
        with force_locale(account.locale):
            said = "; ".join(f"{labels.kind_title(ones[0].__tablename__)} ({len(ones)})" for _how, ones in lots)
            text = str(words) % {"place": was.name, "work": said}
        notices.notify(session, account, TOPIC, text, was, "WentOnView")
        telling.told(session, account.id)
