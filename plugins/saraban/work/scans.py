"""From a stack of paper to lines of the register. Knows no Flask beyond translated messages."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from core.base.errors import FileGone, NotFound, RuleError
from core.base.text.thai import clean, format_moment
from core.platform.documents import pages
from core.platform.jobs import services as jobs
from core.platform.jobs.kind import JobKind
from core.platform.jobs.runner import Running
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.sandbox import Refused
from core.platform.timeline import recorder
from core.platform.timeline.models import TimelineEntry
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.letters import IncomingLetter
from plugins.saraban.models.scans import BROKEN, DONE, DROPPED, READING, READY, Scan, ScanPage
from plugins.saraban.work import queries, reading, registers
from plugins.saraban.work.guess import Guess, guess

READ = "saraban.read_scan"
#: pages that are read, and kept, at once: what a killed worker has to read again
CHUNK = 4
#: what the history says of a file that was not taken
UNREADABLE = "saraban.scan.unreadable"
#: letters of a stack that a refusal names
MOST_NAMED = 10
#: letters that are cut out of a stack at once
CUT = 10
#: papers by the pages (file, number) of which they were made
Papers = Mapping[tuple[tuple[int, int], ...], bytes]


@dataclass(frozen=True)
class Piece:
    """One letter of a stack: its pages, the blank ones left out, and the line it has become."""

    pages: Sequence[ScanPage]

    @property
    def place(self) -> int:
        """By which it is named: the place of its first page."""
        return self.pages[0].place

    @property
    def span(self) -> str:
        """The pages that a form shows as this letter, and by which it says afterwards which they were."""
        first, last = self.place, self.pages[-1].place
        return str(first) if first == last else f"{first}-{last}"

    @property
    def letter_id(self) -> int | None:
        return self.pages[0].letter_id


def begin(session: KhetSession, unit_id: int, title: str, file_ids: Sequence[int], *, by: str) -> Scan:
    """Take a stack in and have it read by a job.

    Raises RuleError (field files) for what has no pages, and for a file once more: it names the stack, and the letters
    that it became.
    """
    files = store.staged(session, list(file_ids))
    if not files:
        raise RuleError(_("Choose a file."), field="files")
    for file in files:
        if file.content_type not in pages.READABLE:
            raise RuleError(_("A stack is PDF, PNG or JPEG: %(name)s", name=file.name), field="files")
    unit = session.get(Unit, unit_id)
    if unit is None or not unit.active:
        raise NotFound
    _require_new(session, unit.id, files)
    digest = _digest(*files)
    scan = Scan(unit_id=unit.id, title=clean(title)[:200] or files[0].name[:200], digest=digest, made_by=by)
    session.add(scan)
    session.flush()
    store.attach(session, scan, [file.id for file in files])
    _ask(session, scan)
    session.flush()
    return scan


def _digest(*files: Attachment) -> str:
    return hashlib.sha256(" ".join(sorted(file.sha256 for file in files)).encode()).hexdigest()


def _require_new(session: KhetSession, unit_id: int, files: Sequence[Attachment]) -> None:
    """Refuse each file of which pages may be registered already, by its name and the letters that it became.

    A stack that has ended keeps no files: it is known by its digest, of one file or of all of them together.
    """
    seen: set[str] = set()
    for file in files:
        if file.sha256 in seen:
            raise RuleError(_("%(name)s is chosen twice.", name=file.name), field="files")
        seen.add(file.sha256)
        lying = select(Scan, Attachment.id).join(Attachment, Attachment.record_id == Scan.id).where(
            Scan.unit_id == unit_id, Attachment.kind == Scan.__tablename__, Attachment.sha256 == file.sha256
        )  # fmt: skip
        for before, file_id in session.execute(lying.order_by(Scan.id.desc())):
            raise RuleError(_known(before, file.name, letters_of(session, before, file_id)), field="files")
    for some in (*((file,) for file in files), tuple(files)):
        same = select(Scan).where(Scan.unit_id == unit_id, Scan.digest == _digest(*some))
        for before in session.scalars(same.order_by(Scan.id.desc())):
            letters = letters_of(session, before)
            if any(one.status != "cancelled" for one in letters):  # the rest is not in the register any more
                raise RuleError(_known(before, ", ".join(file.name for file in some), letters), field="files")


def _known(before: Scan, name: str, letters: Sequence[IncomingLetter]) -> str:
    what = {"name": name, "title": before.title, "when": format_moment(before.made_at)}
    if not letters:
        return _("%(name)s was taken in already: %(title)s, %(when)s. Register the letters from there.", **what)
    what["letters"] = ", ".join(f"{one.number_text}/{one.year}" for one in letters[:MOST_NAMED])
    return _("%(name)s was taken in already: %(title)s, %(when)s. It became %(letters)s.", **what)


def letters_of(session: KhetSession, scan: Scan, file_id: int | None = None) -> list[IncomingLetter]:
    """What a stack, or a file of it, has become so far, in the register's order."""
    ids = select(ScanPage.letter_id).where(ScanPage.scan_id == scan.id, ScanPage.letter_id.is_not(None))
    if file_id is not None:
        ids = ids.where(ScanPage.file_id == file_id)
    return list(session.scalars(select(IncomingLetter).where(IncomingLetter.id.in_(ids)).order_by(IncomingLetter.id)))


def registered_already(session: KhetSession, letter_id: int) -> str:
    """What is said of a piece of which somebody made this letter."""
    letter = session.get(IncomingLetter, letter_id)
    if letter is None:
        return _("This letter stands in the register already.")
    number = f"{letter.number_text}/{letter.year}"
    return _("This letter stands in the register already, as number %(number)s.", number=number)


def became(session: KhetSession, scan: Scan, place: int) -> int | None:
    """The letter that the page at a place is part of; None where it is part of none yet."""
    at = select(ScanPage.letter_id).where(ScanPage.scan_id == scan.id, ScanPage.place == place)
    return session.scalar(at)


def not_open(session: KhetSession, scan: Scan, place: int) -> str:
    """Why a letter that a form showed from a place on is not to be registered from there."""
    letter_id = became(session, scan, place)
    if letter_id:
        return registered_already(session, letter_id)
    if scan.state != READY:
        return _closed(scan)
    if any(page.place == place for page in pages_of(session, scan)):
        return _("The pages were parted anew meanwhile. Load the page again.")
    return _("This page is not to be registered.")


def _closed(scan: Scan) -> str:
    if scan.state == DROPPED:
        return _("The rest of this stack was dropped.")
    return _("This stack is not to be registered now.")


def _ask(session: KhetSession, scan: Scan) -> None:
    jobs.enqueue(session, READ, _("Reading %(title)s", title=scan.title), {"scan": scan.id})


def check_again(scan: Scan) -> None:
    """Raises RuleError for a stack whose reading did not break off."""
    if scan.state != BROKEN:
        raise RuleError(_("This stack is not to be read now."))


def check_drop(scan: Scan) -> None:
    """Raises RuleError for a stack of which nothing is left to be registered."""
    if scan.state not in (READING, BROKEN, READY):
        raise RuleError(_("This stack is not to be registered now."))


def again(session: KhetSession, scan: Scan) -> None:
    """Go on with a reading that broke off, from the page where it did. Raises RuleError for any other stack."""
    check_again(scan)
    scan.state = READING
    recorder.describe(session, scan, "saraban.scan.again")
    _ask(session, scan)


def _broken(running: Running, why: str) -> None:
    """The reading ended before the end: the stack says so, since letters registered from it would lack pages."""
    with running.app.test_request_context(), running.database.district(running.district_id, "scan") as session:
        scan = session.get(Scan, running.params["scan"])
        if scan is None or scan.state != READING:
            return
        scan.state = BROKEN
        recorder.describe(session, scan, "saraban.scan.broken", why)
        account = notices.account(session, running.user_id)
        if account is not None:
            with force_locale(account.locale):
                said = _("A stack was not read to the end: %(title)s", title=scan.title)
            notices.notify(session, account, "core.job_ended", said, scan, "ScanView")


def read(running: Running) -> None:
    """Read page after page; each few are kept, so that it goes on from there after a cut."""
    root = running.app.extensions["khet"].settings.files_dir
    with running.database.district(running.district_id, "reading a scan") as session:
        scan = session.get(Scan, running.params["scan"])
        if scan is None or scan.state not in (READING, BROKEN):
            return
        scan.state = READING  # a job that failed can be tried again by itself
        files = store.enclosures(session, scan)
    for file in files:
        try:
            path = store.whole(root, file)
        except FileGone:
            _note_unreadable(running, scan.id, file.id, _("This file is damaged"))
            continue
        while _some(running, scan.id, file.id, path, file.content_type):
            pass
    with running.database.district(running.district_id, "reading a scan") as session:
        scan = session.get(Scan, running.params["scan"])
        if scan is not None and scan.state == READING:
            scan.state = READY
            if not pages_of(session, scan):
                running.message = _("No page of it could be read.")


def _some(running: Running, scan_id: int, file_id: int, path: Path, kind: str) -> bool:
    """Read the next pages of a file; whether there may be more.

    Another job may read the same stack (one tried again, one that goes on): what it has kept meanwhile is not kept
    twice.
    """
    of_file = select(func.count()).where(ScanPage.scan_id == scan_id, ScanPage.file_id == file_id)
    with running.database.district(running.district_id, "reading a scan", write=False) as session:
        first = session.scalar(of_file) or 0
    try:
        found = pages.read(path, kind, first, CHUNK)
    except Refused as error:
        _note_unreadable(running, scan_id, file_id, str(error.message))
        return False
    with running.database.district(running.district_id, "reading a scan") as session:
        if _being_read(session, scan_id) is None:
            return False
        if (session.scalar(of_file) or 0) != first:
            return True
        last = session.scalars(
            select(ScanPage).where(ScanPage.scan_id == scan_id).order_by(ScanPage.place.desc()).limit(1)
        ).first()
        place, blank = (last.place, last.blank) if last is not None else (0, False)
        for number, page in enumerate(found, start=first):
            place += 1
            begins = not page.blank and (blank or number == 0)
            session.add(
                ScanPage(
                    scan_id=scan_id, place=place, file_id=file_id, number=number, text=page.text, how=page.how,
                    blank=page.blank, begins=begins,
                )
            )  # fmt: skip
            blank = page.blank
    if not found and first == 0:
        _note_unreadable(running, scan_id, file_id, _("It has no page."))
    running.progress(place, place)
    return len(found) == CHUNK


def _being_read(session: KhetSession, scan_id: int) -> Scan | None:
    """A stack while it is read, held until the end of the transaction; None once it is read, broken off or dropped."""
    scan = session.get(Scan, scan_id, with_for_update=True, populate_existing=True)
    return scan if scan is not None and scan.state == READING else None


def _note_unreadable(running: Running, scan_id: int, file_id: int, why: str) -> None:
    """Say why a file is not taken, nor pages of it that were read before: half a file would look like a whole one."""
    with running.database.district(running.district_id, "reading a scan") as session:
        scan, file = _being_read(session, scan_id), session.get(Attachment, file_id)
        if scan is None or file is None:
            return  # its pages may stand in the register
        session.execute(delete(ScanPage).where(ScanPage.scan_id == scan_id, ScanPage.file_id == file_id))
        recorder.note(session, scan, UNREADABLE, f"{file.name}: {why}"[:500])


def reasons(session: KhetSession, scan: Scan) -> list[str]:
    """Why files of a stack were not taken, as its history says it."""
    noted = select(TimelineEntry.note).where(*recorder.noted(scan, UNREADABLE))
    return list(session.scalars(noted.order_by(TimelineEntry.id)))


def pages_of(session: KhetSession, scan: Scan) -> list[ScanPage]:
    """Every page of a stack in its order."""
    return list(session.scalars(select(ScanPage).where(ScanPage.scan_id == scan.id).order_by(ScanPage.place)))


def unread(session: KhetSession, scan: Scan, read: Sequence[ScanPage] | None = None) -> list[Attachment]:
    """The files of a stack of which no page was taken; its history says why. `read` are its pages, where known."""
    taken = {page.file_id for page in (pages_of(session, scan) if read is None else read)}
    return [file for file in store.enclosures(session, scan) if file.id not in taken]


def pieces(session: KhetSession, scan: Scan, read: Sequence[ScanPage] | None = None) -> list[Piece]:
    """The letters of a stack: each begins where somebody, a file's start or a blank page says so. `read` are its pages,
    where known."""
    found: list[list[ScanPage]] = []
    for page in pages_of(session, scan) if read is None else read:
        if page.blank:
            continue
        if page.begins or not found:
            found.append([])
        found[-1].append(page)
    return [Piece(one) for one in found]


def open_pieces(session: KhetSession, scan: Scan, read: Sequence[ScanPage] | None = None) -> list[Piece]:
    """The letters of a stack that nobody has registered yet; none of a stack that is not to be registered now."""
    return [piece for piece in pieces(session, scan, read) if not piece.letter_id] if scan.state == READY else []


def piece_at(session: KhetSession, scan: Scan, place: int) -> Piece:
    """The letter that begins at a page. Raises NotFound."""
    for piece in pieces(session, scan):
        if piece.place == place:
            return piece
    raise NotFound


def split(session: KhetSession, scan: Scan, place: int, *, begins: bool) -> None:
    """Say by hand whether a letter begins with a page. Raises RuleError where its letter is registered already."""
    _require_open(scan)
    page = next((one for one in pages_of(session, scan) if one.place == place), None)
    if page is None:
        raise NotFound
    here = next((one for one in pieces(session, scan) if page in one.pages), None)
    before = [one for one in pieces(session, scan) if one.place < place]
    if here is not None and here.letter_id:
        raise RuleError(registered_already(session, here.letter_id))
    if not begins and before and before[-1].letter_id:
        raise RuleError(registered_already(session, before[-1].letter_id))
    page.begins = begins
    page.blank = page.blank and not begins
    session.flush()


def _require_open(scan: Scan) -> None:
    if scan.state != READY:
        raise RuleError(_closed(scan))


def look(session: KhetSession, scan: Scan, piece: Piece, *, today: date) -> Guess:
    """What its first page says, for the clerk to confirm."""
    first = piece.pages[0]
    return guess(first.text, first.how, _senders(session, scan.unit_id), today)


def _senders(session: KhetSession, unit_id: int) -> list[str]:
    """Agencies that letters come from: of the unit's latest letters first, and every unit of the district."""
    known = queries.known(session, IncomingLetter, unit_id)["sender"]
    units = session.scalars(select(Unit.name).where(Unit.active.is_(True), Unit.id != unit_id).limit(1000))
    return list(dict.fromkeys([*known, *units]))


def register(
    session: KhetSession, scan: Scan, piece: Piece, values: dict[str, Any], *, clerk: registers.Clerk, today: date,
    root: Path, papers: Papers,
) -> IncomingLetter:  # fmt: skip
    """ลงทะเบียนรับ: the next number of the unit's book, with the piece's pages as the letter's file."""
    letter = registers.register_incoming(session, scan.unit_id, values, clerk=clerk, today=today)
    bind(session, scan, piece, letter, root, papers)
    return letter


def bind(session: KhetSession, scan: Scan, piece: Piece, letter: IncomingLetter, root: Path, papers: Papers) -> None:
    """Give a registered letter its pages, of `cut`. Raises RuleError where somebody else took or parted them."""
    _require_open(scan)
    if letter.unit_id != scan.unit_id:
        raise RuleError(_("The stack belongs to another unit's register."), field="unit_id")
    places = [page.place for page in piece.pages]
    mine = (ScanPage.scan_id == scan.id, ScanPage.place.in_(places))
    free = update(ScanPage).where(*mine, ScanPage.letter_id.is_(None)).values(letter_id=letter.id)
    if session.execute(free).rowcount != len(places):  # type: ignore[attr-defined]
        raise RuleError(not_open(session, scan, piece.place))
    if (paper := papers.get(_key(piece))) is None:
        raise RuleError(_("The pages were parted anew meanwhile. Load the page again."))
    name = f"{letter.number_text.replace('/', '-')}-{letter.year}.pdf"
    store.keep(session, root, io.BytesIO(paper), name, letter)
    reading.ask(session, letter)
    session.flush()
    _close(session, scan, root)


def _key(piece: Piece) -> tuple[tuple[int, int], ...]:
    return tuple((page.file_id, page.number) for page in piece.pages)


def cut(session: KhetSession, wanted: Sequence[Piece], root: Path) -> Papers:
    """Pieces as a PDF each, before anything is written.

    Raises NotFound, FileGone, and sandbox.Refused for a damaged page.
    """
    files: dict[int, Attachment] = {}
    for file_id in {page.file_id for piece in wanted for page in piece.pages}:
        file = session.get(Attachment, file_id)
        if file is None:
            raise NotFound
        files[file_id] = file
    keys = [_key(piece) for piece in wanted]
    paths = dict(zip(files, store.apart(session, root, list(files.values())), strict=True))
    parts = [[(paths[file_id], number) for file_id, number in key] for key in keys]
    made: list[bytes] = []
    for start in range(0, len(parts), CUT):
        made += pages.cut(parts[start : start + CUT])
    return dict(zip(keys, made, strict=True))


def _close(session: KhetSession, scan: Scan, root: Path) -> None:
    """When every letter of a stack stands in the register nobody needs a second copy of it.

    A file that was not read is the only copy of what it holds: the stack waits until somebody drops the rest of it.
    """
    session.expire_all()
    if all(piece.letter_id for piece in pieces(session, scan)) and not unread(session, scan):
        _end(session, scan, root, DONE)


def drop(session: KhetSession, scan: Scan, root: Path) -> None:
    """Give up what is not registered; letters that are keep their pages."""
    check_drop(scan)
    _end(session, scan, root, DROPPED)


def _end(session: KhetSession, scan: Scan, root: Path, state: str) -> None:
    scan.state = state
    for file in store.attachments(session, scan):
        store.discard(session, root, file)
    session.execute(update(ScanPage).where(ScanPage.scan_id == scan.id).values(text=""))
    recorder.describe(session, scan, f"saraban.scan.{state}", format_moment(scan.made_at))
    session.flush()


KINDS = [JobKind(READ, read, repeatable=True, failed=_broken)]
