"""What the book holds."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.workflow import Transition, Workflow
from core.platform.numbering.models import Numbered, numbered
from core.platform.worklist.sync import InWorklist, WorkItem
from core.storage import fields
from core.storage.base import DistrictOwned, Importable, Model, Tracked, Versioned, belongs_to, imported
from core.storage.succession import stays
from khet_visitor_book.permissions import VISIT

WORKFLOW = Workflow(
    states={"inside": _l("In the house"), "left": _l("Went home"), "void": _l("Struck out")},
    transitions=(
        Transition("leave", _l("Note that they left"), ("inside",), "left", "edit", "box-arrow-right"),
        Transition("strike", _l("Strike out"), ("inside",), "void", "edit", "x-circle"),
    ),
)
MATTERS = {"contact": _l("Contact"), "meeting": _l("Meeting"), "delivery": _l("Delivery")}


class Visit(Numbered, InWorklist, Importable, Tracked, Versioned, DistrictOwned, Model):
    """A visitor; waits for the gate until they have left."""

    __tablename__ = "visitor_book_visit"
    constraints: ClassVar = (belongs_to("unit_id", "core_unit"), *numbered(), imported("visitor_book_visit"))
    BOOK = "visitor_book.visits"

    #: under its number in the book that gave it
    GOES_ON = stays("VisitView", ("edit", VISIT), "inside")
    unit_id: Mapped[int]
    status = fields.choice(_l("State"), WORKFLOW.states, default="inside")
    came_on = fields.date(_l("Came on"), required=True, headings=("วันที่", "วันที่มาติดต่อ"), api="write")
    name = fields.text(_l("Visitor"), most=150, required=True, search=True, look="name", headings=("ชื่อ",), api="write")
    organisation = fields.text(_l("Where from"), most=200, search=True, headings=("หน่วยงาน",), api="write")
    matter = fields.choice(_l("Matter"), MATTERS, default="contact", api="write")
    purpose = fields.text(_l("Wants"), most=300, required=True, search=True, look="subject", api="write")
    reason = fields.paragraph(_l("Why it is struck out"), most=300)
    search_text: Mapped[str] = mapped_column(String(900), default="")

    @property
    def label(self) -> str:
        return f"{self.number_text} {self.purpose}"

    def work_item(self) -> WorkItem | None:
        if self.status != "inside":
            return None
        return WorkItem(view="VisitView", resource=VISIT, verb="edit", unit_id=self.unit_id)
