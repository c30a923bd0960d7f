"""What visitor_book plugs into core. No logic here."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from core.platform.masterdata.models import Unit
from core.platform.timeline import labels
from core.plugins.hookspecs import answers, hookimpl, says
from core.plugins.manifest import Book, Card, Help, Manifest, NavItem
from core.storage.fields import Values
from core.storage.scope import KhetSession
from khet_visitor_book import permissions, services, tables
from khet_visitor_book.models import Visit

TITLE = _l("Visitor book")
labels.register(kinds={Visit.__tablename__: _l("Visitor")})


HELP = ((_l("A visitor comes"), _l("Press n and write who it is; they wait in the list until they have left.")),)

khet_manifest = says(Manifest("visitor_book", TITLE, icon="person-badge", migrations="khet_visitor_book.migrations"))
khet_roles = answers(*permissions.ROLES)
khet_navigation = answers(NavItem(TITLE, "VisitView.list", permissions.VISIT, worklist_verbs=("edit",), order=300))
khet_books = answers(Book(Visit.BOOK, TITLE, permissions.VISIT, Visit))
khet_reports = answers(tables.REPORT)
khet_nation_reports = answers(tables.NATION)
khet_importers = answers(tables.IMPORTER)
khet_api = answers(tables.RESOURCE)
khet_help = says(Help(steps=HELP))


@hookimpl
def khet_views() -> list[Any]:
    from khet_visitor_book.views import VisitView

    return [VisitView]


@hookimpl
def khet_home(session: KhetSession, actor: Any, today: date) -> list[Card]:
    return [Card(_l("Visitors in the house"), "VisitView", where={"state": "inside"})]


@hookimpl
def khet_demo(session: KhetSession, district: Any) -> None:
    for unit in (district.office, district.group, session.get_one(Unit, district.schools[0].unit_id)):
        line = Values(came_on=district.today, name="ผู้ปกครองนักเรียน", purpose="ขอพบผู้อำนวยการ", matter="contact")
        services.enter(session, None, unit.id, line, today=district.today, by="demo")
