"""Core as a plugin: always on, loaded by the same path as every other."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from core.base import permissions as p
from core.base.identity import Actor
from core.domain.standards import labels as _words  # noqa: F401
from core.ops import models  # noqa: F401 – tables exist before anything asks for them
from core.platform import succession
from core.platform.accounts import notify
from core.platform.events import PositionChanged, SchoolMerged, UnitClosed, UnitOpened
from core.plugins.events import Handler
from core.plugins.hookspecs import answers, hookimpl
from core.plugins.manifest import Card, Chart, Manifest, NavItem, Topic
from core.records.approvals import closed_units
from core.records.approvals import services as approvals
from core.storage.scope import KhetSession
from core.web import labels as _values  # noqa: F401

MANIFEST = Manifest(
    name="core",
    title=_l("Administration"),
    description=_l("Users, schools, people, modules and number books."),
    icon="gear",
    migrations="core.migrations",
    always_on=True,
)


@hookimpl
def khet_manifest() -> Manifest:
    return MANIFEST


@hookimpl
def khet_views() -> list[Any]:
    from core.web import personal as personal
    from core.web.api import views as api
    from core.web.help import views as help_pages
    from core.web.pages import approvals as approvals
    from core.web.pages import files as files
    from core.web.pages import head_office as headoffice
    from core.web.pages import home
    from core.web.pages import jobs as jobs
    from core.web.pages import modules as plugins
    from core.web.pages import notices as notices
    from core.web.pages import reports as reports
    from core.web.pages import schedule as schedule
    from core.web.pages import search as search
    from core.web.pages import standards as work
    from core.web.pages import timeline as timeline
    from core.web.pages import waiting as waiting
    from core.web.pages import went_on as went_on
    from core.web.pages.accounts import factors as factors
    from core.web.pages.accounts import login, own, setup
    from core.web.pages.accounts import views as accounts
    from core.web.pages.dual_control import nation as grave_nation
    from core.web.pages.dual_control import views as grave
    from core.web.pages.imports import views as imports
    from core.web.pages.masterdata import views as masterdata
    from core.web.pages.numbering import views as numbering

    modules = (
        home, login, factors, own, accounts, setup, masterdata, plugins, headoffice, numbering, files, timeline,
        personal, jobs, schedule, notices, search, help_pages, imports, api, reports, work, grave, grave_nation,
        approvals, went_on, waiting,
    )  # fmt: skip
    return [view for module in modules for view in module.VIEWS]


@hookimpl
def khet_jobs() -> list[Any]:
    from core.exchange.imports.tasks import KINDS_OF_JOB
    from core.exchange.reports import nation
    from core.web.list_jobs import KINDS
    from core.web.pages import reports as reports

    return [*KINDS, *KINDS_OF_JOB, *nation.KINDS, *reports.KINDS]


@hookimpl
def khet_schedule() -> list[Any]:
    from core.ops.scheduled import WORKS

    return list(WORKS)


@hookimpl
def khet_reports() -> list[Any]:
    from core.domain.standards.reports import REPORTS

    return list(REPORTS)


@hookimpl
def khet_standards() -> list[Any]:
    from core.domain.standards.manuals import standards

    return standards()


@hookimpl
def khet_importers() -> list[Any]:
    from core.web.pages.accounts.importer import USERS
    from core.web.pages.masterdata.importers import PEOPLE, SCHOOLS

    return [SCHOOLS, PEOPLE, USERS]


khet_handlers = answers(
    Handler(SchoolMerged, succession.school_merged),
    Handler(UnitClosed, succession.unit_closed),
    Handler(UnitClosed, closed_units.unit_closed),
    Handler(UnitClosed, notify.unit_closed),
    Handler(UnitOpened, succession.unit_opened),
    Handler(UnitOpened, notify.unit_opened),
    Handler(PositionChanged, approvals.position_changed),
)


@hookimpl
def khet_topics() -> list[Topic]:
    return [
        Topic("core.mentioned", _l("Somebody mentions me")),
        Topic("core.approval", _l("Something waits for my approval")),
        Topic("core.grave", _l("A grave right is asked for, given, taken or used")),
        Topic("core.undelivered", _l("An e-mail or a webhook could not be sent")),
        Topic(succession.TOPIC, _l("What was in work at a school or group that has ended is ours to finish")),
        Topic("core.worklist", _l("What waited for me was done by somebody else, or given to another")),
        Topic("core.due", _l("What waits for me falls due")),
        Topic("core.handed_over", _l("I am made responsible for something, or somebody else is in my place")),
        Topic("core.letter", _l("A letter that a work of mine cites is cancelled, or its draft dropped")),
        Topic("core.step", _l("A step of a work standard is given to me, handed in or sent back")),
        Topic("core.follow_up", _l("A task is given to me, taken or sent back, or what I gave is done")),
        Topic("core.job_ended", _l("My export or other long work is done")),
        Topic("core.backup_failed", _l("The backup of the server failed")),
        Topic("core.server_errors", _l("Pages of the server fail")),
        Topic("core.errands_failed", _l("Work of the system itself failed")),
        Topic("core.timeline_broken", _l("The history was changed on the server")),
        Topic("core.files_damaged", _l("Attached files are damaged on the server")),
    ]


@hookimpl
def khet_api() -> list[Any]:
    from core.web.pages.masterdata.api import RESOURCES

    return list(RESOURCES)


@hookimpl
def khet_home(session: KhetSession, actor: Actor, today: date) -> list[Card | Chart]:
    from core.web.pages import home

    return home.of_core(session, actor, today)


@hookimpl
def khet_help() -> Any:
    from core.web.help.core_help import HELP

    return HELP


@hookimpl
def khet_roles() -> list[p.RoleSpec]:
    return list(p.ROLES)


@hookimpl
def khet_navigation() -> list[NavItem]:
    head_office, work, books = _l("Head office"), _l("Work standards"), _l("Books and reports")
    settings, logs = _l("Settings"), _l("Logs")
    return [
        NavItem(_l("Schools"), "SchoolView.list", p.SCHOOLS, icon="buildings", order=500),
        NavItem(_l("School groups"), "SchoolGroupView.list", p.SCHOOL_GROUPS, icon="diagram-3", order=510),
        NavItem(_l("People"), "PersonView.list", p.PERSONS, icon="person-badge", order=520),
        NavItem(_l("Office and groups"), "UnitView.list", p.UNITS, icon="building", order=530),
        NavItem(_l("Holidays"), "HolidayView.list", p.HOLIDAYS, icon="calendar-x", order=535, fold=settings),
        NavItem(_l("Terms"), "TermView.list", p.TERM, icon="calendar-range", order=536, fold=settings),
        NavItem(
            _l("My steps"), "ProgressView.list", p.WORK, icon="list-check", order=300, section=work,
            worklist_verbs=("verify",), daily=True),
        NavItem(_l("Work standards"), "StandardView.list", p.STANDARD, icon="journal-check", order=310, section=work),
        NavItem(_l("Rounds of work"), "RunView.list", p.RUN, icon="arrow-repeat", order=320, section=work),
        NavItem(_l("Indicators"), "KpiView.list", p.KPI, icon="bullseye", order=330, section=work),
        NavItem(_l("Evidence"), "EvidenceView.list", p.EVIDENCE, icon="patch-check", order=340, section=work),
        NavItem(
            _l("Number books"), "BookView.list", "", icon="journal-text", order=400, section=books,
            open_to=lambda registry, actor, on: registry.books_of(actor, on),
        ),
        NavItem(
            _l("Reports"), "ReportView.index", "", icon="file-earmark-text", order=410, section=books,
            open_to=lambda registry, actor, on: registry.reports_of(actor, on),
        ),
        NavItem(_l("Users"), "UserView.list", p.USERS, icon="people", order=540, daily=True),
        NavItem(
            _l("Requests for grave rights"),
            "GraveActView.list",
            p.GRAVE_ACTS,
            icon="shield-lock",
            order=542,
            worklist_verbs=("consent",),
        ),
        NavItem(_l("Log of grave rights"), "GraveLogView.list", p.GRAVE_LOG, icon="lock", order=544, fold=logs),
        NavItem(
            _l("Approval chains"), "ApprovalChainView.list", p.APPROVALS, "edit", icon="ui-checks", order=546,
            fold=settings,
        ),
        NavItem(_l("Modules"), "ModuleView.list", p.MODULES, icon="toggles", order=550),
        NavItem(_l("Take in from Excel"), "ImportView.list", p.IMPORTS, icon="file-earmark-arrow-up", order=555),
        NavItem(
            _l("Done by the system itself"), "ScheduleView.list", p.SCHEDULE, icon="arrow-clockwise", order=558,
            fold=settings,
        ),
        NavItem(_l("Timeline"), "TimelineView.list", p.TIMELINE, icon="clock-history", order=560, fold=logs),
        NavItem(_l("Webhooks"), "WebhookView.list", p.WEBHOOKS, icon="broadcast", order=570, fold=settings),
        NavItem(_l("Districts"), "DistrictView.list", p.DISTRICTS, icon="map", order=600, section=head_office),
        NavItem(
            _l("Module rules"),
            "ModuleRuleView.list",
            p.MODULE_RULES,
            icon="toggles",
            order=610,
            section=head_office,
        ),
        NavItem(
            _l("Reports over all districts"),
            "NationReportView.list",
            p.DISTRICTS,
            "export",
            icon="bar-chart",
            order=605,
            section=head_office, daily=True),
        NavItem(
            _l("Requests for grave rights"),
            "GraveActNationView.list",
            p.GRAVE_ACTS_NATION,
            icon="shield-lock",
            order=630,
            section=head_office,
            worklist_verbs=("consent",),
        ),
        NavItem(
            _l("Log of grave rights"),
            "GraveLogNationView.list",
            p.GRAVE_LOG_NATION,
            icon="lock",
            order=640,
            section=head_office,
        ),
        NavItem(_l("Roles"), "RoleRuleView.list", p.ROLE_RULES, icon="key", order=620, section=head_office),
    ]  # fmt: skip
