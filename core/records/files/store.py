"""Takes files in, checks what they are, keeps them under random names, and hands them out."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, event, func, select

from core.base import disk
from core.base.errors import FileGone, NotFound, RuleError
from core.base.text.thai import clean
from core.platform import sandbox
from core.platform.sandbox.refusals import Refused
from core.platform.timeline import recorder
from core.records.files import office
from core.records.files.models import Attachment
from core.storage import writer_queue
from core.storage.scope import RAW, KhetSession

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
MAX_FILES = 20
#: uploads of one user that no form was saved with; the sweep takes them after a day
MAX_WAITING = 200

_OFFICE_TYPE = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class Kind:
    """A kind of file that may be attached: its type, and how its content begins."""

    content_type: str
    magic: tuple[bytes, ...]
    #: entry that an Office file (a zip) must hold
    member: str = ""
    #: what stands behind `magic`, from the eighth byte on
    inside: bytes = b""
    #: letters and nothing else
    plain: bool = False


_JPEG = Kind("image/jpeg", (b"\xff\xd8\xff",))
_TIFF = Kind("image/tiff", (b"II*\x00", b"MM\x00*"))
_OLE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_ZIP = (b"PK\x03\x04",)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

CERTIFICATE = "application/x-pkcs12"
#: what an office attaches to a letter; macro files (.docm, .xlsm) are left out on purpose
KINDS = {
    "pdf": Kind("application/pdf", (b"%PDF-",)),
    "png": Kind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "jfif": _JPEG,
    "webp": Kind("image/webp", (b"RIFF",), inside=b"WEBP"),
    "tif": _TIFF,
    "tiff": _TIFF,
    "doc": Kind("application/msword", _OLE),
    "xls": Kind("application/vnd.ms-excel", _OLE),
    "ppt": Kind("application/vnd.ms-powerpoint", _OLE),
    "csv": Kind("text/csv", ()),
    "tsv": Kind("text/tab-separated-values", (), plain=True),
    "txt": Kind("text/plain", (), plain=True),
    "sql": Kind("application/sql", ()),
    # a key on its way to one signature: nothing is attached to anything with it
    "p12": Kind(CERTIFICATE, (b"\x30",)),
    "pfx": Kind(CERTIFICATE, (b"\x30",)),
    "docx": Kind(_OFFICE_TYPE + "wordprocessingml.document", _ZIP, "word/document.xml"),
    "xlsx": Kind(_OFFICE_TYPE + "spreadsheetml.sheet", _ZIP, "xl/workbook.xml"),
    "pptx": Kind(_OFFICE_TYPE + "presentationml.presentation", _ZIP, "ppt/presentation.xml"),
}

_PACKED = _l("A packed file is not taken in: nobody could read what it holds. Unpack it and attach the files in it.")
_PHOTO = _l(
    "This is how an iPhone keeps a photo (HEIC); few programs read it. Send it as JPEG, or choose on the phone "
    "Settings > Camera > Formats > Most Compatible and take it again."
)
#: what to do with kinds that people attach all the same, said before what is allowed
_INSTEAD = {**dict.fromkeys(("zip", "rar", "7z", "gz", "tar"), _PACKED), "heic": _PHOTO, "heif": _PHOTO}


def safe_name(name: str) -> str:
    """The name a person gave, without folders and control characters; Thai stays. 120 characters at most."""
    name = clean(name.replace("\\", "/").rsplit("/", 1)[-1]).replace("\n", " ")
    stem, dot, extension = name.rpartition(".")
    return f"{stem[:100]}{dot}{extension[:10]}" if dot else name[:110]


def _check_content(path: Path, kind: Kind) -> None:
    """Raises RuleError (field files) for content that is not what the name says, or holds a program."""
    with path.open("rb") as file:
        head = file.read(16)
    if kind.member and head.startswith(_OLE):
        raise Refused("encrypted")  # how Office wraps a document that has a password
    if kind is KINDS["xls"] and head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise Refused("web_page")  # how many a program (AMSS++) exports "to Excel"
    if kind.magic and not (head.startswith(kind.magic) and head.startswith(kind.inside, 8)):
        raise Refused("not_its_name")
    if kind.plain and not head.startswith(_UTF16) and _holds_zero(path):
        raise Refused("not_its_name")
    if kind.member or kind.magic == _OLE:
        sandbox.call(sandbox.FORM, office.check, path, kind.member)


def _holds_zero(path: Path) -> bool:
    """Whether a file holds a byte that stands in no text of one byte a letter."""
    with path.open("rb") as file:
        return any(b"\0" in chunk for chunk in iter(lambda: file.read(CHUNK), b""))


def place(root: Path, district_id: int, stored_as: str) -> Path:
    """Where a file with this random name lies on disk."""
    return root / str(district_id) / stored_as[:2] / stored_as


def receive(session: KhetSession, root: Path, stream: IO[bytes], name: str, *, largest: int) -> Attachment:
    """Write an upload to disk and stage it for its uploader, until a form is saved with it.

    The session is asked when the content has come and was looked at: until then others write.

    Raises RuleError (field files) for a kind not allowed, an empty or too large file, or a lying name.
    """
    name = safe_name(name)
    extension = name.rpartition(".")[2].lower()
    kind = KINDS.get(extension)
    if kind is None:
        allowed = ", ".join(sorted(KINDS))
        said = _("Files of this kind cannot be attached. Allowed: %(kinds)s", kinds=allowed)
        raise RuleError(f"{_INSTEAD[extension]} {said}" if extension in _INSTEAD else said, "files")
    assert session.scope.district_id is not None
    stored_as = secrets.token_hex(20)
    path = place(root, session.scope.district_id, stored_as)
    digest, size = hashlib.sha256(), 0
    with disk.new_file(path) as target:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > largest:
                limit = largest // (1024 * 1024)
                raise RuleError(_("The file is larger than %(limit)s MB.", limit=limit), field="files")
            digest.update(chunk)
            target.write(chunk)
        if size == 0:
            raise RuleError(_("The file is empty."), field="files")
        target.flush()
        _check_content(path, kind)
    waiting = select(func.count(Attachment.id)).where(
        Attachment.record_id.is_(None), Attachment.uploaded_by_id == session.scope.user_id
    )
    if (session.scalar(waiting) or 0) >= MAX_WAITING:
        path.unlink(missing_ok=True)
        raise RuleError(_("Too many of your uploads wait to be saved. Try again tomorrow."), field="files")
    attachment = Attachment(
        name=name, stored_as=stored_as, content_type=kind.content_type, size=size,
        sha256=digest.hexdigest(), uploaded_by_id=session.scope.user_id,
    )  # fmt: skip
    session.add(attachment)
    session.flush()
    return attachment


def staged(session: KhetSession, ids: list[int]) -> list[Attachment]:
    """The waiting files with these ids that this user uploaded; others are silently not there."""
    if not ids:
        return []
    return list(
        session.scalars(
            select(Attachment)
            .where(
                Attachment.id.in_(ids[:MAX_FILES]),
                Attachment.record_id.is_(None),
                Attachment.uploaded_by_id == session.scope.user_id,
            )
            .order_by(Attachment.id)
        )
    )


def attach(
    session: KhetSession, record: object, ids: list[int], *, inside: bool = False, remark: bool = False,
    pictures: bool = False,
) -> list[Attachment]:  # fmt: skip
    """Bind waiting files to a saved record; they take over its secrecy. Raises RuleError for a certificate.

    `inside`: they came with a comment, and are none of `enclosures`. `remark`: with a remark inside the office.
    `pictures`: they come from a field for pictures, and are what
    `picture` finds; RuleError for one that no such field has cleaned.
    """
    files = staged(session, ids)
    for file in files:
        if file.content_type == CERTIFICATE:
            raise RuleError(_("A certificate holds a secret key: it is not attached to anything."), field="files")
        if pictures and not file.picture:
            raise RuleError(_("Choose one picture, PNG or JPEG."), field="files")
        # one that was cleaned for a form that was not saved is no more than any file when something else takes it
        file.picture = pictures
        file.kind = record.__tablename__  # type: ignore[attr-defined]
        file.record_id = record.id  # type: ignore[attr-defined]
        file.inside, file.remark = inside, remark
        file.secrecy = getattr(record, "secrecy", 0)
        recorder.describe(session, file, "created")  # its history begins here
    return files


def _write(root: Path, district_id: int | None, stream: IO[bytes]) -> tuple[str, int, str]:
    """(random name, size, sha256) of what was written into a district."""
    assert district_id is not None
    stored_as = secrets.token_hex(20)
    digest, size = hashlib.sha256(), 0
    with disk.new_file(place(root, district_id, stored_as)) as target:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
            target.write(chunk)
    return stored_as, size, digest.hexdigest()


def keep(
    session: KhetSession, root: Path, stream: IO[bytes], name: str, record: object, *, inside: bool = False
) -> Attachment:
    """Keep a file that Khet itself made, with a record; `inside`: it goes out with no letter.

    What a rollback leaves on disk, the sweep takes.
    """
    stored_as, size, digest = _write(root, session.scope.district_id, stream)
    kind = KINDS[name.rpartition(".")[2].lower()]
    file = Attachment(
        kind=record.__tablename__, record_id=record.id, name=safe_name(name), stored_as=stored_as,  # type: ignore[attr-defined]
        content_type=kind.content_type, size=size, sha256=digest, uploaded_by_id=session.scope.user_id,
        secrecy=getattr(record, "secrecy", 0) or 0, inside=inside,
    )  # fmt: skip
    session.add(file)
    session.flush()
    return file


def replace(session: KhetSession, root: Path, file: Attachment, stream: IO[bytes], ending: str) -> None:
    """Give an upload that waits the picture made here of what it held. The old goes after the commit."""
    session.info.setdefault(TO_DELETE, []).append((root, path_of(root, file)))
    file.stored_as, file.size, file.sha256 = _write(root, session.scope.district_id, stream)
    file.content_type, stem = KINDS[ending].content_type, file.name.rpartition(".")[0]
    file.name, file.picture = f"{stem or file.name}.{ending}", True
    session.flush()


def copy(root: Path, file: Attachment, district_id: int) -> Attachment:
    """A copy of a file, on disk in a district before anybody writes there; `bring` gives it to a record.

    The sweep takes what is brought to none.

    Raises FileGone where the file on disk is not the one that was saved.
    """
    with whole(root, file).open("rb") as stream:
        stored_as, size, digest = _write(root, district_id, stream)
    return Attachment(
        name=file.name, stored_as=stored_as, content_type=file.content_type, size=size, sha256=digest,
        picture=file.picture,
    )  # fmt: skip


def bring(session: KhetSession, copied: Attachment, record: object) -> Attachment:
    """Keep a copy with a record of the session's own: how a delivered letter brings its files."""
    copied.kind, copied.record_id = record.__tablename__, record.id  # type: ignore[attr-defined]
    copied.secrecy, copied.uploaded_by_id = getattr(record, "secrecy", 0) or 0, session.scope.user_id
    session.add(copied)
    session.flush()
    return copied


def path_of(root: Path, file: Attachment) -> Path:
    """Where a file lies on disk, whatever is there: for this package. Others ask `whole`, `apart` or `locate`."""
    return place(root, file.district_id, file.stored_as)


def whole(root: Path, file: Attachment) -> Path:
    """Where a file lies. Raises FileGone where what lies there is not what was saved: nobody is shown that."""
    if not intact(root, file):
        raise FileGone
    return path_of(root, file)


def apart(session: KhetSession, root: Path, files: Sequence[Attachment]) -> list[Path]:
    """Where files lie that a form is about to read: `whole`, after the session has let the writer go.

    Raises FileGone, and RuntimeError where something was written already.
    """
    seen = [Attachment(**{name: getattr(file, name) for name in _SEEN}) for file in files]
    writer_queue.end_reading(session)
    return [whole(root, file) for file in seen]


#: what `whole` asks of a row
_SEEN = ("id", "district_id", "kind", "record_id", "stored_as", "size", "sha256")


def read(root: Path, file: Attachment) -> bytes | None:
    """A file's content, None where it is not what was saved. For what Khet itself puts on a page, e.g. a signature."""
    return path_of(root, file).read_bytes() if intact(root, file) else None


def damage(path: Path, size: int, sha256: str) -> str:
    """What is wrong with a file on disk: "missing", "altered", or nothing."""
    try:
        if path.stat().st_size != size:
            return "altered"
        with path.open("rb") as stream:
            return "" if hashlib.file_digest(stream, "sha256").hexdigest() == sha256 else "altered"
    except FileNotFoundError:
        return "missing"


def intact(root: Path, file: Attachment) -> bool:
    """Whether a file is on disk as it was saved. What is not is logged, and never handed out."""
    found = damage(path_of(root, file), file.size, file.sha256)
    if found:
        log.error(
            "file %s of district %s, of %s %s, is %s", file.id, file.district_id, file.kind, file.record_id, found
        )
    return not found


#: a file on disk that is younger may belong to a transaction that is still at work
ORPHAN_AFTER = 3600


def sweep_orphans(session: KhetSession, root: Path, now: float) -> int:
    """Delete files of the session's district that no row knows: what a killed process left. Returns how many."""
    if held(root):
        return 0
    folder, gone = root / str(session.scope.district_id), 0
    assert session.scope.district_id is not None
    for path in folder.glob("??/*"):
        try:
            age = now - path.stat().st_mtime
        except FileNotFoundError:  # discarded meanwhile by who works in the district
            continue
        if age >= ORPHAN_AFTER and not known(session, session.scope.district_id, path.name):
            with suppress(PermissionError):  # on Windows somebody reads it
                path.unlink(missing_ok=True)
                gone += 1
    return gone


def known(session: KhetSession, district_id: int, stored_as: str) -> bool:
    """Whether a row of the district speaks of a file with this random name; a secret one's does too."""
    wanted = select(Attachment.id).where(Attachment.stored_as == stored_as, Attachment.district_id == district_id)
    return session.scalar(wanted, execution_options=RAW) is not None


def _of(record: object, remarks: bool) -> Select[Attachment]:
    found = select(Attachment).where(
        Attachment.kind == record.__tablename__,  # type: ignore[attr-defined]
        Attachment.record_id == record.id,  # type: ignore[attr-defined]
    )
    return found if remarks else found.where(Attachment.remark.is_(False))


def attachments(session: KhetSession, record: object, *, remarks: bool = False) -> list[Attachment]:
    """The files of a record, oldest first. `remarks`: for who works inside the office, those of its remarks too."""
    return list(session.scalars(_of(record, remarks).order_by(Attachment.id)))


def enclosures(session: KhetSession, record: object) -> list[Attachment]:
    """The files that are the record's own, oldest first: what is sent, printed or read as it. Whoever hands files on
    asks this; what came with a comment, and the copies that are kept in the house, are none."""
    return [file for file in attachments(session, record) if not file.inside]


def picture(session: KhetSession, kind: str, record_id: int) -> Attachment | None:
    """The newest picture that a form took for a record: what stands on papers, and never what a remark brought."""
    found = select(Attachment).where(
        Attachment.kind == kind, Attachment.record_id == record_id, Attachment.picture.is_(True)
    )
    return session.scalars(found.order_by(Attachment.id.desc()).limit(1)).first()


#: key under which a session remembers (root, path) of files to delete from disk once it is committed
TO_DELETE = "files_to_delete"
#: while it lies in the store a backup is being written; one that is older was killed
HOLD, HELD = ".backup", 6 * 3600


def discard(session: KhetSession, root: Path, file: Attachment) -> None:
    """Delete a file for good: its row now, its content on disk after the commit. What is cut off there, the sweep
    takes at the next start."""
    session.info.setdefault(TO_DELETE, []).append((root, place(root, file.district_id, file.stored_as)))
    session.delete(file)


@event.listens_for(KhetSession, "after_commit")
def _delete(session: KhetSession) -> None:
    """What was committed is not undone by a disk that refuses: the sweep comes again."""
    if session.in_nested_transaction():
        return
    for root, path in session.info.pop(TO_DELETE, ()):
        try:
            erase(root, path)
        except OSError:  # on Windows one that somebody reads
            log.exception("a file was not deleted")


@event.listens_for(KhetSession, "after_rollback")
def _keep(session: KhetSession) -> None:
    if not session.in_nested_transaction():
        session.info.pop(TO_DELETE, None)


@contextmanager
def hold(root: Path) -> Iterator[None]:
    """While a backup copies the files that its rows speak of, no content is deleted; the next sweep does it."""
    disk.folder(root)
    mark = root / f"{HOLD}.{secrets.token_hex(4)}"  # of this backup alone: another may end before it
    mark.touch(mode=disk.FILE)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def held(root: Path) -> bool:
    """Whether a backup is being written."""
    now = time.time()
    for mark in root.glob(f"{HOLD}.*"):
        with suppress(FileNotFoundError):  # one that has just ended
            if now - mark.stat().st_mtime < HELD:
                return True
    return False


def erase(root: Path, path: Path) -> None:
    """Delete a file's content, unless a backup needs it: then the sweep does."""
    if not held(root):
        path.unlink(missing_ok=True)


def locate(session: KhetSession, root: Path, record: object, file_id: int) -> tuple[Attachment, Path]:
    """One file of a record that the caller has already been allowed to see; of a remark inside the office none.

    Raises NotFound, and FileGone where what lies on disk is not what was saved.
    """
    file = session.scalars(_of(record, remarks=False).where(Attachment.id == file_id)).first()
    if file is None:
        raise NotFound
    return file, whole(root, file)
