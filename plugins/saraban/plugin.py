"""What correspondence plugs into core. No logic here."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.base.identity import Actor
from core.exchange.reports.report import Report
from core.platform.events import UnitClosed, WentOn
from core.plugins.events import Handler
from core.plugins.hookspecs import answers, hookimpl, says
from core.plugins.manifest import Book, Card, Chart, Manifest, NavItem, OpenItem, Topic
from core.records.integrations import Provider
from core.storage.scope import KhetSession
from plugins.saraban import handlers, kinds, neighbours, permissions
from plugins.saraban import models as _tables  # noqa: F401 - they exist even where the plugin is off
from plugins.saraban import words as _words  # noqa: F401
from plugins.saraban.models.letters import (
    CIRCULAR,
    INCOMING,
    OPEN,
    OUTGOING,
    SECRET_INCOMING,
    SECRET_OUTGOING,
    IncomingLetter,
    OutgoingLetter,
)
from plugins.saraban.reports.letters import INCOMING_BOOKS, NATION_REPORTS, OUTGOING_BOOKS, REPORTS
from plugins.saraban.work import queries

MANIFEST = Manifest(
    name="saraban",
    title=_l("Correspondence"),
    description=_l("Registers of incoming and outgoing letters, with their books and numbers."),
    icon="envelope-paper",
    migrations="plugins.saraban.migrations",
)


khet_manifest = says(MANIFEST)


@hookimpl
def khet_views() -> list[Any]:
    from plugins.saraban.pages import (
        assignments,
        drafts,
        emergency,
        exchange,
        incoming,
        outgoing,
        scans,
        settings,
        signing,
        storage,
        taking_over,
    )

    modules = (
        incoming, assignments, scans, outgoing, drafts, signing, exchange, storage, settings, emergency, taking_over,
    )  # fmt: skip
    return [view for module in modules for view in module.VIEWS]


khet_roles = answers(*permissions.ROLES)
STORAGE, SETTINGS = _l("Storage and destruction"), _l("Settings")
khet_navigation = answers(
    NavItem(
        _l("Incoming letters"),
        "IncomingView.list",
        permissions.INCOMING,
        icon="inbox",
        order=10,
        worklist_verbs=("edit",),
        daily=True,
    ),
    NavItem(_l("Outgoing letters"), "OutgoingView.list", permissions.OUTGOING, icon="send", order=20),
    NavItem(
        _l("Letters given to me"),
        "AssignmentView.list",
        permissions.ASSIGNMENT,
        icon="person-check",
        order=5,
        worklist_verbs=("edit",),
    ),
    NavItem(_l("Letters in storage"), "StoredView.list", permissions.STORAGE, icon="archive", order=42, fold=STORAGE),
    NavItem(_l("Folders"), "FolderView.list", permissions.STORAGE, icon="archive", order=43, fold=STORAGE),
    NavItem(
        _l("Lent letters"),
        "LoanView.list",
        permissions.STORAGE,
        icon="box-arrow-right",
        order=44,
        worklist_verbs=("edit",),
        fold=STORAGE,
    ),
    NavItem(
        _l("Destruction of letters"),
        "DestructionView.list",
        permissions.STORAGE,
        icon="fire",
        order=45,
        worklist_verbs=("approve",),
        fold=STORAGE,
    ),
    NavItem(
        _l("How long letters are kept"),
        "RetentionView.list",
        permissions.STORAGE,
        icon="hourglass-split",
        order=46,
        fold=STORAGE,
    ),
    NavItem(_l("Registry settings"), "SettingView.list", permissions.SETTING, icon="sliders", order=50, fold=SETTINGS),
    NavItem(
        _l("Incoming tray"),
        "ArrivalView.list",
        permissions.INCOMING,
        verb="add",
        icon="box-arrow-in-down",
        order=8,
        worklist_verbs=("add",),
    ),
    NavItem(
        _l("Scanned stacks"),
        "ScanView.list",
        permissions.INCOMING,
        verb="add",
        icon="file-earmark-arrow-up",
        order=9,
        worklist_verbs=("add",),
    ),
    NavItem(
        _l("Drafts"), "DraftPaperView.list", permissions.DRAFT, icon="pen", order=15, worklist_verbs=("edit", "issue")
    ),
    NavItem(
        _l("Orders, announcements and other papers"),
        "IssuedView.list",
        permissions.OUTGOING,
        icon="file-earmark-text",
        order=22,
    ),
    NavItem(_l("Letters sent, by recipient"), "DispatchView.list", permissions.OUTGOING, icon="send-check", order=25),
    NavItem(
        _l("Open a secret paper in an emergency"),
        "EmergencyView.ask",
        permissions.EMERGENCY,
        fold=SETTINGS,
        verb="add",
        icon="exclamation-triangle",
        order=60,
    ),
    NavItem(
        _l("Take over the secret registry"),
        "TakingOverView.ask",
        permissions.SECRET,
        verb="add",
        icon="shield-lock",
        order=61,
    ),
)


@hookimpl
def khet_books() -> list[Book]:
    books = [
        (INCOMING, INCOMING_BOOKS, permissions.INCOMING, IncomingLetter),
        (OUTGOING, OUTGOING_BOOKS, permissions.OUTGOING, OutgoingLetter),
        (CIRCULAR, OUTGOING_BOOKS, permissions.OUTGOING, OutgoingLetter),
        *((kind.book, kinds.ISSUED_BOOKS, permissions.OUTGOING, OutgoingLetter) for kind in kinds.ISSUED),
        (SECRET_INCOMING, INCOMING_BOOKS, permissions.SECRET, IncomingLetter),
        (SECRET_OUTGOING, OUTGOING_BOOKS, permissions.SECRET, OutgoingLetter),
    ]
    return [
        Book(key, titles[key], resource, model, secret=resource == permissions.SECRET, reserved=True)
        for key, titles, resource, model in books
    ]


@hookimpl
def khet_reports() -> list[Report]:
    from plugins.saraban.reports import exchange, incoming, overview, storage

    return [*REPORTS, *overview.REPORTS, *incoming.REPORTS, *exchange.REPORTS, *storage.REPORTS]


khet_nation_reports = answers(*NATION_REPORTS)


@hookimpl
def khet_importers() -> list[Any]:
    from plugins.saraban.importers import IMPORTERS

    return list(IMPORTERS)


@hookimpl
def khet_api() -> list[Any]:
    from plugins.saraban.api import RESOURCES

    return list(RESOURCES)


@hookimpl
def khet_jobs() -> list[Any]:
    from plugins.saraban.work import delivery, reading, scans

    return [*delivery.KINDS, *reading.KINDS, *scans.KINDS]


@hookimpl
def khet_topics() -> list[Topic]:
    from plugins.saraban.work import undelivered

    return [
        Topic("saraban.assigned", _l("A letter is given to me")),
        Topic("saraban.returned", _l("A letter that I put up is sent back")),
        Topic("saraban.withdrawn", _l("A letter is taken from me again")),
        Topic("saraban.urgent", _l("A most urgent letter comes in")),
        Topic("saraban.reminded", _l("A sender reminds us of a letter")),
        Topic("saraban.emergency", _l("A secret paper is opened in an emergency")),
        Topic("saraban.recalled", _l("A sender takes a letter back")),
        Topic("saraban.undelivered", _l("A letter that I sent was not delivered")),
        Topic("saraban.not_recalled", _l("A letter that I sent could not be taken back")),
        Topic("saraban.untold", _l("A sender could not be told how a letter goes on")),
        Topic(
            "saraban.dispatch",
            _l("A sent letter is a step further (webhooks)"),
            personal=False,
            mailed=undelivered.mailed,
        ),
        Topic("saraban.draft", _l("A draft is put before me")),
        Topic("saraban.proposed", _l("A letter is put before me")),
    ]


khet_handlers = answers(Handler(WentOn, handlers.went_on), Handler(UnitClosed, handlers.unit_closed))


@hookimpl
def khet_provides() -> list[Provider]:
    return [neighbours.Letters()]


@hookimpl
def khet_help() -> Any:
    from plugins.saraban.help import HELP

    return HELP


_OPEN = select(IncomingLetter.id).where(IncomingLetter.status.in_(OPEN))
khet_open_items = answers(OpenItem(_l("Incoming letters without an action taken"), _OPEN))


@hookimpl
def khet_home(session: KhetSession, actor: Actor, today: date) -> list[Card | Chart]:
    cards: list[Card | Chart] = [
        Card(_("Received today"), "IncomingView", "inbox", {"when": "today"}),
        Card(_("Sent today"), "OutgoingView", "send", {"when": "today"}),
    ]
    if actor.may(permissions.INCOMING, "edit"):
        cards.append(Card(_("Registered, and proposed to nobody"), "IncomingView", "fire", {"with": "nobody"}))
    if units := actor.units(permissions.INCOMING, "list"):
        weeks = queries.by_week(session, units, today)
        url = url_for("IncomingView.list") + "?as=chart&group=month"
        cards.append(Chart(_("Letters received each week"), weeks, url, "column"))
        if not actor.units(permissions.INCOMING, "add"):  # who only reads asks with whom the letters are
            waiting = tuple((name or _("Nobody"), count) for name, count in queries.by_officer(session, units))
            url = url_for("IncomingView.list") + "?late=1"
            cards.append(Chart(_("Letters that wait, by officer"), waiting, url))
    return cards


@hookimpl
def khet_demo(session: KhetSession, district: Any) -> None:
    from plugins.saraban.demo import fill

    fill(session, district)
