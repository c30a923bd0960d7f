"""What cooperation plugs into core. No logic here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select

from core.domain.standards import specs
from core.platform.events import LetterEnded
from core.platform.timeline import labels
from core.plugins.events import Handler
from core.plugins.hookspecs import answers, hookimpl, says
from core.plugins.manifest import Book, Help, Manifest, NavItem, OpenItem, Topic
from core.storage.scope import KhetSession
from core.web.letter_links import begins_work
from plugins.cooperation import handlers, models, permissions, reports, services

MANIFEST = Manifest(
    name="cooperation",
    title=_l("Cooperation"),
    description=_l("Joint and supporting work with other agencies, from the analysis to what was published."),
    icon="people",
    uses=("saraban", "service_request"),
    migrations="plugins.cooperation.migrations",
)
TITLES = {
    "002-COOP": (
        "การปฏิบัติงานร่วมกับหรือสนับสนุนการปฏิบัติงานของหน่วยงานอื่นที่เกี่ยวข้องหรือที่ได้รับการมอบหมาย",
        "เพื่อเป็นแนวทางในการปฏิบัติงานร่วมกับหรือสนับสนุนหน่วยงานอื่นทั้งในและนอกสำนักงานเขตพื้นที่การศึกษา",
    ),
    "003-T12": ("งานหน่วยงานอื่นที่ได้รับมอบหมาย", "เพื่อปฏิบัติงานที่ได้รับมอบหมายให้บรรลุวัตถุประสงค์"),
}
labels.register(
    kinds={
        "cooperation_agency": _l("Agency"), "cooperation_agreement": _l("Agreement"),
        "cooperation_case": _l("Work with other agencies"), "cooperation_task": _l("Task"),
    },
    actions={
        "cooperation.propose": _l("proposed"), "cooperation.approve": _l("approved"),
        "cooperation.back": _l("sent back"), "cooperation.reject": _l("not approved"),
        "cooperation.revise": _l("revised"), "cooperation.hand_over": _l("handed over"),
        "cooperation.order": _l("order noted"), "cooperation.begin": _l("begun"),
        "cooperation.evaluate": _l("summary written"),
        "cooperation.report": _l("reported"), "cooperation.publish": _l("published"), "cooperation.close": _l("closed"),
    },
    # as the history of tasks called it before they were follow-ups
    values={("cooperation_task", "status"): {"open": lazy_pgettext("task", "Open"), "done": _l("Done")}},
)  # fmt: skip


khet_manifest = says(MANIFEST)


@hookimpl
def khet_views() -> list[Any]:
    from plugins.cooperation.views import VIEWS

    return list(VIEWS)


khet_roles = answers(*permissions.ROLES)


khet_navigation = answers(
    NavItem(
        _l("Work with other agencies"), "CaseView.list", permissions.CASE, icon="people", order=200,
        worklist_verbs=("edit", "approve"), daily=True),
    NavItem(_l("Tasks"), "TaskView.list", permissions.TASK, icon="check2-square", order=205, worklist_verbs=("edit",)),
    NavItem(_l("Agencies"), "AgencyView.list", permissions.AGENCY, icon="building", order=210),
)  # fmt: skip
khet_books = answers(Book(models.BOOK, _l("Book of work with other agencies"), permissions.CASE, models.Case))
khet_reports = answers(reports.REPORT)
khet_nation_reports = answers(reports.NATION)


khet_standards = answers(*specs.read(Path(__file__).parent / "data" / "steps.csv", TITLES))
khet_kpis = answers(
    specs.KpiSpec("coop.reported", _l("Works reported"), _l("per cent"), 100, share=services.reported_share)
)


khet_handlers = answers(Handler(LetterEnded, handlers.letter_ended))


khet_action_links = begins_work(_l("Begin work with another agency"), "CaseView.add", "people", "add", permissions.CASE)


_UNFINISHED = select(models.Case.id).where(models.Case.status.in_(models.OPEN))
khet_open_items = answers(OpenItem(_l("Works with other agencies that are not reported"), _UNFINISHED))


khet_topics = answers(
    Topic("cooperation.decided", _l("A work with another agency is decided or sent back")),
    Topic("cooperation.given", _l("A task of such a work is given to me")),
    Topic("cooperation.taken", _l("A task of such a work is taken from me again")),
)


khet_help = says(
    Help(
        steps=(
            (_l("Analyse"), _l("Open new work: which agency, what is its mission, what is our part.")),
            (
                _l("Propose"),
                _l("Write what is proposed and who works on it, draft form 7.1, and propose it to the director."),
            ),
            (_l("Do"), _l("After the order (form 7.2), give out tasks and lay evidence to them.")),
            (_l("Report and publish"), _l("Write the summary (form 7.3), report it, publish it, close it.")),
        ),
        glossary=(("บันทึกข้อตกลง", _l("An agreement (MOU) with an agency, from one day to another.")),),
    )
)


@hookimpl
def khet_demo(session: KhetSession, district: Any) -> None:
    from plugins.cooperation.demo import fill

    fill(session, district)
