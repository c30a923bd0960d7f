"""The home page: what waits for this person, what they started, what is new, and what their modules say."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from sqlalchemy import select

from core.db.base import utc_now
from core.notices import services as notices
from core.personal import services as personal
from core.plugins.manifest import Card, Chart
from core.text.thai import today
from core.views import KhetView, expose
from core.waiting import queries
from core.waiting.models import WaitingItem
from core.web import pages
from core.web.unit_of_work import db, effective_plugins, khet

MOST_WAITING = 10
MOST_NEW = 6


class HomeView(KhetView):
    """Cards of the modules that are on; everything of a module that is off is gone."""

    route_base = ""
    public = True  # every signed-in user; each part asks its own right
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """Home."""
        if self.actor is None:
            abort(401)
        answers = khet().registry.each(
            "khet_home", only=effective_plugins(), session=db, actor=self.actor, today=today()
        )
        said = [card for _name, cards in answers for card in cards]
        on, now = pages.open_views(), utc_now()
        mine = queries.mine(self.actor, pages.takes(), on)
        waiting = db.scalars(queries.urgent_first(select(WaitingItem).where(mine), now).limit(MOST_WAITING)).all()
        started = db.scalars(
            select(WaitingItem)
            .where(WaitingItem.started_by_id == self.actor.user_id, WaitingItem.view.in_(sorted(on)), ~mine)
            .order_by(WaitingItem.since.desc())
            .limit(MOST_NEW)
        ).all()
        return self.render(
            "khet/home.html", waiting=waiting, started=started, now=now, more_waiting=self._more(len(waiting)),
            cards=[card for card in said if isinstance(card, Card)],
            charts=[card for card in said if isinstance(card, Chart)],
            new=[n for n in notices.latest(db, self.actor.user_id, MOST_NEW) if n.view in on],
            recent=[page for page in personal.recent(db, self.actor.user_id) if page.view in on],
        )  # fmt: skip

    def _more(self, shown: int) -> list[tuple[str, Any, int]]:
        """Lists with more than is shown here: (address, title, how many wait)."""
        counts = pages.shell().waiting
        if sum(number for number, _late in counts.values()) <= shown:
            return []
        return [
            (url_for(item.endpoint), item.title, counts[view][0])
            for _name, item in khet().registry.navigation()
            if item.waits and (view := item.endpoint.partition(".")[0]) in counts
        ]


VIEWS = [HomeView]
