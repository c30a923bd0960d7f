"""What correspondence does for other modules: facts of a letter, and drafting one.

Asked through core/records/integrations.py.
"""

from __future__ import annotations

from flask_babel import gettext as _

from core.base.errors import RuleError
from core.base.identity import Actor
from core.base.text.thai import today
from core.records.integrations import LetterFacts, LetterWanted
from core.records.letter_links import sync
from core.storage.scope import KhetSession
from plugins.saraban import kinds, permissions
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter, Letter, OutgoingLetter
from plugins.saraban.work import drafting, life

_INCOMING, _OUTGOING, _DRAFT = IncomingLetter.__tablename__, OutgoingLetter.__tablename__, Draft.__tablename__


def _of(letter: Letter) -> LetterFacts:
    ended = "cancelled" if letter.status == "cancelled" else ""
    if isinstance(letter, IncomingLetter):
        return LetterFacts(
            _INCOMING, letter.id, "IncomingView", letter.subject, letter.doc_no or letter.number_text, letter.doc_date,
            letter.sender, letter.received_on, ended,
        )  # fmt: skip
    assert isinstance(letter, OutgoingLetter)
    by_year = letter.kind in kinds.BY_KEY and kinds.BY_KEY[letter.kind].number == kinds.BY_YEAR
    view = "IssuedView" if by_year else "OutgoingView"
    return LetterFacts(
        _OUTGOING, letter.id, view, letter.subject, letter.doc_no, letter.doc_date, letter.sender, ended=ended
    )


def _of_draft(session: KhetSession, draft: Draft) -> LetterFacts:
    """A draft; once it is numbered, the letter that it became."""
    letter = session.get(OutgoingLetter, draft.letter_id) if draft.letter_id else None
    if letter is not None:
        return _of(letter)
    ended = "dropped" if draft.status == "dropped" else ""
    return LetterFacts(_DRAFT, draft.id, "DraftPaperView", draft.subject, ended=ended)


for _model in (IncomingLetter, OutgoingLetter):
    sync.watch(_model, ("doc_no", "doc_date", "subject", "sender", "status"), lambda _session, letter: _of(letter))
sync.watch(Draft, ("subject", "status", "letter_id"), _of_draft)


class Letters:
    """The letters and drafts of correspondence, as other modules may cite them and have them written."""

    def letter(self, session: KhetSession, actor: Actor, kind: str, record_id: int) -> LetterFacts | None:
        """One that the actor may open; a secret one is told to nobody."""
        if kind == _DRAFT:
            draft = session.get(Draft, record_id)
            names = actor.names_with(permissions.DRAFT, "show")
            own = draft is not None and (draft.drafted_by_id == actor.user_id or draft.holder_id in names)
            if draft is None or not actor.may(permissions.DRAFT, "show", None if own else draft.unit_id):
                return None
            return _of_draft(session, draft)
        if kind not in (_INCOMING, _OUTGOING):
            return None
        resource, model = (
            (permissions.INCOMING, IncomingLetter) if kind == _INCOMING else (permissions.OUTGOING, OutgoingLetter)
        )
        found = session.get(model, record_id)
        if found is None or found.secrecy or not actor.may(resource, "show", found.unit_id):
            return None
        return _of(found)

    def may_draft(self, actor: Actor, unit_ids: tuple[int, ...]) -> bool:
        """Whether the actor writes drafts of one of these units."""
        held = actor.units(permissions.DRAFT, "add")
        return any(unit_id in held for unit_id in unit_ids)

    def draft_letter(self, session: KhetSession, actor: Actor, wanted: LetterWanted) -> LetterFacts:
        """Write a draft at the first of the wanted units at which the actor may; RuleError where there is none."""
        held = actor.units(permissions.DRAFT, "add")
        place = next((unit_id for unit_id in wanted.unit_ids if unit_id in held), None)
        if place is None:
            place = min(held.ids, default=None)  # their own group, where the record's is another's
        if place is None:
            raise RuleError(_("You may not draft letters: ask a clerk to do it."))
        answers = wanted.answers[1] if wanted.answers and wanted.answers[0] == _INCOMING else None
        values = {
            "subject": wanted.subject, "speed": 0, "circular": False, "answers_id": answers,
            "recipient": wanted.recipient, "salutation": "เรียน", "reference": wanted.reference,
            "body": wanted.body, "closing": "ขอแสดงความนับถือ",
        }  # fmt: skip
        made = drafting.save(session, None, place, wanted.form, values, by=life.signer(session, actor, today()))
        return _of_draft(session, made)
