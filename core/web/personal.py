"""Doors for one's own things. Every signed-in user has them; each row belongs to its user."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from core.base.errors import NotFound, RuleError
from core.base.identity import Actor
from core.base.text.dates import shown_moment
from core.platform.notices import services as notices
from core.platform.personal import services
from core.platform.personal.models import SavedView
from core.records.lists import ListState
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import KhetView, expose


class OwnView(KhetView):
    """A page of every signed-in user; what it touches is their own."""

    requires_right = False

    def own(self) -> int:
        """The user's id."""
        return self.actor.user_id


def _list_of(actor: Actor, name: str) -> Any:
    """The list view of that name, if the actor may open it. Raises NotFound."""
    view: Any = khet().views.get(name)
    if view is None or view.plugin not in effective_plugins() or not hasattr(view, "list_context"):
        raise NotFound
    if not actor.may(view.resource, "list"):
        raise NotFound
    return view


class SavedViewView(OwnView):
    """Saved views of lists."""

    route_base = "/views"
    default_view = "add"
    model = SavedView

    @expose("/", methods=("POST",))
    def add(self) -> Any:
        """Keep the present state of a list under a name."""
        user_id = self.own()
        view = _list_of(self.actor, request.form.get("view", ""))
        state = ListState.read(request.args)
        query = state.with_(ids=None, all=None).query
        try:
            services.save_view(
                db, user_id, view.endpoint, request.form.get("title", ""), query,
                shared=request.form.get("shared") == "1", default=request.form.get("default") == "1",
            )  # fmt: skip
            flash(_("The view is saved."), "success")
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(f"{view.url('list')}?{query}" if query else f"{view.url('list')}?view=0")

    @expose("/<int:record_id>/default", methods=("POST",))
    def default(self, record_id: int) -> Any:
        """Open the list with this view, or no longer."""
        found = services.own_view(db, self.own(), record_id, own=False)
        services.choose_default(db, self.actor.user_id, found)
        return redirect(f"{_list_of(self.actor, found.view).url('list')}?{found.query or 'view=0'}")

    @expose("/<int:record_id>/delete", methods=("POST",))
    def delete(self, record_id: int) -> Any:
        """Delete one's own view."""
        found = services.own_view(db, self.own(), record_id, own=True)
        target = f"{_list_of(self.actor, found.view).url('list')}?view=0"
        db.delete(found)
        flash(_("The view is deleted."), "success")
        return redirect(target)


class PinView(OwnView):
    """Lists that stand at the top of one's navigation."""

    route_base = "/pinned"
    default_view = "pin"

    @expose("/", methods=("POST",))
    def pin(self) -> Any:
        """Pin a list, or no longer; then the list again."""
        view = _list_of(self.actor, request.form.get("view", ""))
        if services.pin(db, self.own(), view.endpoint):
            flash(_("“%(list)s” stands at the top of your menu now.", list=view.title), "success")
        else:
            flash(_("“%(list)s” stands in its module again.", list=view.title), "success")
        return redirect(f"{view.url('list')}?view=0")


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(khet().settings.secret_key, "draft")


def draft_token(page: str, user_id: int) -> str:
    """Proof that the server drew a form of that page for that user, and that it may be drafted."""
    return str(_signer().dumps([page, user_id]))


class DraftView(OwnView):
    """What is typed and not saved yet. A page that the server did not mark is refused, and so are secrets."""

    route_base = "/drafts"
    default_view = "keep"

    def _page(self) -> str:
        try:
            page, user_id = _signer().loads(request.values.get("token", ""))
        except BadSignature:
            raise NotFound from None
        if user_id != self.own():
            raise NotFound
        return str(page)[:200]

    @expose("/", methods=("POST",))
    def keep(self) -> Any:
        """Keep the posted fields as the draft of the page in the token."""
        user_id, page = self.own(), self._page()
        fields = {name: request.form.getlist(name) for name in request.form if name != "token"}
        try:
            kept = services.keep_draft(db, user_id, page, fields)
        except RuleError as error:
            return jsonify(error=str(error.message)), 422
        return jsonify(kept=kept), 201

    @expose("/read")
    def read(self) -> Any:
        """The draft of the page in the token: {at, fields}."""
        user_id = self.own()
        found = services.draft(db, user_id, self._page())
        if found is None:
            raise NotFound
        return jsonify(at=shown_moment(found.saved_at), fields=found.data)

    @expose("/drop", methods=("POST",))
    def drop(self) -> Any:
        """Forget it."""
        services.drop_draft(db, self.own(), self._page())
        return jsonify(kept=False), 201


class RecentView(OwnView):
    """The pages send here what was opened, so that reading a page writes nothing."""

    route_base = "/recent"
    default_view = "remember"

    @expose("/", methods=("POST",))
    def remember(self) -> Any:
        """Remember a record the actor may see."""
        self.own()
        view: Any = khet().views.get(request.form.get("view", ""))
        raw = request.form.get("id", "")
        if view is None or not raw.isdecimal() or len(raw) > 9 or not hasattr(view, "find"):
            raise NotFound
        if view.plugin not in effective_plugins() or not self.actor.may(view.resource, "show"):
            raise NotFound
        if view.system_scope is None:
            record = view.find(int(raw))
            services.remember(db, self.actor.user_id, record, view.endpoint)
            notices.read(db, self.actor.user_id, kind=record.__tablename__, record_id=record.id)
        return "", 201


VIEWS = [SavedViewView, PinView, DraftView, RecentView]
