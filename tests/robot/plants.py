"""Faults that Khet once had, put back for a moment: the robot has to find each by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.workflow import Workflow
from core.platform.timeline import labels
from core.platform.worklist import telling
from core.records.lists import Column
from core.storage.base import Model
from core.storage.fields import said_by
from core.web import page_context
from core.web.officers import Officers
from plugins.saraban.models.dispatches import SENT, TRAY_STATES
from plugins.saraban.models.endorsements import DONE, Assignment
from plugins.saraban.pages import assignments
from plugins.saraban.pages import incoming as views
from plugins.saraban.work import life
from plugins.service_request.requests.views import RequestView
from tests.robot import clerk
from tests.robot.walker import Walker
from tests.support import HOME

CLERK, DIRECTOR = f"clerk.{HOME}", f"groupdirector.{HOME}"


@dataclass(frozen=True)
class Plant:
    """`put` brings the fault back, `walk` is where the robot goes then, and `found` the fault's kind and its place."""

    name: str
    put: Callable[[pytest.MonkeyPatch, Walker], None]
    walk: Callable[[Walker], Any]
    found: tuple[str, str]


def _words(patch: pytest.MonkeyPatch, walker: Walker, **changed: Any) -> None:
    words = walker.world.app.jinja_env.globals["words"]
    assert isinstance(words, dict)
    for name, function in changed.items():
        patch.setitem(words, name, function)


def _lists_in_the_history(patch: pytest.MonkeyPatch, walker: Walker) -> None:
    told = labels.value_title

    def value_title(kind: str, field: str, value: Any) -> Any:
        named: dict[Any, Any] = labels.VALUES.get((kind, field), {})
        return named[value] if value in named else told(kind, field, value)

    _words(patch, walker, value=value_title)


def _one_word_for_all(patch: pytest.MonkeyPatch, walker: Walker) -> None:
    every: dict[str, Any] = {}
    for table in Model.metadata.tables.values():
        every |= {one.name: spec.label for one in table.columns if (spec := said_by(one)) is not None}
    for named in labels.FIELDS.values():
        every |= named
    _words(patch, walker, field=lambda _kind, field: every.get(field, field))


def _without(*keys: str) -> Callable[[pytest.MonkeyPatch, Walker], None]:
    def put(patch: pytest.MonkeyPatch, walker: Walker) -> None:
        flow = RequestView.workflow
        left = Workflow(flow.states, tuple(one for one in flow.transitions if one.key not in keys))
        patch.setattr(RequestView, "workflow", left)
        patch.setitem(walker.workflows, "RequestView", left)

    return put


def _no_steps_by_state(patch: pytest.MonkeyPatch, walker: Walker) -> None:
    patch.setattr(
        RequestView, "_apply_checked",
        lambda self, step: lambda record, values: self.apply(record, step, values),
    )  # fmt: skip
    patch.setattr(RequestView, "shut_step", lambda self, key, record: "")


def _reported_for_all(patch: pytest.MonkeyPatch, walker: Walker) -> None:
    act = life.act

    def for_all(session: Any, letter: Any, action: str, *, by: Any) -> None:
        act(session, letter, action, by=by)
        for one in life._with_officers(session, letter):
            one.state = DONE
        session.flush()

    patch.setattr(life, "act", for_all)
    patch.setattr(telling, "leaves", lambda *_facts, **_more: None)  # else whoever is passed over is told


def _a_line_to_a_shut_page(patch: pytest.MonkeyPatch, walker: Walker) -> None:
    registry = walker.world.khet.registry
    shown = [
        (name, dataclasses.replace(item, resource="", open_to=None))
        if item.endpoint == "BookView.list" else (name, item)
        for name, item in registry.navigation()
    ]  # fmt: skip
    patch.setattr(registry, "_navigation", shown)
    patch.setattr(page_context, "_open", page_context._open.__wrapped__)


def _no_way_to_an_answer(patch: pytest.MonkeyPatch, walker: Walker) -> None:
    for module in (views, assignments):
        patch.setattr(module, "answer_links", lambda _actor, _letter: [])


def _given_steps(walker: Walker) -> None:
    clerk.live(walker, "RunView")
    clerk.press(walker, "ProgressView", users=(DIRECTOR,))


def _given_letters(walker: Walker) -> None:
    """A letter that two officers are given; who leads reports."""
    _done, letter = clerk.begin(walker, CLERK, "IncomingView", "/saraban/incoming/new", bare=True)
    walker.get(CLERK, f"/saraban/incoming/{letter}")
    address, there = next(one for one in walker.steps(CLERK) if one[1].step == "assign")
    walker.take(CLERK, address, there, "IncomingView", letter or 0)
    with walker.world.session() as session:
        leads = session.scalars(select(Assignment.id).where(Assignment.letter_id == letter, Assignment.lead)).one()
    user = next(user for user, record in walker.waiting("AssignmentView") if record == leads)
    clerk.press(walker, "AssignmentView", leads, users=(user,))


def _requests(walker: Walker) -> None:
    clerk.ask_states(walker, "RequestView", (DIRECTOR, f"director.{HOME}"))


def _pages(user: str, *addresses: str) -> Callable[[Walker], None]:
    def walk(walker: Walker) -> None:
        for address in addresses:
            walker.get(user, address)

    return walk


PLANTS = (
    Plant("A1", _lists_in_the_history, lambda w: clerk.live(w, "PlanView", wrongs=0), ("broken", "PlanView.show")),
    Plant(
        "A2", lambda patch, _w: patch.setattr(Officers, "__call__", lambda _self, _id: None), _given_steps,
        ("offered, yet refused", ""),
    ),
    Plant(
        "A4 nobody else is asked", _without("ask"), _requests,
        ("who was named cannot be replaced", "RequestView.show"),
    ),
    Plant(
        "A4 the list asks no state", _no_steps_by_state, _requests,
        ("the list takes what the page does not offer", "RequestView.bulk"),
    ),
    Plant(
        "B7", _without("deny", "back"), _requests,
        ("whoever may say yes cannot say no", "RequestView.show"),
    ),
    Plant(
        "W1", lambda patch, _w: patch.setattr(Column, "show", Column._found),
        lambda w: clerk.live(w, "IncomingView", wrongs=0), ("a machine's words", "IncomingView.list"),
    ),
    Plant(
        "W2", lambda patch, _w: patch.setitem(TRAY_STATES, SENT, _l("Register an incoming letter")),
        _pages(CLERK, "/saraban/arrivals/?view=0", "/saraban/incoming/?view=0"), ("a state is called as a button", "ArrivalView.list"),
    ),
    Plant("saraban 7", _reported_for_all, _given_letters, ("asked no more, and not told", "")),
    Plant(
        "saraban 12", _no_way_to_an_answer,
        _pages(CLERK, "/saraban/incoming/?view=0", "/saraban/drafts/new?kind=external"), ("no page links there", "DraftPaperView.add"),
    ),
    Plant("engineering 7", _one_word_for_all, lambda w: clerk.live(w, "SettingView", wrongs=0), ("another module's word", "")),
    Plant(
        "engineering 8", _a_line_to_a_shut_page, lambda w: [w.crawl(f"{name}.{HOME}", most=25) for name in ("admin", "school")],
        ("shut", "BookView.list"),
    ),
)  # fmt: skip
