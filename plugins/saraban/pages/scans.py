"""Pages of scan intake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from core.base.errors import NotFound, RuleError, refusal
from core.base.text.dates import shown_moment
from core.base.text.thai import today
from core.platform.documents import pages
from core.platform.documents.text_extraction import ocr_missing
from core.platform.masterdata.models import Unit
from core.records import lists
from core.records.files import store
from core.records.files.models import Attachment
from core.web.crud import ActionLink, CrudView
from core.web.forms import KhetForm
from core.web.image_response import image_response
from core.web.unit_of_work import db, khet
from core.web.views import expose, right
from plugins.saraban import permissions
from plugins.saraban.forms.scans import PiecesForm, ScanForm
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.scans import BROKEN, READING, READY, STATES, Scan, ScanPage
from plugins.saraban.pages.register import numbers_given, short_number
from plugins.saraban.work import registers, scans

#: points that a page's picture is wide: among others, beside a form
SMALL, LARGE = 220, 1100


class ScanView(CrudView):
    """รับหนังสือจากการสแกน: stacks of paper on their way into the register."""

    route_base = "/saraban/scans"
    resource = permissions.INCOMING
    model = Scan
    title = _l("Scanned stacks")
    new_title = _l("Take in a stack of scans")
    icon = "file-earmark-arrow-up"
    descending = True
    in_palette = False
    without = frozenset({"edit"})
    form_class = ScanForm
    show_template = "saraban/scan.html"
    empty_hint = _l("No stack yet.")
    first_hint = _l("Drop a PDF or photos.")

    def statement(self) -> Select[Any]:
        return select(Scan).where(self.units("add").criterion(Scan.unit_id))

    def find(self, record_id: int, verb: str = "show") -> Any:
        """Only who registers at the unit sees what is not registered yet."""
        return super().find(record_id, "add")

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("title", _l("Name"), link=True, kind="subject"),
            lists.Column("made_by", _l("Scanned by"), kind="name", wide=True),
            lists.Column("made_at", _l("Begun"), kind="moment", wide=True),
            lists.Column("state", _l("State"), lambda row: STATES[row.state], "label"),
        ]

    def filters(self) -> list[lists.Filter]:
        return [lists.Filter("state", _l("State"), lambda s, v: s.where(Scan.state == v), choices=list(STATES.items()))]

    def form(self, record: Any = None) -> Any:
        form: Any = ScanForm()
        if ocr_missing():
            form.files.description = _(
                "Pictures of pages are not read here, since Tesseract is missing: what stands in them is typed by hand."
            )
        return form

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        self.require_at("add", values["unit_id"])
        return scans.begin(db, values["unit_id"], values["title"] or "", values["files"] or [], by=self.actor.name)

    def state_of(self, record: Any) -> Any:
        return STATES[record.state]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        drop = ActionLink(_l("Drop the rest"), self.url("drop", record_id=record.id), "trash", "danger")
        if record.state == BROKEN:
            again = self.url("again", record_id=record.id)
            return [ActionLink(_l("Go on reading"), again, "arrow-repeat", "primary"), drop]
        if record.state != READY:
            return []
        if not scans.open_pieces(db, record, _pages(record)):
            return [drop]
        address = self.url("register", record_id=record.id)
        return [ActionLink(_l("Register all of them"), address, "journal-check", "primary"), drop]

    def closed_because(self, record: Any) -> str:
        if record.state in (READING, BROKEN):  # letters of it would lack pages
            return _("This stack is not to be registered now.")
        return "" if scans.open_pieces(db, record) else _("No letter of this stack is left to register.")

    def facts(self, record: Any) -> list[tuple[Any, Any]]:
        unit = db.get(Unit, record.unit_id)
        return [
            (_l("Register of"), unit.name if unit else ""),
            (_l("Scanned by"), f"{record.made_by} · {shown_moment(record.made_at)}"),
        ]

    def extra(self, record: Any) -> dict[str, Any]:
        read, ready = _pages(record), record.state == READY
        return {
            "pieces": scans.pieces(db, record, read), "ocr_missing": ocr_missing(), "ready": ready,
            "unread": scans.unread(db, record, read) if ready else [],
            "reasons": scans.reasons(db, record), "blank": bool(read),
            "numbers": {one.id: short_number(one) for one in scans.letters_of(db, record)},
        }  # fmt: skip

    @expose("/<int:record_id>/pages/<int:place>")
    @right("add")
    def page(self, record_id: int, place: int) -> Any:
        """The picture of one page; `large` beside a form."""
        scan = self.find(record_id)
        one = next((page for page in scans.pages_of(db, scan) if page.place == place), None)
        file = db.get(Attachment, one.file_id) if one is not None else None
        if one is None or file is None:
            raise NotFound
        place_of, number, wide = (
            store.whole(khet().settings.files_dir, file),
            one.number,
            LARGE if request.args.get("large") else SMALL,
        )
        return image_response(lambda: pages.picture(place_of, number, wide), "image/jpeg")

    @expose("/<int:record_id>/split", methods=("POST",))
    @right("add")
    def split(self, record_id: int) -> Any:
        """A letter begins with this page, or belongs to the one before it."""
        scan, raw = self.find(record_id), request.form.get("place", "")
        if not raw.isdecimal() or len(raw) > 5:
            raise NotFound
        try:
            scans.split(db, scan, int(raw), begins=request.form.get("begins") == "1")
        except RuleError as error:
            flash(str(error.message), "danger")
        return redirect(f"{self.url('show', record_id=scan.id)}#page-{raw}")

    @expose("/<int:record_id>/register", methods=("GET", "POST"))
    @right("add")
    def register(self, record_id: int) -> Any:
        """Numbers for the whole stack: every letter in a line, as it was read."""
        scan = self.find(record_id)
        if (shut := self.shut(scan)) is not None:
            return shut
        open_ones = scans.open_pieces(db, scan)
        form: Any = PiecesForm(data={"received_on": today(), "lines": [self._line(scan, one) for one in open_ones]})
        form.drafts = False
        papers: dict[Any, bytes] = {}

        def look() -> None:
            asked = {line["place"] for line in form.lines.data}
            wanted = [piece for piece in open_ones if piece.span in asked]
            papers.update(scans.cut(db, wanted, khet().settings.files_dir))

        def save() -> Any:
            there = {piece.span: piece for piece in open_ones}
            wanted = []
            for at, line in enumerate(form.lines.data):
                if (piece := there.pop(line["place"], None)) is None:
                    raise RuleError(self._not_open(scan, line["place"]), field=f"lines-{at}-place")
                wanted.append(piece)
            self._warn_of_doubles(scan, form)
            clerk = registers.Clerk(self.actor.user_id, self.actor.name, self.actor.clearance)
            made = []
            for at, (piece, line) in enumerate(zip(wanted, form.lines.data, strict=True)):
                try:
                    made.append(
                        scans.register(
                            db,
                            scan,
                            piece,
                            {**line, "received_on": form.received_on.data},
                            clerk=clerk,
                            today=today(),
                            root=khet().settings.files_dir,
                            papers=papers,
                        )  # fmt: skip
                    )
                except RuleError as error:
                    known = ("doc_no", "doc_date", "sender", "recipient", "subject", "speed")
                    raise RuleError(
                        error.message, f"lines-{at}-{error.field}" if error.field in known else error.field
                    ) from error
            return made

        return self.submit(
            form, save, lambda _made: self.url("show", record_id=scan.id),
            lambda: self.render(
                "khet/form.html", form=form, record=scan, heading=f"{_('Register all of them')} · {scan.title}",
                back=self.url("show", record_id=scan.id), save_title=_("Register"),
            ),
            done=numbers_given,
            look=look,
        )  # fmt: skip

    def _not_open(self, scan: Scan, place: str) -> str:
        """Why nothing is registered of what a line names."""
        first = place.partition("-")[0]
        return scans.not_open(db, scan, int(first) if first.isdecimal() and len(first) < 6 else 0)

    def _warn_of_doubles(self, scan: Scan, form: Any) -> None:
        """Ask once whether papers that are registered already are meant again; saving again confirms."""
        agreed = set((form.duplicate_ok.data or "").split())
        for at, line in enumerate(form.lines.data):
            known = registers.same_paper(
                db, IncomingLetter, scan.unit_id, line["doc_no"], line["sender"], line["doc_date"]
            )
            if known is None or str(known.id) in agreed:
                continue
            form.duplicate_ok.data = " ".join({*agreed, str(known.id)})
            raise RuleError(registers.registered_already(known), field=f"lines-{at}-doc_no")

    def _line(self, scan: Scan, piece: scans.Piece) -> dict[str, Any]:
        said = scans.look(db, scan, piece, today=today()).values
        unit = db.get(Unit, scan.unit_id)
        head = f"ผอ.{unit.name}" if unit is not None else ""
        return {"place": piece.span, "recipient": head, **said}

    @expose("/<int:record_id>/again", methods=("GET", "POST"))
    @right("add")
    def again(self, record_id: int) -> Any:
        """Read on where the reading broke off."""
        scan = self.find(record_id)
        title = _("Go on reading")
        shut = refusal(lambda: scans.check_again(scan))
        return self.step_page(scan, KhetForm(), lambda: scans.again(db, scan), title, shut=shut, save_title=title)

    @expose("/<int:record_id>/drop", methods=("GET", "POST"))
    @right("add")
    def drop(self, record_id: int) -> Any:
        """Give up what is not registered."""
        scan = self.find(record_id)
        root = khet().settings.files_dir
        title = _("Drop the rest")
        shut = refusal(lambda: scans.check_drop(scan))
        return self.step_page(scan, KhetForm(), lambda: scans.drop(db, scan, root), title, shut=shut, save_title=title)


def asked(value: str, may_add: Any) -> tuple[Scan, scans.Piece] | None:
    """The piece that an intake form is about ("7-3": stack, its first page; more may follow).

    None where it waits no more. Raises NotFound for one that may not be seen.
    """
    found = _named(value, may_add)
    if found[0].state != READY:
        return None
    scan, place = found
    piece = next((one for one in scans.pieces(db, scan) if one.place == place), None)
    return (scan, piece) if piece is not None and not piece.letter_id else None


def as_shown(value: str, may_add: Any) -> tuple[Scan, scans.Piece]:
    """The piece that an intake form registers, if it consists of the pages that the form showed (`name`).

    Raises RuleError where it became a letter, was dropped or parted anew meanwhile, and NotFound.
    """
    found = asked(value, may_add)
    if found is not None and value == name(*found):
        return found
    raise RuleError(scans.not_open(db, *_named(value, may_add)))


def name(scan: Scan, piece: scans.Piece) -> str:
    """What an intake form carries of the piece that it shows: the stack and all its pages."""
    return f"{scan.id}-{piece.span}"


def _named(value: str, may_add: Any) -> tuple[Scan, int]:
    stack, _dash, span = value.partition("-")
    place = span.partition("-")[0]
    if not (stack.isdecimal() and len(stack) < 10 and place.isdecimal() and len(place) < 6):
        raise NotFound
    scan = db.get(Scan, int(stack))
    if scan is None or not may_add(scan.unit_id):
        raise NotFound
    return scan, int(place)


def became(value: str, may_add: Any) -> int | None:
    """The letter that somebody made of the piece that an intake form asks for, as `asked` reads it."""
    return scans.became(db, *_named(value, may_add))


def fill(form: Any, scan: Scan, piece: scans.Piece) -> None:
    """Put what was read into an intake form, and say at each field how sure that is.

    The form carries the pages that it shows from the first look on, whatever is done to the stack meanwhile.
    """
    if request.method == "GET":
        form.scan.data = name(scan, piece)
    said = scans.look(db, scan, piece, today=today())
    hints = {
        "sure": _("Read from the file's own text. Check it."),
        "likely": _("Read from the picture, or recognised. Check every word."),
    }
    for field, level in said.sure.items():
        form[field].description = hints[level]
        if request.method == "GET":
            form[field].data = said.values[field]
    if piece.pages[0].how != pages.LAYER:
        for field in ("doc_no", "doc_date"):
            form[field].description = _("Thai digits cannot be read from a picture: type it.")
    if "sender" not in said.values:
        form.sender.description = _("No agency that is known here was recognised: type it.")


def pictures(scan: Scan, piece: scans.Piece) -> list[tuple[int, str]]:
    """(place, address of the large picture) of each page of a piece."""
    return [
        (page.place, url_for("ScanView.page", record_id=scan.id, place=page.place, large=1)) for page in piece.pages
    ]


def next_piece(scan_id: int) -> str:
    """The next piece of the stack that is not registered, as `asked` reads it; empty at the end."""
    scan = db.get(Scan, scan_id)
    if scan is None or scan.state != READY:
        return ""
    waiting = [piece.place for piece in scans.open_pieces(db, scan)]
    return f"{scan.id}-{waiting[0]}" if waiting else ""


def _pages(scan: Scan) -> list[ScanPage]:
    """The pages of a stack; read once a request, for its steps and its page both ask."""
    known: dict[int, list[ScanPage]] = g.setdefault("pages_of_scan", {})
    if scan.id not in known:
        known[scan.id] = scans.pages_of(db, scan)
    return known[scan.id]


VIEWS = [ScanView]
