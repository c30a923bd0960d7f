"""Which plugins a district has on, and the two hands that change it.

Effective = installed ∧ allowed ∧ (required ∨ enabled) ∧ every dependency effective (design §3).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.base.errors import NotFound, RuleError
from core.platform.events import ON
from core.platform.masterdata.models import District
from core.platform.timeline import recorder
from core.plugins.manifest import OpenItem
from core.plugins.models import ALLOWED, DEFAULT, HIDDEN, MODES, REQUIRED, PluginRule, PluginSwitch
from core.plugins.registry import Registry
from core.storage.cache import bump, stamp
from core.storage.scope import KhetSession

STAMP = "plugins"
#: so far is counted what is open
MOST_OPEN = 10_000


@dataclass(frozen=True)
class State:
    """One plugin in one district: head office's mode, the district's wish, and what comes of both."""

    mode: str
    enabled: bool
    effective: bool


class Switchboard:
    """The one predicate that guards every door: `effective(district)`.

    Answers are kept per process and dropped when the stamp in the database has moved on.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._known: dict[int, tuple[int, dict[str, State]]] = {}

    def clear_cache(self) -> None:
        """Drop everything kept (another database took the place of this one)."""
        self._known.clear()

    def cached(self, district_id: int, version: int) -> frozenset[str] | None:
        """What is on, if this process knows it for that stamp; costs no statement."""
        known = self._known.get(district_id)
        if known is None or known[0] != version:
            return None
        return frozenset(name for name, state in known[1].items() if state.effective)

    def states(self, session: Session, district_id: int, version: int | None = None) -> dict[str, State]:
        """Every installed plugin's state in a district; `version` is the stamp, where already read."""
        version = stamp(session, STAMP) if version is None else version
        known = self._known.get(district_id)
        if known is None or known[0] != version:
            known = version, self._read(session, district_id)
            self._known[district_id] = known
        return known[1]

    def effective(self, session: Session, district_id: int, version: int | None = None) -> frozenset[str]:
        """Names of the plugins that are on in a district."""
        states = self.states(session, district_id, version)
        return frozenset(name for name, state in states.items() if state.effective)

    def _read(self, session: Session, district_id: int) -> dict[str, State]:
        rules = session.scalars(
            select(PluginRule).where(or_(PluginRule.district_id.is_(None), PluginRule.district_id == district_id))
        ).all()
        modes = {rule.plugin: rule.mode for rule in sorted(rules, key=lambda r: r.district_id is not None)}
        switches = session.scalars(select(PluginSwitch).where(PluginSwitch.district_id == district_id))
        return self._decide(modes, {switch.plugin: switch.enabled for switch in switches})

    def publish(self, session: KhetSession, event: Any) -> None:
        """What a session publishes with: gives an event to the handlers of the modules that are on in its district."""
        wanted = [(name, one) for name, one in self.registry.handlers if one.event is type(event)]
        district_id = session.scope.district_id
        if not wanted or district_id is None:
            return
        session.info[ON] = on = self.effective(session, district_id)
        for name, one in wanted:
            if name in on:
                one.do(session, self.registry, event)

    def adoption(self, session: KhetSession) -> dict[str, int]:
        """In how many districts each plugin is on. Needs a system session; three statements."""
        general: dict[str, str] = {}
        modes: dict[int, dict[str, str]] = defaultdict(dict)
        for rule in session.scalars(select(PluginRule)):
            (general if rule.district_id is None else modes[rule.district_id])[rule.plugin] = rule.mode
        wishes: dict[int, dict[str, bool]] = defaultdict(dict)
        for switch in session.scalars(select(PluginSwitch)):
            wishes[switch.district_id][switch.plugin] = switch.enabled
        found: Counter[str] = Counter()
        for district_id in session.scalars(select(District.id).where(District.level != "head_office")):
            states = self._decide({**general, **modes[district_id]}, wishes[district_id])
            found.update(name for name, state in states.items() if state.effective)
        return found

    def _decide(self, modes: dict[str, str], wishes: dict[str, bool]) -> dict[str, State]:
        states: dict[str, State] = {}
        for name, manifest in self.registry.manifests.items():  # dependencies come first
            mode = REQUIRED if manifest.always_on else modes.get(name, DEFAULT)
            enabled = wishes.get(name, mode == DEFAULT)
            on = mode != HIDDEN and (mode == REQUIRED or enabled)
            on = on and all(states[dep].effective for dep in manifest.depends)
            states[name] = State(mode, enabled, on)
        return states


@dataclass(frozen=True)
class Impact:
    """What switching off would mean: plugins that go off too, and what is still open."""

    dependents: list[str]
    #: plugins that are on and only work better with it
    users: list[str]
    #: (what, how much), so far as it is counted
    open_items: list[tuple[Any, int]]


def preview(session: KhetSession, board: Switchboard, plugin: str) -> Impact:
    """What a district loses sight of when it switches `plugin` off. Nothing is deleted either way."""
    district_id = session.scope.district_id
    assert district_id is not None
    on = board.effective(session, district_id)
    affected = [name for name in board.registry.dependents(plugin) if name in on]
    answers = board.registry.each("khet_open_items", only=[plugin, *affected], session=session)
    users = [name for name, manifest in board.registry.manifests.items() if plugin in manifest.uses and name in on]
    found = [(item.title, _count(session, item)) for _name, items in answers for item in items]
    return Impact(affected, users, [(title, count) for title, count in found if count])


def _count(session: KhetSession, item: OpenItem) -> int:
    return session.scalar(select(func.count()).select_from(item.these.limit(MOST_OPEN).subquery())) or 0


def switch(session: KhetSession, board: Switchboard, plugin: str, *, on: bool) -> None:
    """Switch a plugin for the session's district; takes effect at every worker's next request.

    Raises NotFound for a plugin that is not installed or hidden, RuleError when head office requires it
    or a dependency is off.
    """
    district_id = session.scope.district_id
    assert district_id is not None
    states = board.states(session, district_id)
    if plugin not in states or states[plugin].mode == HIDDEN:
        raise NotFound
    if states[plugin].mode == REQUIRED:
        raise RuleError(_("Head office requires this module; it cannot be switched off."))
    manifest = board.registry.manifests[plugin]
    if on and (off := [dep for dep in manifest.depends if not states[dep].effective]):
        names = ", ".join(str(board.registry.manifests[dep].title) for dep in off)
        raise RuleError(_("Switch on first: %(modules)s", modules=names))
    row = session.scalar(select(PluginSwitch).where(PluginSwitch.plugin == plugin))
    if row is None:
        row = PluginSwitch(plugin=plugin, enabled=on)
        session.add(row)
    row.enabled = on
    recorder.describe(session, row, "core.module.on" if on else "core.module.off")
    bump(session, STAMP)


def set_rule(session: KhetSession, registry: Registry, plugin: str, mode: str, district: District | None) -> None:
    """Head office's word on a plugin for every district (None) or one. Needs a system session.

    The change is recorded in that district's timeline, or in head office's own.
    Raises NotFound for an unknown plugin, RuleError for an unknown mode.
    """
    if plugin not in registry.manifests or registry.manifests[plugin].always_on:
        raise NotFound
    if mode not in MODES and not (mode == "" and district is not None):
        raise RuleError(_("Choose one of the listed values."), field="mode")
    where = PluginRule.district_id.is_(None) if district is None else PluginRule.district_id == district.id
    row = session.scalar(select(PluginRule).where(PluginRule.plugin == plugin, where))
    recorded_in = district.id if district is not None else head_office_id(session)
    if mode == "":
        if row is not None:
            row.timeline_district_id = recorded_in  # type: ignore[misc]
            session.delete(row)
    elif row is None:
        row = PluginRule(plugin=plugin, district_id=district.id if district else None, mode=mode)
        row.timeline_district_id = recorded_in  # type: ignore[misc]
        session.add(row)
    else:
        row.timeline_district_id = recorded_in  # type: ignore[misc]
        row.mode = mode
    bump(session, STAMP)


def head_office_id(session: Session) -> int:
    """The row of head office among the districts."""
    found = session.scalar(select(District.id).where(District.level == "head_office"))
    if found is None:
        raise NotFound
    return found


__all__ = [
    "ALLOWED", "DEFAULT", "HIDDEN", "MODES", "REQUIRED", "Impact", "State", "Switchboard", "head_office_id",
    "preview", "set_rule", "switch",
]  # fmt: skip
