"""The bell, one's choices, and the district's webhooks."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from core.base import permissions
from core.platform.notices import services
from core.platform.notices.models import Webhook
from core.platform.personal import services as personal
from core.platform.users.models import Account
from core.records import lists
from core.web import page_context
from core.web.crud import CrudView
from core.web.forms import ClockField, KhetForm, choice, several, text
from core.web.personal import OwnView
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import expose

MODES = [
    (services.PAGE_ONLY, _l("In the page")),
    (services.MAIL, _l("In the page and by e-mail")),
    (services.DIGEST, _l("In the page and in the daily digest")),
    (services.OFF, _l("Not at all")),
]


def topics() -> list[Any]:
    """The topics of the plugins that are on."""
    on = effective_plugins()
    return [topic for owner, topic in khet().registry.topics if owner in on]


def _told(hook: Any) -> str:
    """What a webhook hears of, as the form says it."""
    return "; ".join(str(topic.title) for topic in topics() if topic.key in hook.topics)


def personal_topics() -> list[Any]:
    """Those that a person can be told."""
    return [topic for topic in topics() if topic.personal]


class WebhookForm(KhetForm):
    """An address that hears of notices."""

    name = text(_l("Name"), most=100)
    url = text(_l("Address"), most=500, help=_l("Begins with https://. Each message is signed with the key."))
    topics = several(
        _l("Topics"),
        description=_l(
            "A message names the topic, the record's kind and number, and the time. What the record says, the other "
            "system fetches with access (token) of somebody who may read it."
        ),
    )
    active = BooleanField(_l("In use"), default=True)


def choices_form() -> KhetForm:
    """The form of one's choices: one field a topic, quiet hours, the hour of the digest."""

    class ChoicesForm(KhetForm):
        drafts = False
        quiet_from = ClockField(_l("Quiet from"), help=_l("No e-mail between these hours; it comes afterwards."))
        quiet_to = ClockField(_l("Quiet until"))
        digest = ClockField(_l("Daily digest at"))

    for topic in personal_topics():
        setattr(ChoicesForm, f"topic-{topic.key}", choice(topic.title, MODES))
    return ChoicesForm()


class NoticeView(OwnView):
    """One's own notices."""

    route_base = "/notices"

    @expose("/")
    def list(self) -> Any:
        """The latest."""
        on = page_context.open_views()
        found = [notice for notice in services.latest(db, self.own()) if notice.view in on]
        return self.render("khet/notices.html", notices=found)

    @expose("/read", methods=("POST",))
    def read(self) -> Any:
        """Mark all as read."""
        services.read(db, self.own())
        return redirect(self.url("list"))

    @expose("/choices", methods=("GET", "POST"))
    def choices(self) -> Any:
        """What reaches one how."""
        user_id = self.own()
        form = choices_form()
        now = personal.preferences(db, user_id)
        if not form.is_submitted():
            for topic in personal_topics():
                form[f"topic-{topic.key}"].data = now.get("notices", {}).get(topic.key, services.PAGE_ONLY)
            times = *(now.get("quiet") or ("", "")), now.get("digest", services.DIGEST_AT)
            for name, value in zip(("quiet_from", "quiet_to", "digest"), times, strict=True):
                field = form[name]
                assert isinstance(field, ClockField)
                field.typed = value.replace(":", ".")

        def save() -> Any:
            values = form.values()
            clocks = {n: f"{v:%H:%M}" for n in ("quiet_from", "quiet_to", "digest") if (v := values.get(n))}
            both = clocks.get("quiet_from") and clocks.get("quiet_to")
            chosen = {k.removeprefix("topic-"): mode for k, mode in values.items() if k.startswith("topic-")}
            personal.prefer(
                db, user_id, notices={**now.get("notices", {}), **chosen},
                quiet=[clocks["quiet_from"], clocks["quiet_to"]] if both else None, digest=clocks.get("digest"),
            )  # fmt: skip

        account = db.get(Account, user_id)
        assert account is not None
        hint = (
            ""
            if account.mail_address
            else _("Your account has no e-mail address yet: it is set on the page Security of my account.")
        )
        return self.submit(
            form, save, lambda _made: self.url("choices"),
            lambda: self.render(
                "khet/form.html", form=form, record=None, heading=_("My notices"), plain=True, hint=hint
            ),
        )  # fmt: skip


class WebhookView(CrudView):
    """The district's webhooks."""

    route_base = "/webhooks"
    resource = permissions.WEBHOOKS
    model = Webhook
    title = _l("Webhooks")
    new_title = _l("New webhook")
    icon = "broadcast"
    without = frozenset({"download"})
    order = ("name", "id")
    form_class = WebhookForm

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("name", _l("Name"), link=True),
            lists.Column("url", _l("Address")),
            lists.Column("topics", _l("Topics"), _told, wide=True, sort=False),
            lists.Column(
                "active", _l("State"), lambda row: _("In use") if row.active else _("Closed"), "label", sort=False
            ),
        ]

    def form(self, record: Any = None) -> Any:
        form: Any = WebhookForm(obj=record)
        form.topics.choices = [(topic.key, topic.title) for topic in topics()]
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        hook = services.save_webhook(db, record, values, local=khet().settings.webhook_local)
        if record is None:
            flash(_("Key of %(name)s: %(key)s — it is shown once.", name=hook.name, key=hook.signing_key), "secret")
        return hook


VIEWS = [NoticeView, WebhookView]
