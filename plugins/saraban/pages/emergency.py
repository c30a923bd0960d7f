"""Break-glass: a secret paper opened by who is not named for it, for half an hour, with a reason that its readers see.

Rules: domain notes on saraban §7 (timed, reason, log). The right is a role of its own that two people give beforehand
(core/grave); nobody has it by being administrator. The password is asked for each paper, the director is told at once,
and it stands in the log of grave rights. Papers are seen on the screen alone, marked with the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import flash, request
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeTimedSerializer
from limits import parse
from sqlalchemy import select
from wtforms.validators import InputRequired, NumberRange

from core.base.errors import FileGone, NotFound, RuleError
from core.base.text.dates import shown_date
from core.base.text.thai import buddhist_year, clean, format_moment, today
from core.platform.documents import watermark
from core.platform.dual_control import log, rules
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.sandbox import Refused
from core.platform.timeline import recorder
from core.platform.users.models import Account
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.base import utc_now
from core.storage.scope import RAW, KhetSession
from core.web.forms import SECRECY_LEVELS, KhetForm, WholeField, choice, paragraph
from core.web.image_response import image_response
from core.web.security import reauthentication
from core.web.security.throttle import Count
from core.web.unit_field import UnitField
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose, right
from plugins.saraban import permissions
from plugins.saraban.models.letters import SECRET_INCOMING, SECRET_OUTGOING, IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.pages.parts import Part
from plugins.saraban.words import SECRET_NUMBER
from plugins.saraban.work import registers

#: seconds that a glass stays broken
OPEN_FOR = 30 * 60
LEAST_REASON = 15
#: numbers that are not there, of one person: a slip of the pen, not a look through the book
MISSES = parse("5 per hour")
BOOKS = {SECRET_INCOMING: IncomingLetter, SECRET_OUTGOING: OutgoingLetter}


class EmergencyForm(KhetForm):
    """Which paper, and why."""

    drafts = False

    unit_id = UnitField(_l("Register of"), permissions.EMERGENCY)
    book = choice(
        _l("Book"),
        [(SECRET_INCOMING, _l("Secret incoming book")), (SECRET_OUTGOING, _l("Secret outgoing book"))],
    )
    year = WholeField(_l("Year (B.E.)"), [InputRequired(), NumberRange(2500, 2700)])
    number = WholeField(_l("Number"), [InputRequired(), NumberRange(1, 200_000)])
    reason = paragraph(
        _l("Reason"), need=True, most=400, help=_l("Everybody who is named for this paper reads it, and the director.")
    )

    sizes = {"unit_id": "half", "book": "half", "year": "third", "number": "third"}


class EmergencyView(KhetView):
    """Open a secret paper in an emergency."""

    route_base = "/saraban/emergency"
    resource = permissions.EMERGENCY
    default_view = "ask"
    title = _l("Open a secret paper in an emergency")
    icon = "exclamation-triangle"

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(khet().settings.secret_key, salt="break-glass")

    @contextmanager
    def _filtered_session(self, *, write: bool = False) -> Iterator[KhetSession]:
        """A session of the own district in which RAW statements see what nobody named this person for."""
        with khet().database.district(
            self.actor.district_id, "break glass", user_id=self.actor.user_id, user_name=self.actor.name, clearance=3,
            write=write,
        ) as own:  # fmt: skip
            yield own

    @expose("/", methods=("GET", "POST"))
    @right("add")
    def ask(self) -> Any:
        """Which paper, and why; the answer is a page that holds for half an hour."""
        form: Any = EmergencyForm()
        if request.method == "GET":
            form.year.data = buddhist_year(today())

        def save() -> str:
            if len(clean(form.reason.data or "")) < LEAST_REASON:
                raise RuleError(_("Say why in a sentence: its readers will ask."), field="reason")
            reauthentication.require(always=True)  # whoever found the screen open is not the one who is named
            db.rollback()  # nothing is written yet, and what follows needs SQLite's only writer
            misses = Count((MISSES,), ("break-glass", str(self.actor.user_id)))
            if misses.wait():
                raise RuleError(_("You asked too often for numbers that are not there. The director has been told."))
            facts = {"number": f"{form.number.data}/{form.year.data}", "book": form.book.data}
            with self._filtered_session(write=True) as own:
                letter = _find(own, form.book.data, form.unit_id.data, form.year.data, form.number.data)
                unit = own.get_one(Unit, form.unit_id.data).name
                _tell(own, letter, {"what": SECRET_NUMBER, **facts, "unit": unit}, clean(form.reason.data))
            if letter is None:  # said to the director as well: who tries numbers learns the book
                misses.add()
                raise RuleError(_("There is no such number in this book. The director is told."), field="number")
            token = self._signer().dumps([form.book.data, letter.id, self.actor.user_id])
            flash(_("The paper is open for you for 30 minutes. Its readers and the director are told."), "warning")
            return str(token)

        return self.submit(
            form, save, lambda token: self.url("show", glass=token),
            lambda: self.render(
                "khet/form.html", form=form, record=None, heading=self.title, plain=True, save_title=_("Open the paper")
            ),
        )  # fmt: skip

    def _letter(self, own: KhetSession, glass: str) -> Letter:
        try:
            book, number, user_id = self._signer().loads(glass, max_age=OPEN_FOR)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFound from error
        model = BOOKS.get(book)
        if user_id != self.actor.user_id or model is None:
            raise NotFound
        letter: Letter | None = own.execute(
            _of(own, model).where(model.id == number), execution_options=RAW
        ).scalar_one_or_none()
        if letter is None:
            raise NotFound
        self.require_at("add", letter.unit_id)
        return letter

    @expose("/<glass>")
    @right("add")
    def show(self, glass: str) -> Any:
        """The paper's facts and its pages."""
        with self._filtered_session(write=True) as own:
            letter = self._letter(own, glass)
            recorder.note(own, letter, "saraban.secret.viewed", _("in an emergency"))
            found = _files(own, letter)
            secrecies = dict(SECRECY_LEVELS)
            facts = [
                (_l("Letter no."), letter.doc_no), (_l("Dated"), shown_date(letter.doc_date, "letter")),
                (_l("From"), letter.sender), (_l("To (addressee)"), letter.recipient), (_l("Subject"), letter.subject),
                (_l("Secrecy"), secrecies[letter.secrecy]), (_l("Action taken"), letter.action),
            ]  # fmt: skip
            heading = f"{letter.number_text}/{letter.year}"
        files = [(file, *_pages(file)) for file in found]
        return self.render("saraban/emergency.html", heading=heading, facts=facts, files=files, glass=glass)

    @expose("/<glass>/<int:file_id>/<int:page>")
    @right("add")
    def page(self, glass: str, file_id: int, page: int) -> Any:
        """One page as a picture with the reader's name and the time across it."""
        with self._filtered_session() as own:
            letter = self._letter(own, glass)
            file = next((one for one in _files(own, letter) if one.id == file_id), None)
        if file is None:
            raise NotFound
        place, mark = store.whole(khet().settings.files_dir, file), f"{self.actor.name} {format_moment(utc_now())}"
        return image_response(lambda: watermark.picture(place, mark, page), "image/png")


def _pages(file: Attachment) -> tuple[Part, str]:
    """The pages that are shown, and why there are none."""
    try:
        path = store.whole(khet().settings.files_dir, file)
        return Part.asked(watermark.count(path), f"from{file.id}"), ""
    except FileGone:
        return Part(0), _("This file is damaged")
    except Refused as error:
        return Part(0), str(error.message)


def _of(session: KhetSession, model: Any) -> Any:
    """Secret letters of the session's own district: RAW statements know no district by themselves."""
    return select(model).where(model.district_id == session.scope.district_id, model.secrecy > 0)


def _find(session: KhetSession, book: str, unit_id: int, year: int, number: int) -> Letter | None:
    model: Any = BOOKS[book]
    wanted = _of(session, model).where(
        model.book == book, model.unit_id == unit_id, model.year == year, model.number == number, model.suffix == 0
    )
    letter: Letter | None = session.execute(wanted, execution_options=RAW).scalar_one_or_none()
    return letter


def _files(session: KhetSession, letter: Any) -> list[Attachment]:
    wanted = select(Attachment).where(
        Attachment.district_id == letter.district_id, Attachment.kind == type(letter).__tablename__,
        Attachment.record_id == letter.id,
    )  # fmt: skip
    return list(session.execute(wanted.order_by(Attachment.id), execution_options=RAW).scalars())


def _tell(session: KhetSession, letter: Letter | None, facts: dict[str, Any], reason: str) -> None:
    """Into the log of grave rights, which tells the director, whether there is such a paper or not; of one that is into
    its timeline too, and to everybody who is named for it and has not heard yet."""
    entry = log.write(session, "saraban.emergency" if letter else "saraban.emergency_missed", None, facts, reason)
    if letter is None:
        return
    recorder.note(session, letter, "saraban.secret.emergency", reason)
    heard = {one.id for one in rules.consenters(session, today())}
    view = "IncomingView" if isinstance(letter, IncomingLetter) else "OutgoingView"
    for one in registers.readers(session, letter):
        account = session.get(Account, one.user_id)
        if account is not None and account.active and account.id not in heard:
            with force_locale(account.locale):
                said = log.sentence(entry, whole=True)
            notices.notify(session, account, "saraban.emergency", said, letter, view)
    session.flush()


VIEWS = [EmergencyView]
