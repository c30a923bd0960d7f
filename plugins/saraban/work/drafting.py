"""A paper from its first words to its number. Knows no Flask beyond translated messages.

Rules: manual 000 (ร่าง: ต้นฉบับ, สำเนาเจ้าของเรื่อง, สำเนาสารบรรณกลาง, number and date identical on all);
domain notes on saraban §3 (drafted → checked → signed → numbered).
"""

from __future__ import annotations

import difflib
import hashlib
import io
import json
import re
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.base.errors import NotFound, RuleError
from core.base.text import names
from core.base.text.thai import clean, search_text
from core.base.workflow import Transition, Workflow
from core.platform.documents import typeset
from core.platform.masterdata.models import Unit
from core.platform.timeline import recorder
from core.platform.timeline.models import TimelineEntry
from core.platform.users.models import Account
from core.records.files import store
from core.storage.base import utc_now
from core.storage.scope import KhetSession
from plugins.saraban import kinds, settings
from plugins.saraban.models.drafts import Draft, DraftVersion
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.papers import paper, signatures
from plugins.saraban.work import reading, registers
from plugins.saraban.work.life import Signer

#: what the history says when somebody has signed
SIGNED = "saraban.draft.signed"
LONGEST_BODY = 60_000

WORKFLOW = Workflow(
    states={
        "drafted": _l("Draft"),
        "checking": _l("Being checked"),
        "signing": _l("Waits for signature"),
        "signed": _l("Signed, without a number"),
        "issued": _l("Numbered"),
        "dropped": _l("Dropped"),
    },
    transitions=(
        Transition("check", _l("Have it checked"), ("drafted",), "checking", "edit", "eye"),
        Transition("propose", _l("Propose for signature"), ("drafted", "checking"), "signing", "edit", "send-check"),
        Transition("sign", _l("Sign"), ("signing",), "signed", "sign", "pen"),
        Transition("back", _l("Send back"), ("checking", "signing"), "drafted", "show", "arrow-return-left"),
        Transition("fetch", _l("Fetch it back"), ("checking", "signing"), "drafted", "edit", "arrow-return-left"),
        Transition("unsign", _l("Take the signature back"), ("signed",), "drafted", "sign", "eraser"),
        Transition("issue", _l("Give it a number"), ("signed",), "issued", "issue", "journal-check"),
        Transition("drop", _l("Drop the draft"), ("drafted", "checking", "signing"), "dropped", "edit", "trash"),
    ),
)


def save(
    session: KhetSession, draft: Draft | None, unit_id: int, kind: str, values: dict[str, Any], *, by: Signer
) -> Draft:
    """Begin a draft (None) or write a new version of it; only a draft that nobody has signed can change.

    `values`: subject, speed, circular, answers_id and the kind's fields.
    """
    if draft is None:
        draft = Draft(unit_id=unit_id, kind=kind, drafted_by_id=by.user_id, drafted_by=by.name)
        session.add(draft)
    elif why := closed(draft, by.names):
        raise RuleError(why)
    content = {name: clean(values.get(name) or "") for name in kinds.BY_KEY[draft.kind].fields}
    if len(content.get("body", "")) > LONGEST_BODY:
        raise RuleError(_("The text is too long."), field="body")
    typeset.require_printable({"subject": clean(values["subject"]), **content})
    draft.subject, draft.speed = clean(values["subject"]), int(values.get("speed") or 0)
    draft.circular, draft.typed_by = bool(values.get("circular")), by.name
    _taken_on(draft, by)
    draft.answers_id = values.get("answers_id") or draft.answers_id
    draft.search_text = search_text(draft.subject, content.get("recipient", ""))[:1500]
    _keep(session, draft, content, by.name)
    return draft


def _keep(session: KhetSession, draft: Draft, content: dict[str, Any], by: str) -> None:
    """Its words are these; a version more where they were others."""
    changed = content != draft.content
    draft.content = content
    session.flush()
    if changed:
        number = session.scalar(select(func.max(DraftVersion.number)).where(DraftVersion.draft_id == draft.id)) or 0
        session.add(DraftVersion(draft_id=draft.id, number=number + 1, subject=draft.subject, content=content, by=by))
    session.flush()


def closed(draft: Draft, names: Collection[int]) -> str:
    """Why whoever goes by these names cannot change the words now; empty where they can.

    While it is checked its words are the checker's alone: nobody reads one version and passes another.
    """
    if draft.status == "checking" and draft.holder_id not in names:
        return _("This draft is being checked. Fetch it back, then it can be changed.")
    if draft.status not in ("drafted", "checking"):
        return _("What is signed or waits for a signature does not change; have it sent back first.")
    return ""


def versions(session: KhetSession, draft: Draft) -> list[DraftVersion]:
    """A draft's versions, newest first."""
    found = select(DraftVersion).where(DraftVersion.draft_id == draft.id)
    return list(session.scalars(found.order_by(DraftVersion.number.desc())))


def compare(old: DraftVersion, new: DraftVersion) -> list[tuple[str, str]]:
    """Lines of both with what became of each: ' ' stayed, '-' went, '+' came."""

    def text(one: DraftVersion) -> list[str]:
        return [one.subject, *"\n".join(f"{value}" for value in one.content.values() if value).split("\n")]

    lines = difflib.ndiff(text(old), text(new))
    return [(line[0], line[2:]) for line in lines if line[0] in " -+"]


def _taken_on(draft: Draft, by: Signer) -> None:
    """Who goes on with a draft of a unit that has ended has it from now on. ผู้ร่าง stays who drafted it."""
    draft.drafted_by_id = draft.drafted_by_id or by.user_id


def hand_on(
    session: KhetSession, draft: Draft, step: str, to: Account, note: str = "", *, by: Signer,
    place_id: int | None = None,
) -> None:  # fmt: skip
    """Have it checked, or propose it for signature. It waits for the place that they take in it, if any."""
    WORKFLOW.apply(draft, step)
    _taken_on(draft, by)
    draft.holder_id = place_id or to.id
    recorder.describe(session, draft, f"saraban.draft.{step}", clean(note))
    session.flush()


def _to_its_writer(draft: Draft) -> None:
    """It is with who drafted it again. Who checked it did not check what is written now."""
    draft.holder_id, draft.checked_by = None, ""


def _mine(draft: Draft, by: Signer) -> None:
    if draft.holder_id not in by.names:
        raise RuleError(_("This draft waits for somebody else."))


def checked(
    session: KhetSession, draft: Draft, to: Account, note: str = "", *, by: Signer, place_id: int | None = None
) -> None:
    """ตรวจแล้ว: the one who checked it proposes it to the signer."""
    if draft.status == "checking":
        _mine(draft, by)
        draft.checked_by = by.name
    hand_on(session, draft, "propose", to, note, by=by, place_id=place_id)


def send_back(session: KhetSession, draft: Draft, reason: str, *, by: Signer) -> None:
    """Back to the one who drafted it, with the reason."""
    if not clean(reason):
        raise RuleError(_("Say why it goes back."), field="text")
    _mine(draft, by)
    WORKFLOW.apply(draft, "back")
    _to_its_writer(draft)
    recorder.describe(session, draft, "saraban.draft.back", clean(reason))
    session.flush()


def fetch(session: KhetSession, draft: Draft) -> None:
    """Its own unit takes it back from whoever has it, to write on or to propose it to somebody else."""
    WORKFLOW.apply(draft, "fetch")
    _to_its_writer(draft)
    recorder.describe(session, draft, "saraban.draft.fetch")
    session.flush()


def words_hash(draft: Draft) -> str:
    """sha256 of the words that a signature covers."""
    words = json.dumps([draft.kind, draft.subject, draft.content], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def signs_as(by: Signer) -> str:
    """What will stand under the paper: in which capacity, and whether the picture of a signature is there."""
    name = " ".join(part for part in (by.title + by.name, by.position, by.acting_for) if part)
    said = _("It is signed as: %(who)s.", who=name)
    return (
        said if by.signature else f"{said} {_('No picture of the signature has been uploaded; its place stays empty.')}"
    )


def sign(session: KhetSession, draft: Draft, *, by: Signer) -> None:
    """ลงนาม: name, position and picture of that day, and the hash of the words they stand under."""
    _mine(draft, by)
    picture = signatures.of_user(session, by.user_id)  # asked first: the step is one line of the history
    WORKFLOW.apply(draft, "sign")
    draft.holder_id, draft.signed_at = None, utc_now()
    draft.signed_by = " ".join(part for part in (by.name, by.position, by.acting_for) if part)
    draft.signature_id = picture.id if picture is not None else None
    draft.signed_hash = words_hash(draft)
    content = dict(draft.content)
    if "signer" in content:
        content["signer"], content["position"] = _under_the_signature(content, by)
        draft.content = content
        draft.signed_hash = words_hash(draft)
    recorder.describe(session, draft, SIGNED)
    session.flush()


def signer_of(session: KhetSession, draft: Draft) -> int | None:
    """The user who signed last, by the draft's history; None where nobody's signature is under it."""
    if draft.signed_at is None:
        return None
    signed = select(TimelineEntry.actor_id).where(*recorder.noted(draft, SIGNED))
    return session.scalar(signed.order_by(TimelineEntry.id.desc()).limit(1))


def unsign(session: KhetSession, draft: Draft, reason: str, *, by: Signer) -> None:
    """ถอนลายมือชื่อ: who signed takes it back before the paper has a number, with the reason; the drafter has it again.

    The words are again those that the drafter wrote: name and position of who signed go with the signature. Raises
    RuleError for whoever did not sign, without a reason, and for a paper that has its number.
    """
    if not clean(reason):
        raise RuleError(_("Say why the signature is taken back."), field="text")
    if signer_of(session, draft) not in by.names:
        raise RuleError(_("Only who signed takes the signature back."))
    written = versions(session, draft)
    WORKFLOW.apply(draft, "unsign")
    _to_its_writer(draft)
    _without_signature(draft, written)
    recorder.describe(session, draft, "saraban.draft.unsigned", clean(reason))
    session.flush()


def _without_signature(draft: Draft, written: Sequence[DraftVersion]) -> None:
    """It has the words of its newest version again; `written`: its versions, the newest first."""
    draft.signed_by, draft.signed_at, draft.signature_id, draft.signed_hash = "", None, None, ""
    if written:
        draft.content = dict(written[0].content)


def left_behind(
    session: KhetSession, draft: Draft, writers: Collection[int], signers: Collection[int], reason: str
) -> None:  # fmt: skip
    """Its unit has ended: what lies before, or with, somebody who does no work where it goes on is there for whoever
    writes drafts.

    What was signed in the ended unit's name bears no number of another's book: it is signed anew. `writers` and
    `signers`: users who write and check, and who sign there.
    """
    if draft.drafted_by_id not in writers:
        draft.drafted_by_id = None
    if draft.status == "signed":
        _without_signature(draft, versions(session, draft))
    with_them = draft.holder_id in {"checking": writers, "signing": signers}.get(draft.status, ())
    if draft.status != "drafted" and not with_them:
        draft.status = "drafted"
        _to_its_writer(draft)
        recorder.describe(session, draft, "saraban.draft.left_behind", reason)
    _in_its_name(session, draft)
    session.flush()


def _in_its_name(session: KhetSession, draft: Draft) -> None:
    """Whose matter it is (เจ้าของเรื่อง) is the unit's that sends it now; what named the former is a version before."""
    unit, content = session.get_one(Unit, draft.unit_id), dict(draft.content)
    place = settings.of_unit(session, unit.id)
    if content.get("owner"):
        content["owner"] = place.owner or unit.name
    if content.get("phone"):
        content["phone"] = place.phone
    _keep(session, draft, content, session.scope.user_name)


def _squeezed(text: str | None) -> str:
    return re.sub(r"\s+", "", text or "")


def _names(typed: str, own: str, titles: tuple[str, ...]) -> bool:
    """Whether what was typed is this very name, bare or behind titles."""
    return typed == own or any(
        typed.startswith(title) and _names(typed.removeprefix(title), own, titles) for title in titles
    )


def _under_the_signature(content: dict[str, Any], by: Signer) -> tuple[str, str]:
    """Name and capacity of who signs: theirs, whatever the drafter typed.

    What was typed stands where it names this very person, who signs in no other's place, and a position that they hold
    on that day. Raises RuleError for a typed position where Khet knows none of theirs, and cannot say whose it is.
    """
    typed, own, title = (_squeezed(text) for text in (content["signer"], by.name, by.title))
    own = own.removeprefix(title)
    own_words = own and _names(typed, own, (*names.RANKS, *((title,) if title else names.TITLES)))
    name = content["signer"] if own_words and not by.acting_for else f"{by.title}{by.name}"
    if by.acting_for:
        return name, "\n".join(part for part in (by.position, by.acting_for) if part)
    position = content["position"] or ""
    if own_words and position and not by.position:
        raise RuleError(
            _(
                "Khet does not know that you are “%(position)s”. Have your post entered, or send the draft back and "
                "have the position left out.",
                position=position,
            )
        )
    return name, position if own_words and _squeezed(position) in map(_squeezed, by.positions) else by.position


def drop(session: KhetSession, draft: Draft, reason: str = "", *, by: Signer) -> None:
    """Give a draft up; it stays legible. Raises RuleError where another than its drafter says no reason."""
    if by.user_id != draft.drafted_by_id and not clean(reason):
        raise RuleError(_("Say why the draft is dropped."), field="text")
    WORKFLOW.apply(draft, "drop")
    draft.holder_id = None
    recorder.describe(session, draft, "saraban.draft.dropped", clean(reason))
    session.flush()


COPIES = (("original", _l("Original")), ("owner", _l("Owner's copy")), ("central", _l("Central copy")))


def check_issue(draft: Draft) -> None:
    """Raises RuleError for a draft that is not signed, and for words that are not those that were."""
    WORKFLOW.check(draft, "issue")
    if draft.signed_hash != words_hash(draft):
        raise RuleError(_("The words are not those that were signed."))


def issue(
    session: KhetSession, draft: Draft, *, clerk: registers.Clerk, today: date, root: Path, verify_at: str = ""
) -> OutgoingLetter:
    """ออกเลข: the next number of the kind's book, and the manual's three sets as PDF/A, with the same number and date.

    `root` is where files are kept; `verify_at` the address that the QR code leads to.
    """
    check_issue(draft)
    WORKFLOW.apply(draft, "issue")
    unit = session.get(Unit, draft.unit_id)
    if unit is None:
        raise NotFound
    content = draft.content
    values = {
        "kind": draft.kind, "circular": draft.circular, "doc_date": today, "sender": unit.name,
        "recipient": content.get("recipient", "") or "", "subject": draft.subject, "speed": draft.speed,
    }  # fmt: skip
    letter = registers.register_outgoing(session, unit.id, values, clerk=clerk, today=today)
    draft.letter_id = letter.id
    for copy, title in COPIES:
        data = paper.pdf(session, root, draft, unit, letter, copy=copy, verify_at=verify_at)
        name = f"{letter.doc_no.replace('/', '-')} {title}.pdf"
        store.keep(session, root, io.BytesIO(data), name, letter, inside=copy != "original")
    reading.ask(session, letter)
    answered = session.get(IncomingLetter, draft.answers_id) if draft.answers_id else None
    note = f"{answered.number_text}/{answered.year}" if answered is not None else ""
    recorder.describe(session, draft, "saraban.draft.issued", note or letter.doc_no)
    session.flush()
    return letter
