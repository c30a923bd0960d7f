"""Surveys, their results and templates, and the page behind link and QR code."""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from typing import Any

import segno
from flask import make_response, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer
from limits import parse
from sqlalchemy import select
from wtforms import BooleanField

from core.base.errors import NotFound, RuleError
from core.base.text import figures
from core.base.text.dates import shown_date
from core.base.text.thai import today
from core.base.workflow import Transition
from core.records import lists
from core.storage.scope import KhetSession
from core.web import public_url
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.forms import KhetForm, LineForm, LinesField, ThaiDateField, choice, paragraph, text
from core.web.security import throttle
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, right
from plugins.service_request import permissions
from plugins.service_request.activities.views import asked_activity, works_on
from plugins.service_request.models import Activity, Survey, SurveyTemplate
from plugins.service_request.owned import Owned
from plugins.service_request.requests.services import token_hash
from plugins.service_request.surveys import services

#: a whole hall opens and answers a survey behind one address within minutes
PER_ADDRESS = parse("1500 per minute")
#: answers to one survey from one address: no hall is larger, and others have room in services.MOST_ANSWERS
A_SHARE = parse("2000 per day")
COOKIE = "khet-survey"


class SurveyForm(KhetForm):
    """A survey of an activity."""

    empty = {"template_id": _l("No survey template is in use. Who is responsible for the templates puts one to use.")}

    template_id = choice(_l("Template"), [], coerce=int, render_kw={"translate": "no"})
    closes_on = ThaiDateField(_l("Open until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = select(SurveyTemplate).where(SurveyTemplate.active.is_(True)).order_by(SurveyTemplate.id)
        self.template_id.choices = [(one.id, one.title) for one in db.scalars(offered)]


class ReopenForm(KhetForm):
    """Until when a survey is open once more."""

    closes_on = ThaiDateField(_l("Open until"))


class ItemLine(LineForm):
    """A question."""

    section = text(_l("Section"), most=100, need=False)
    text = text(_l("Question"), most=300)


class TemplateForm(KhetForm):
    """A template of questions."""

    title = text(_l("Heading"), most=200)
    items = LinesField(_l("Questions"), ItemLine)
    active = BooleanField(_l("In use"), default=True)


def _not_yours(survey: Survey) -> str:
    return _("Who works on the activity opens and closes its survey: %(record)s", record=survey.label)


class SurveyView(CrudView):
    """แบบประเมิน of activities, with their results."""

    route_base = "/services/surveys"
    resource = permissions.SURVEY
    model = Survey
    title = _l("Satisfaction surveys")
    new_title = _l("Make a survey")
    begun_elsewhere = True
    icon = "ui-checks"
    descending = True
    in_palette = False
    without = frozenset({"edit"})
    form_class = SurveyForm
    empty_hint = _l("No survey yet. Make one on the page of an activity.")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Activity"), link=True, kind="subject"),
            lists.Column("closes_on", _l("Open until"), kind="date"),
            lists.Column("status", _l("State"), self._state, "label"),
        ]

    def _state(self, one: Any) -> Any:
        return _("Open") if one.takes_answers(today()) else _("Closed")

    def state_of(self, record: Any) -> Any:
        return self._state(record)

    def actions(self) -> list[lists.Action]:
        return [
            lists.Action("close", _l("Close the survey"), "edit", self._close, icon="lock"),
            lists.Action("reopen", _l("Open it again"), "edit", self._reopen, form=ReopenForm, icon="arrow-repeat"),
        ]

    def shut_step(self, key: str, record: Any) -> str:
        if not self.in_one(lambda: self.may("edit", record.unit_id) and self._works_on(record)):
            return _not_yours(record)
        return services.shut(record) if key == "close" else services.stays(db, record, today())

    def _works_on(self, survey: Any) -> bool:
        return works_on(self, db.get_one(Activity, survey.activity_id))

    def is_yours(self, step: lists.Action | Transition, record: Any) -> bool:
        return self._works_on(record)

    def _require_worker(self, survey: Any) -> None:
        if not self._works_on(survey):
            raise RuleError(_not_yours(survey))

    def _close(self, survey: Any, _values: dict[str, Any]) -> None:
        self._require_worker(survey)
        services.close(db, survey)

    def _reopen(self, survey: Any, values: dict[str, Any]) -> None:
        self._require_worker(survey)
        services.reopen(db, survey, values["closes_on"], today=today())

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """A survey of the activity that `activity` names."""
        asked_activity(self, by_worker=True)
        return super().add()

    def begun_at(self) -> str:
        return url_for("ActivityView.show", record_id=asked_activity(self).id)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        template = db.get(SurveyTemplate, values["template_id"])
        if template is None:
            raise RuleError(_("Choose one from the list."), field="template_id")
        return services.make(db, asked_activity(self, by_worker=True), template, values["closes_on"], today=today())

    def after_save(self, record: Any) -> str:
        return self.url("show", record_id=record.id)

    def _address(self, survey: Any) -> str:
        base = public_url.base()
        return base + url_for("PublicSurveyView.show", token=survey.link)

    @expose("/<int:record_id>/qr.svg")
    @right("show")
    def qr(self, record_id: int) -> Any:
        """The QR code of the survey's link."""
        survey = self.find(record_id)
        file = io.BytesIO()
        segno.make(self._address(survey), error="m").save(file, kind="svg", scale=8)
        file.seek(0)
        return send_file(file, mimetype="image/svg+xml", as_attachment=True, download_name=f"survey-{survey.id}.svg")

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = []
        if self.in_one(lambda: self.may("edit", record.unit_id) and self._works_on(record)):
            if record.status == "open":
                to = self.url("bulk", key="close", ids=record.id, back="record")
                found.append(ActionLink(_l("Close the survey"), to, "lock", "primary"))
            if not services.stays(db, record, today()):
                to = self.url("bulk", key="reopen", ids=record.id, back="record")
                found.append(ActionLink(_l("Open it again"), to, "arrow-repeat"))
        found.append(ActionLink(_l("QR code"), self.url("qr", record_id=record.id), "qr-code"))
        found.append(
            ActionLink(_l("The activity"), url_for("ActivityView.show", record_id=record.activity_id), "easel")
        )
        return found

    def sections(self, record: Any) -> Sequence[Section]:
        facts = [
            (_l("Activity"), record.title), (_l("Open until"), shown_date(record.closes_on, "letter")),
            (_l("Link"), self._address(record)), (_l("Number of answers"), services.count(db, record)),
            (_l("Closed"), services.closed_because(db, record, today())),
        ]  # fmt: skip
        return [Section(_l("Facts"), facts)]

    def related(self, record: Any) -> Sequence[Related]:
        if record.takes_answers(today()):
            said = _(
                "It is open: the figures are shown once it is closed. Growing by one answer they would tell whose."
            )
            return [Related(_l("Results"), [], [("", [said])], "bar-chart")]
        found = services.results(db, record, today())
        heads = [_l("Section"), _l("Question"), _l("n"), _l("Mean"), _l("S.D."), _l("Level")]
        if found is None:
            hidden = ("", [_("Fewer than five have answered: nothing is shown, so that nobody is recognised.")])
            return [Related(_l("Results"), [], [hidden], "bar-chart")]
        rows: list[tuple[str, Sequence[Any]]] = []
        for one in found:
            shown = (figures.shown(one.mean, 2), figures.shown(one.deviation, 2))
            rows.append(("", [one.section, one.text, one.n, *shown, one.band]))
        remarks = [("", [one]) for one in services.remarks(db, record)]
        results = Related(_l("Results"), heads, rows, "bar-chart")
        return [results, *([Related(_l("Remarks"), [], remarks)] if remarks else [])]


class SurveyTemplateView(Owned):
    """Templates of questions."""

    route_base = "/services/survey-templates"
    resource = permissions.SURVEY
    model = SurveyTemplate
    title = _l("Survey templates")
    new_title = _l("New template")
    icon = "card-checklist"
    in_palette = False
    form_class = TemplateForm

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Heading"), link=True, kind="subject"),
            lists.Column("items", _l("Questions"), lambda row: len(row.items), "number", sort=False),
            lists.Column("active", _l("In use"), lambda row: _("Yes") if row.active else _("No"), "label"),
        ]

    def fill(self, form: Any, record: Any) -> None:
        form.items.process(None, record.items)

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        return services.save_template(db, record, values)

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        mine = self.in_one(lambda: self.may("edit", getattr(record, "unit_id", None)) and self.writes(record))
        return super().action_links(record) if mine else []

    def related(self, record: Any) -> Sequence[Related]:
        rows = [("", [one["section"], one["text"]]) for one in record.items]
        return [Related(_l("Questions"), [_l("Section"), _l("Question")], rows)]


class BallotForm(KhetForm):
    """What a stranger fills in; the questions are the survey's own."""

    drafts = False
    kind = choice(_l("I am"), [("", "–"), *services.KINDS.items()])
    remark = paragraph(_l("What else you want to say"), most=services.LONGEST_REMARK)


class PublicSurveyView(KhetView):
    """The survey as whoever holds its link sees it: no login, one answer a browser."""

    route_base = "/survey"
    by_link = True
    default_view = "show"

    def _found(self, session: KhetSession, token: str) -> Survey:
        survey = session.scalars(select(Survey).where(Survey.token == token_hash(token))).first()
        if survey is None or "service_request" not in khet().switchboard.effective(session, survey.district_id):
            raise NotFound
        return survey

    @expose("/<token>", methods=("GET", "POST"))
    def show(self, token: str) -> Any:
        """The questions; then thanks."""
        throttle.of_strangers(PER_ADDRESS, "survey")
        form = BallotForm()
        known = request.cookies.get(COOKIE, "")
        given = _given_here(known)
        ballot = known if given else _ballots().dumps(secrets.token_urlsafe(18))
        problem, done, typed = "", False, dict(request.form.items())
        stands = False  # this browser's answer is in since before: the same form sent again leads to it
        with khet().database.system("survey by link", write=request.method == "POST") as session:
            survey = self._found(session, token)
            items, title, closed = survey.items, survey.title, services.closed_because(session, survey, today())
            stands = given and services.has_answered(session, survey, ballot)
            if stands:
                pass
            elif request.method == "POST" and not given:
                problem = _(
                    "Answer once more from this page: it must be opened first, and your browser must keep cookies."
                )
            elif request.method == "POST" and form.validate():
                try:
                    if not throttle.takes(A_SHARE, "survey of", str(survey.id)):
                        raise RuleError(
                            _("So much came in from this network today that no more is taken. What you wrote stands "
                              "here: send it again tomorrow or from elsewhere, or tell the office by telephone.")
                        )  # fmt: skip
                    values = [_value(typed.get(f"item-{place}", "")) for place in range(len(items))]
                    services.answer(
                        session,
                        survey,
                        ballot,
                        values,
                        kind=form.kind.data,
                        remark=form.remark.data or "",
                        today=today(),
                    )
                    done = True
                except RuleError as error:
                    session.rollback()
                    problem = str(error.message)
                    stands = services.has_answered(session, self._found(session, token), ballot)
        page = self.render(
            "service_request/survey.html", items=items, title=title, closed=closed, form=form, done=done,
            problem=problem, typed=typed, stands=stands,
        )  # fmt: skip
        answer = make_response(page, 422 if (problem or form.errors) and not stands else 200)
        path = self.url("show", token=token)
        answer.set_cookie(
            COOKIE, ballot, max_age=180 * 86_400, httponly=True, samesite="Lax", secure=request.is_secure, path=path
        )  # fmt: skip
        return answer


def _ballots() -> URLSafeSerializer:
    """Signs the ballots that opening a survey gives out: who makes their own is not counted."""
    return URLSafeSerializer(khet().settings.secret_key, salt="survey-ballot")


def _given_here(ballot: str) -> bool:
    try:
        _ballots().loads(ballot)
    except BadSignature:
        return False
    return len(ballot) <= 120


def _value(raw: str) -> int | None:
    if not raw:
        return None
    return int(raw) if raw in ("1", "2", "3", "4", "5") else 0


VIEWS = [SurveyView, SurveyTemplateView, PublicSurveyView]
