"""The home page: what waits for this person, what they started, what is new, and what their modules say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, distinct, func, select

from core.base import permissions
from core.base.identity import Actor
from core.base.text.thai import today
from core.platform.dual_control.models import ASKED
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.personal import services as personal
from core.platform.users.models import Account, Grant, RoleProfile
from core.platform.worklist import queries
from core.platform.worklist.models import WorklistRow
from core.plugins.manifest import Card, Chart
from core.records import lists
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from core.web import in_place, page_context
from core.web.pages.set_up import to_set_up
from core.web.pages.waiting import URGENCY, begun_by, mine
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import KhetView, expose

MOST_WAITING = 10
MOST_NEW = 6
#: of what one started, among which those that one may still open are sought
MOST_LOOKED_AT = 30


class HomeView(KhetView):
    """Cards of the modules that are on; everything of a module that is off is gone."""

    route_base = ""
    requires_right = False  # each part asks its own right
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """Home."""
        answers = khet().registry.each(
            "khet_home", only=effective_plugins(), session=db, actor=self.actor, today=today()
        )
        said = [card for _name, cards in answers for card in cards]
        on, now = page_context.open_views(), utc_now()
        for_me = mine()
        waiting = db.scalars(queries.urgent_first(select(WorklistRow).where(for_me), now).limit(MOST_WAITING)).all()
        begun = db.scalars(
            select(WorklistRow)
            .where(WorklistRow.started_by_id == self.actor.user_id, WorklistRow.view.in_(sorted(on)), ~for_me)
            .order_by(WorklistRow.since.desc())
            .limit(MOST_LOOKED_AT)
        ).all()
        # with the right to open it goes what it is called: both lists outlive a role
        started: list[WorklistRow] = []
        for first in range(0, len(begun), MOST_NEW):  # a kind is asked for in a statement: no more than are needed
            if len(started) < MOST_NEW:
                started += page_context.still_open(begun[first : first + MOST_NEW])
        started = started[:MOST_NEW]
        recent = [page for page in personal.recent(db, self.actor.user_id) if page.view in on]
        return self.render(
            "khet/home.html", waiting=waiting, started=started, now=now,
            more_waiting=sum(count for count, _late in page_context.page_counts().worklist.values()) > len(waiting),
            places=in_place.of_rows(waiting), begun_by=begun_by(waiting), urgency=URGENCY,
            cards=counted([card for card in said if isinstance(card, Card)]),
            charts=[card for card in said if isinstance(card, Chart)],
            new=[n for n in notices.latest(db, self.actor.user_id, MOST_NEW) if n.view in on],
            recent=page_context.still_open(recent), to_set_up=to_set_up(db, self.actor, today()),
        )  # fmt: skip


class Counted(NamedTuple):
    """A card as the page draws it."""

    title: Any
    icon: str
    url: str
    value: str


def counted(cards: Sequence[Card]) -> list[Counted]:
    """Cards with their numbers, of the lists that the actor may open, as each list counts itself: in one statement,
    whatever the number of modules."""
    views = khet().views
    cards = [one for one in cards if views[one.view].may("list")]
    numbers = _numbers(db, [one for one in cards if one.value is None])
    made = []
    for one in cards:
        url = views[one.view].url("list", **(one.where or {"view": "0"}))
        number = next(numbers) if one.value is None else one.value
        made.append(Counted(one.title, one.icon, url, lists.page.bounded(number)))
    return made


def _numbers(session: KhetSession, cards: Sequence[Card]) -> Iterator[int]:
    """How many rows there are to which each of them leads."""
    asked = [_counting(one).scalar_subquery() for one in cards]
    return iter([number or 0 for number in session.execute(select(*asked)).one()] if asked else [])


def _counting(card: Card) -> Select[Any]:
    """The statement that counts a card. Raises LookupError where its list has no such filter."""
    view = khet().views[card.view]
    filters = view.filters() if card.where else []  # a list may read what its filters offer
    found, *_rest, chips = lists.page.narrow(db, view.statement(), lists.ListState(card.where), filters, None, [])
    if len(chips) != len(card.where):
        raise LookupError(f"{card.view}: its list has not all the filters of {dict(card.where)}")
    return lists.page.counting(found)


def of_core(session: KhetSession, actor: Actor, today: date) -> list[Card | Chart]:
    """What core says: to a district's administrator about its users, to head office about the districts."""
    said: list[Card | Chart] = []
    if actor.may(permissions.USERS, "list"):
        by_role = roles_held(session, today)
        titles = {role.key: str(role.title) for role in khet().registry.roles()}
        said.append(Card(_("Users who have yet to choose a password"), "UserView", "key", {"password": "fresh"}))
        points = tuple((titles.get(key, key), number) for key, number in by_role)
        said.append(Chart(_("Users by role"), points, url_for("UserView.list")))
    if actor.may(permissions.DISTRICTS, "list"):
        waiting = _("Requests for grave rights that wait")
        national = [
            Card(_("Districts"), "DistrictView", "map"),
            Card(waiting, "GraveActNationView", "shield-lock", {"state": ASKED}),
        ]
        with khet().database.system("head office: home") as every:
            on = khet().switchboard.adoption(every)
            numbers = _numbers(every, national)
            said += [replace(one, value=next(numbers)) for one in national]
        manifests = khet().registry.manifests
        points = tuple((str(manifests[name].title), on[name]) for name in manifests if not manifests[name].always_on)
        said.append(Chart(_("Districts that use each module"), points, url_for("ModuleRuleView.list")))
    return said


def roles_held(session: KhetSession, today: date) -> list[tuple[str, int]]:
    """(role key, users who hold it today), most first."""
    number = func.count(distinct(Grant.user_id))
    rows = session.execute(
        select(RoleProfile.key, number)
        .join(Grant, Grant.role_id == RoleProfile.id)
        .join(Account, (Account.id == Grant.user_id) & Account.active.is_(True))
        .join(Unit, (Unit.id == Grant.unit_id) & Unit.active.is_(True))  # at any other a role opens nothing
        .where(Grant.running(today))
        .group_by(RoleProfile.key)
        .order_by(number.desc(), RoleProfile.key)
    )
    return [(key, count) for key, count in rows]


VIEWS = [HomeView]
