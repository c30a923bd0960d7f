"""The home page: what this person's modules have to say."""

from __future__ import annotations

from typing import Any

from flask import abort

from core.text.thai import today
from core.views import KhetView, expose
from core.web.unit_of_work import db, effective_plugins, khet


class HomeView(KhetView):
    """Cards of the modules that are on."""

    route_base = ""
    public = True  # every signed-in user; each card asks its own right
    default_view = "index"

    @expose("/")
    def index(self) -> Any:
        """Home."""
        if self.actor is None:
            abort(401)
        answers = khet().registry.each(
            "khet_home", only=effective_plugins(), session=db, actor=self.actor, today=today()
        )
        cards = [card for _name, cards in answers for card in cards]
        return self.render("khet/home.html", cards=cards)


VIEWS = [HomeView]
