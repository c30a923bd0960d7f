"""The office's list of what people say, the public form, and the status behind a link."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import parse
from sqlalchemy import select
from wtforms import BooleanField, HiddenField, StringField, ValidationError

from core.base.errors import NotFound, RuleError
from core.base.text.dates import shown_date
from core.base.text.thai import clean, today
from core.base.workflow import Transition
from core.platform.masterdata.models import District
from core.records import lists
from core.web import public_url
from core.web.crud import Section
from core.web.crud.workflow_view import WorkflowView
from core.web.forms import LONGEST_SITTING, Finder, KhetForm, LookupField, choice, paragraph
from core.web.forms import text as line
from core.web.notify import notify_user
from core.web.officers import Officers
from core.web.security import throttle
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, lookup_answer, right
from plugins.service_request import permissions
from plugins.service_request.feedback import services
from plugins.service_request.models import Feedback, Plan

#: a school or an office opens the form behind one address
PER_ADDRESS = parse("600 per minute")
#: what one address may send in
SENT = parse("60 per hour")
#: what one district takes from strangers in a day, and the share of it that one address can use up
A_DAY, A_SHARE = parse("500 per day"), parse("100 per day")
#: kind of notice
GIVEN = "service_request.feedback"
#: who can answer what people say
OFFICERS = Officers("edit", permissions.FEEDBACK)
#: nobody writes a complaint faster than this
QUICKEST = 3


#: fields that are not there while the tick is set
UNLESS_ANONYMOUS = {"data-unless": "anonymous"}


class _WhoForm(KhetForm):
    """Either a name or the tick "anonymous": never both, and never neither."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self["name"].flags.required = True  # the tick takes the field away

    def validate_anonymous(self, field: BooleanField) -> None:
        """A name beside the tick is not dropped without a word: the tick goes, and whoever writes decides."""
        if field.data and (clean(self["name"].data or "") or clean(self["contact"].data or "")):
            field.data = False
            raise ValidationError(
                _("A name or a way to reach you is typed, so nothing is sent yet. Clear both to stay anonymous.")
            )


class FeedbackForm(_WhoForm):
    """What somebody said to a clerk."""

    channel = choice(_l("How it came"), [one for one in services.CHANNELS.items() if one[0] != "web"])
    category = choice(_l("Kind"), list(services.CATEGORIES.items()))
    text = paragraph(_l("What is said"), most=services.LONGEST, need=True)
    anonymous = BooleanField(_l("Anonymous"))
    name = line(_l("Name"), most=150, need=False, render_kw=UNLESS_ANONYMOUS)
    contact = line(_l("Contact"), most=150, need=False, render_kw=UNLESS_ANONYMOUS)


class OwnerForm(KhetForm):
    """Who answers it."""

    account_id = LookupField(_l("Who answers"), OFFICERS, "FeedbackView.people")


class FeedbackAnswerForm(KhetForm):
    """The answer."""

    answer = paragraph(_l("Answer"), most=3000, need=True)


class UsedForm(KhetForm):
    """In which plan it is used."""

    plan_id = LookupField(_l("Plan"), Finder(db, Plan, lambda one: one.label), "PlanView.lookup")


class PublicFeedbackForm(_WhoForm):
    """What anybody may say. `website` is for machines: people do not see it."""

    drafts = False
    category = choice(_l("Kind"), list(services.CATEGORIES.items()))
    text = paragraph(_l("What you want to say"), most=services.LONGEST, need=True)
    anonymous = BooleanField(_l("Send it anonymously: no name is kept"), default=True)
    name = line(_l("Your name"), most=150, need=False, render_kw=UNLESS_ANONYMOUS)
    contact = line(_l("How we reach you"), most=150, need=False, render_kw=UNLESS_ANONYMOUS)
    website = StringField("website")
    #: when the page was opened, signed: what the sender cannot set back
    opened = HiddenField()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(khet().settings.secret_key, salt="feedback-opened")


def _secret_of(form: PublicFeedbackForm) -> str:
    """The secret of the link by which it is followed: the same words from one page have one, other words another."""
    said = f"feedback {form.opened.data} {form.category.data} {clean(form.text.data or '')}"
    return hmac.new(khet().settings.secret_key.encode(), said.encode(), "sha256").hexdigest()[:40]


def _open_for(opened: str) -> float | None:
    """For how many seconds the page that is sent in was open; None where that is too long, or not for us to say."""
    try:
        _token, at = _signer().loads(opened, max_age=LONGEST_SITTING, return_timestamp=True)
    except BadSignature:
        return None
    return float((datetime.now(UTC) - at).total_seconds())


class FeedbackView(WorkflowView):
    """ข้อร้องเรียน ข้อเสนอแนะ คำถาม ความต้องการ."""

    route_base = "/services/feedback"
    resource = permissions.FEEDBACK
    model = Feedback
    title = _l("Complaints and suggestions")
    new_title = _l("Note what somebody said")
    icon = "chat-square-text"
    descending = True
    in_palette = False
    without = frozenset({"edit"})
    form_class = FeedbackForm
    board = lists.Board("state")
    workflow = services.WORKFLOW
    transition_forms = {"assign": OwnerForm, "answer": FeedbackAnswerForm, "use": UsedForm}
    empty_hint = _l("Nothing here yet. The public form of a district lies at /say/ and its code.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("received_on", _l("Received on"), kind="date", link=True),
            lists.Column("category", _l("Kind"), lambda row: services.CATEGORIES[row.category], "label"),
            lists.Column("text", _l("What is said"), lambda row: row.text[:120], "subject", sort=False),
            lists.Column("owner", _l("Who answers"), kind="name", wide=True),
            lists.Column("due_on", _l("Due on"), kind="date", wide=True),
            self.state_column(),
        ]

    def filters(self) -> list[lists.Filter]:
        kinds = list(services.CATEGORIES.items())
        return [
            self.state_filter(),
            lists.Filter("category", _l("Kind"), lambda s, v: s.where(Feedback.category == v), choices=kinds),
            lists.period("received", _l("Received on"), Feedback.received_on),
        ]

    def dimensions(self) -> list[lists.Dimension]:
        return [
            self.state_dimension(),
            lists.Dimension("category", _l("Kind"), Feedback.category, lambda v: services.CATEGORIES[v]),
            lists.month_of("month", _l("Month"), Feedback.received_on),
        ]

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        one, _token = services.receive(db, values, today=today())
        self.require_at("add", one.unit_id)
        return one

    def due(self, record: Any, transition: Transition) -> date | None:
        return cast(date, record.due_on) if transition.key == "answer" else None

    def apply(self, record: Any, transition: Transition, values: dict[str, Any]) -> None:
        match transition.key:
            case "assign":
                account = services.assign(db, record, values["account_id"])
                said = _l("%(who)s gives you what somebody has said to answer: %(record)s")
                notify_user(account, GIVEN, said, record, "FeedbackView")
            case "answer":
                services.answer(db, record, values["answer"], today=today())
            case "use":
                services.use(db, record, values["plan_id"])
            case "close":
                services.close(db, record)

    def heading(self, record: Any) -> str:
        return f"{services.CATEGORIES[record.category]} {record.label}"

    def told_apart(self, record: Any) -> str:
        return f"{self.heading(record)} – {record.text[:120]}"

    def sections(self, record: Any) -> Sequence[Section]:
        who = _("Anonymous") if record.anonymous else f"{record.name} {record.contact}".strip()
        plan = db.get(Plan, record.plan_id) if record.plan_id else None
        facts = [
            (_l("Kind"), services.CATEGORIES[record.category]), (_l("How it came"), services.CHANNELS[record.channel]),
            (_l("What is said"), record.text), (_l("By"), who), (_l("Who answers"), record.owner),
            (_l("Due on"), shown_date(record.due_on, "letter")), (_l("Answer"), record.answer),
            (_l("Answered on"), shown_date(record.answered_on, "letter")), (_l("Plan"), plan.label if plan else ""),
        ]  # fmt: skip
        return [Section(_l("Facts"), facts)]

    @expose("/people")
    @right("edit")
    def people(self) -> Any:
        """Accounts that can answer, by name."""
        return lookup_answer(OFFICERS.named(request.args.get("q", "")))


class PublicFeedbackView(KhetView):
    """The box on the wall: anybody writes to one district, and follows it by a link."""

    route_base = "/say"
    by_link = True
    default_view = "write"

    def _closed(self, district: District) -> str:
        """Why nothing more is taken just now, or empty. What an address may not send closes nobody else's box."""
        office = "feedback of", str(district.id)
        if not throttle.takes(SENT, "feedback sent"):
            return _("So much came in from this network that no more is taken just now. What you wrote stands here: "
                     "send it again in an hour, or tell the office by telephone.")  # fmt: skip
        if not throttle.takes(A_SHARE, *office):
            return _("So much came in from this network today that no more is taken. What you wrote stands here: send "
                     "it again tomorrow or from elsewhere, or tell the office by telephone.")  # fmt: skip
        if not khet().limiter.hit(A_DAY, *office):
            return _("The office takes no more messages today. What you wrote stands here: send it again tomorrow, or "
                     "tell the office by telephone.")  # fmt: skip
        return ""

    def _sent_before(self, token: str) -> bool:
        with khet().database.system("feedback by link") as session:
            return services.by_token(session, token) is not None

    def _district(self, code: str) -> District:
        with khet().database.system("feedback box") as session:
            found: District | None = session.scalars(select(District).where(District.code == code)).first()
            if found is None or "service_request" not in khet().switchboard.effective(session, found.id):
                raise NotFound
            session.expunge(found)
            return found

    @expose("/<district_code>", methods=("GET", "POST"))
    def write(self, district_code: str) -> Any:
        """The form of a district."""
        throttle.of_strangers(PER_ADDRESS, "feedback")
        district = self._district(district_code)
        form = PublicFeedbackForm()
        seconds = _open_for(form.opened.data or "")
        if request.method == "POST" and form.validate():
            if seconds is None:
                form.refusals.append(
                    _("This page was open for too long. What you wrote stands here: read it again and send it.")
                )
            elif form.website.data or seconds < QUICKEST:
                form.refusals.append(_("That was too quick to be a person. Read it once more and send it again."))
            elif self._sent_before(_secret_of(form)):
                return redirect(self.url("follow", token=_secret_of(form)))
            elif closed := self._closed(district):
                form.refusals.append(closed)
            else:
                try:
                    with khet().database.district(district.id, "feedback box") as session:
                        _one, token = services.receive(session, form.values(), today=today(), token=_secret_of(form))
                    return redirect(self.url("follow", token=token))
                except RuleError as error:
                    form.refuse(error)
        if seconds is None:
            form.opened.data = _signer().dumps(secrets.token_urlsafe(6))
        page = self.render("service_request/say.html", form=form, district=district, heading=_("Tell the office"))
        return page, 422 if request.method == "POST" else 200

    @expose("/status/<token>")
    def follow(self, token: str) -> Any:
        """How far it is, and the answer."""
        throttle.of_strangers(PER_ADDRESS, "feedback followed")
        with khet().database.system("feedback by link") as session:
            one = services.by_token(session, token)
            if one is None or "service_request" not in khet().switchboard.effective(session, one.district_id):
                raise NotFound
            return self.render(
                "service_request/said.html", one=one, state=services.WORKFLOW.states[one.status],
                address=public_url.base() + url_for("PublicFeedbackView.follow", token=token),
            )  # fmt: skip


VIEWS = [FeedbackView, PublicFeedbackView]
