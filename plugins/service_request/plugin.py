"""What academic services plug into core. No logic here."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.base.identity import Actor
from core.domain.standards import specs
from core.platform.events import LetterEnded, UnitClosed, WentOn
from core.platform.schedule.periodic import MORNING, Periodic
from core.plugins.events import Handler
from core.plugins.hookspecs import answers, hookimpl, says
from core.plugins.manifest import Book, Card, Chart, Manifest, NavItem, OpenItem, Topic
from core.records.integrations import Provider
from core.storage.scope import KhetSession
from core.web.letter_links import begins_work
from plugins.service_request import catalogue, handlers, kpis, models, permissions, reports
from plugins.service_request import words as _words  # noqa: F401
from plugins.service_request.models import OPEN
from plugins.service_request.requests.life import WORKFLOW
from plugins.service_request.surveys import ends as survey_ends
from plugins.service_request.surveys import services as surveys

MANIFEST = Manifest(
    name="service_request",
    title=_l("Academic services"),
    description=_l(
        "Schools ask the supervision group for help; the request walks to its end with letters, survey and summary."
    ),
    icon="hand-index",
    uses=("saraban",),
    migrations="plugins.service_request.migrations",
)
#: rights for which a request can wait
STEPS = ("edit", "receive", "circulate", "consider", "approve")
TITLES = {
    "004-SVC": ("การให้บริการทางวิชาการ", "เพื่อเป็นแนวทางในการให้บริการทางวิชาการแก่สถานศึกษาและหน่วยงาน"),
    "004-AREA": ("การวิเคราะห์พื้นที่", "เพื่อวิเคราะห์พื้นที่หรือปัญหาก่อนจัดทำแผนบริการวิชาการ"),
    "004-PLAN": ("การพัฒนาแผนบริการวิชาการ", "เพื่อพัฒนาแผน ถ่ายทอดสู่การปฏิบัติ และติดตามตามตัวชี้วัด"),
}


khet_manifest = says(MANIFEST)


@hookimpl
def khet_views() -> list[Any]:
    from plugins.service_request.activities import preparations
    from plugins.service_request.activities import views as activities
    from plugins.service_request.feedback import views as feedback
    from plugins.service_request.planning import views as planning
    from plugins.service_request.requests import follow, speakers
    from plugins.service_request.requests import views as requests
    from plugins.service_request.surveys import views as surveys

    return [
        view
        for module in (requests, speakers, follow, activities, preparations, surveys, feedback, planning)
        for view in module.VIEWS
    ]


khet_roles = answers(*permissions.ROLES)


@hookimpl
def khet_navigation() -> list[NavItem]:
    p = permissions
    plans, settings = _l("Analyses and plans"), _l("Settings")
    return [
        NavItem(
            _l("Requests for service"),
            "RequestView.list",
            p.REQUEST,
            icon="hand-index",
            order=100,
            worklist_verbs=STEPS,
            daily=True,
        ),
        NavItem(
            _l("Speakers and their calendar"),
            "NomineeView.list",
            p.NOMINEE,
            icon="calendar-week",
            order=105,
            worklist_verbs=("answer",),
            daily=True,
        ),
        NavItem(_l("Activities"), "ActivityView.list", p.ACTIVITY, icon="easel", order=110),
        NavItem(
            _l("To get ready"),
            "PreparationView.list",
            p.PREPARATION,
            icon="list-check",
            order=112,
            worklist_verbs=("edit",),
        ),
        NavItem(
            _l("Costs and their papers"),
            "ExpenseView.list",
            p.EXPENSE,
            icon="cash",
            order=115,
            worklist_verbs=("edit",),
        ),
        NavItem(_l("Summaries"), "SummaryView.list", p.SUMMARY, icon="card-text", order=120, worklist_verbs=("edit",)),
        NavItem(_l("Satisfaction surveys"), "SurveyView.list", p.SURVEY, icon="ui-checks", order=125),
        NavItem(
            _l("Survey templates"),
            "SurveyTemplateView.list",
            p.SURVEY,
            "edit",
            icon="card-checklist",
            order=127,
            fold=settings,
        ),
        NavItem(
            _l("Complaints and suggestions"),
            "FeedbackView.list",
            p.FEEDBACK,
            icon="chat-square-text",
            order=130,
            worklist_verbs=("edit",),
        ),
        NavItem(_l("Analyses of an area"), "AnalysisView.list", p.PLAN, icon="search", order=135, fold=plans),
        NavItem(
            _l("Plans of service"),
            "PlanView.list",
            p.PLAN,
            icon="diagram-3",
            order=140,
            worklist_verbs=("edit", "approve"),
            fold=plans,
        ),
        NavItem(_l("Catalogue of services"), "ServiceView.list", p.SERVICE, icon="list-ul", order=155, fold=settings),
        NavItem(
            _l("Settings of services"), "ServiceSettingView.list", p.SETTING, icon="sliders", order=160, fold=settings
        ),
    ]


khet_books = answers(
    Book(models.BOOK, _l("Book of requests"), permissions.REQUEST, models.Request, unit_column="served_by_id")
)


khet_reports = answers(*reports.REPORTS)
khet_nation_reports = answers(*reports.NATION_REPORTS)


khet_standards = answers(*specs.read(Path(__file__).parent / "data" / "steps.csv", TITLES))
khet_kpis = answers(*kpis.KPIS)


khet_handlers = answers(
    Handler(WentOn, handlers.went_on),
    Handler(UnitClosed, handlers.unit_closed),
    Handler(LetterEnded, handlers.letter_ended),
)


@hookimpl
def khet_provides() -> list[Provider]:
    from plugins.service_request.neighbours import Speakers

    return [Speakers()]


khet_action_links = begins_work(
    _l("Receive as a request for service"), "RequestView.add", "hand-index", "receive", permissions.REQUEST
)


@hookimpl
def khet_shipped(session: KhetSession) -> int:
    return catalogue.fill(session) + surveys.fill(session)


khet_schedule = answers(
    Periodic("service_request.surveys", _l("Tell whose surveys are over"), survey_ends.tell, at=MORNING)
)
khet_topics = answers(
    Topic("service_request.asked", _l("I am asked to speak, it is approved, or I am needed no longer")),
    Topic("service_request.decided", _l("A request of ours is decided, moved or called off, or waits for us")),
    Topic("service_request.unfit", _l("A request comes back to us: answered, sent back, withdrawn or called off")),
    Topic(
        "service_request.planned",
        _l("An activity of a plan is changed, called off or taken up again, or loses a speaker"),
    ),
    Topic("service_request.plan", _l("A plan of mine is approved or sent back")),
    Topic("service_request.feedback", _l("A complaint or suggestion is given to me")),
    Topic(survey_ends.TOPIC, _l("A survey about an activity of mine is over")),
    Topic("service_request.papers", _l("Money papers of mine are missing")),
)


@hookimpl
def khet_help() -> Any:
    from plugins.service_request.help import HELP

    return HELP


_UNANSWERED = select(models.Feedback.id).where(models.Feedback.status.in_(("new", "assigned")))
khet_open_items = answers(
    OpenItem(_l("Requests that are not closed"), select(models.Request.id).where(models.Request.status.in_(OPEN))),
    OpenItem(_l("Complaints without an answer"), _UNANSWERED),
)


@hookimpl
def khet_home(session: KhetSession, actor: Actor, today: date) -> list[Card | Chart]:
    units = actor.units(permissions.REQUEST, "list")
    if not units:
        return []
    model = models.Request
    mine = (units.criterion(model.unit_id), model.status.in_(OPEN))
    cards: list[Card | Chart] = [Card(_("Requests that are not closed"), "RequestView", "hand-index", {"open": "1"})]
    if actor.may(permissions.REPORT, "export"):
        found = session.execute(select(model.status, func.count()).where(*mine).group_by(model.status)).all()
        counted = {row[0]: row[1] for row in found}
        points = tuple((str(WORKFLOW.states[state]), counted[state]) for state in WORKFLOW.states if state in counted)
        cards.append(
            Chart(_("Where do requests stand?"), points, url_for("RequestView.list") + "?as=chart&group=state&open=1")
        )
    return cards


@hookimpl
def khet_demo(session: KhetSession, district: Any) -> None:
    from plugins.service_request.demo import fill

    fill(session, district)
