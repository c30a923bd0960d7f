"""Pages of drafts: write, compare, check, sign, number, seal."""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import abort, flash, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, or_, select

from core.base.errors import NotFound, RuleError, refusal
from core.base.text.dates import shown_moment
from core.base.text.thai import format_date, today
from core.base.workflow import Transition
from core.platform.masterdata import services as masterdata
from core.platform.masterdata.models import Unit
from core.platform.notices import services as notices
from core.platform.users.models import Account
from core.records import lists
from core.records.files import store
from core.web import capacities, public_url
from core.web.crud import ActionLink, CrudView, Related, Section
from core.web.forms import KhetForm
from core.web.notify import notify_user
from core.web.unit_of_work import asked_id, db, khet
from core.web.views import expose, right
from plugins.saraban import kinds, permissions
from plugins.saraban.forms.drafts import TEMPLATES, DraftForm, HandOnForm, SealForm, WordForm
from plugins.saraban.forms.incoming import ReturnForm
from plugins.saraban.forms.letters import SPEEDS
from plugins.saraban.forms.people import offer
from plugins.saraban.models.drafts import Draft
from plugins.saraban.models.letters import IncomingLetter, OutgoingLetter
from plugins.saraban.papers import word
from plugins.saraban.work import certificate, drafting, life, originals, people, registers
from plugins.saraban.work.exchange import token_hash


def _to_fill_in(draft: Draft) -> str:
    """What the templates leave to be filled in (…) and nobody has: said before somebody checks, signs or numbers it."""
    lines = [line for value in draft.content.values() for line in str(value or "").splitlines() if "…" in line]
    return _("The text has places that nobody has filled in (…): %(line)s", line=lines[0][:120]) if lines else ""


class DraftPaperView(CrudView):
    """ร่างหนังสือ: every paper of a unit before it has a number."""

    route_base = "/saraban/drafts"
    resource = permissions.DRAFT
    assignee_may_open = True
    model = Draft
    title = _l("Drafts")
    new_title = _l("New draft")
    icon = "pen"
    descending = True
    searchable = "search_text"
    board = lists.Board("state")
    states = drafting.WORKFLOW.states
    without = frozenset({"download"})
    form_class = DraftForm
    empty_hint = _l("No draft yet.")

    def statement(self) -> Select[Any]:
        names = self.actor.names_with(self.resource, "list")
        mine = or_(Draft.drafted_by_id == self.actor.user_id, Draft.holder_id.in_(names))
        return select(Draft).where(or_(self.units("list").criterion(Draft.unit_id), mine))

    def find(self, record_id: int, verb: str = "show") -> Any:
        """A draft of one's units, or one that lies before oneself wherever it comes from."""
        record = db.get(Draft, record_id)
        if record is None:
            raise NotFound
        if not self.in_one(lambda: self._open_to(record, verb)):
            self.require_at(verb, record.unit_id)
        self.require_in_one(verb, lambda: self._open_to(record, verb))
        return record

    def _open_to(self, record: Any, verb: str) -> bool:
        """Whether one's right `verb` reaches a draft: what its buttons ask, and the pages behind them."""
        own = record.holder_id in self.actor.names or record.drafted_by_id == self.actor.user_id
        return self.may(verb) if own else self.may(verb, record.unit_id)

    def columns(self) -> list[lists.Column]:
        return [
            lists.Column("subject", _l("Subject"), link=True, kind="subject"),
            lists.Column("kind", _l("Kind"), lambda row: kinds.BY_KEY[row.kind].title, "label"),
            lists.Column("drafted_by", _l("Drafted by"), kind="name", wide=True),
            lists.Column("status", _l("State"), lambda row: drafting.WORKFLOW.states[row.status], "label"),
            lists.Column("made_at", _l("Begun"), kind="moment", wide=True),
        ]

    def filters(self) -> list[lists.Filter]:
        return [
            lists.Filter(
                "status",
                _l("State"),
                lambda s, v: s.where(Draft.status == v),
                choices=list(drafting.WORKFLOW.states.items()),
            ),
            lists.Filter(
                "kind",
                _l("Kind"),
                lambda s, v: s.where(Draft.kind == v),
                choices=[(k.key, k.title) for k in kinds.KINDS],
            ),
        ]

    def dimensions(self) -> list[lists.Dimension]:
        states = drafting.WORKFLOW.states
        return [
            lists.Dimension("state", _l("State"), Draft.status, lambda v: states[v], order=tuple(states)),
            lists.Dimension("kind", _l("Kind"), Draft.kind, lambda v: kinds.BY_KEY[v].title),
        ]

    # -- writing -----------------------------------------------------------------------------------------------

    @expose("/new", methods=("GET", "POST"))
    @right("add")
    def add(self) -> Any:
        """Choose a kind of paper, then write it."""
        if request.values.get("kind") not in kinds.BY_KEY:
            return self.render("saraban/draft_kinds.html", kinds=kinds.KINDS, templates=TEMPLATES)
        return super().add()

    def form(self, record: Any = None) -> Any:
        kind = kinds.BY_KEY[record.kind if record is not None else request.values["kind"]]
        start = self._start(kind) if record is None else {"subject": record.subject, "speed": record.speed}
        if record is not None:
            start |= {"circular": record.circular, "unit_id": record.unit_id, **record.content}
        form: Any = DraftForm(data=start)
        kept = {*DraftForm.common, *kind.fields, "csrf_token", "form_key", "version"}
        for name in list(form._fields):
            if name not in kept:
                del form[name]
        form.kind.data = kind.key
        if kind.number == kinds.BY_YEAR:
            del form.circular
        units = masterdata.units_of(db, self.units("add"))
        form.unit_id.choices = [(unit.id, unit.name) for unit in units]
        if record is not None:
            unit = db.get(Unit, record.unit_id)
            form.unit_id.choices = [(record.unit_id, unit.name if unit else "")]
        return form

    def _start(self, kind: kinds.Kind) -> dict[str, Any]:
        """What a new draft begins with: a template, another draft, or the letter it answers."""
        subject, body = TEMPLATES.get(request.args.get("template", ""), ("", ""))
        start: dict[str, Any] = {"subject": subject, "body": body}
        if (like := asked_id("like")) is not None:
            other = self.find(like)
            start |= {
                "subject": other.subject, "speed": other.speed, "circular": other.circular, **other.content,
            }  # fmt: skip
        asked = asked_id("answers")
        letter = self._answered(asked)
        if asked is not None and letter is None:
            raise NotFound
        if letter is not None:
            dated = f" ลงวันที่ {format_date(letter.doc_date, 'letter')}" if letter.doc_date else ""
            start |= {
                "recipient": letter.sender,
                "subject": letter.subject,
                "answers_id": str(letter.id),
                "reference": f"หนังสือ{letter.sender} ที่ {letter.doc_no}{dated}" if letter.doc_no else "",
            }
        return start

    def _answered(self, asked: int | None) -> IncomingLetter | None:
        """The letter that a draft answers: one that its writer may open, and no secret one. Any other is not there."""
        letter = db.get(IncomingLetter, asked) if asked is not None else None
        if letter is None or letter.secrecy or not self.actor.may(permissions.INCOMING, "show", letter.unit_id):
            return None
        return letter

    def save(self, record: Any, values: dict[str, Any]) -> Any:
        unit_id = values.pop("unit_id")
        kind = record.kind if record is not None else values["kind"]
        if record is None:
            self.require_at("add", unit_id)
        typed = values["answers_id"] or ""
        answered = self._answered(int(typed) if typed.isdecimal() and len(typed) < 10 else None)
        values["answers_id"] = answered.id if answered is not None else None
        return self._write(record, unit_id, kind, values)

    def _write(self, record: Any, unit_id: int, kind: str, values: dict[str, Any]) -> Draft:
        """Begin a draft or change its words, in one capacity of the actor; what is closed is refused in words."""
        one = record and capacities.first(lambda: self._writes_on(record))
        with capacities.acting(one or (record and capacities.first(lambda: self._open_to(record, "edit")))):
            return drafting.save(db, record, unit_id, kind, values, by=self._signer())

    def _writes_on(self, record: Any) -> bool:
        return self._open_to(record, "edit") and not drafting.closed(record, self.actor.names)

    def _signer(self, record: Any = None, verb: str = "") -> life.Signer:
        """Who does it, by their right `verb` at the paper's unit."""
        right = (verb, self.resource) if verb else None
        unit_id = getattr(record, "unit_id", 0)
        return life.signer(
            db, self.actor, today(), getattr(record, "holder_id", None), right=right, unit_id=unit_id
        )  # fmt: skip

    def closed_because(self, record: Any) -> str:
        return "" if self.in_one(lambda: self._writes_on(record)) else drafting.closed(record, ())

    def fill(self, form: Any, record: Any) -> None:
        form.version.data = str(record.version)

    # -- the page ------------------------------------------------------------------------------------------------

    def heading(self, record: Any) -> str:
        return f"{kinds.BY_KEY[record.kind].title}: {record.subject}"[:200]

    def state_of(self, record: Any) -> Any:
        return drafting.WORKFLOW.states[record.status]

    def action_links(self, record: Any) -> Sequence[ActionLink]:
        found = []
        open_to_me = self.in_one(lambda: self._writes_on(record))
        if open_to_me:
            found.append(ActionLink(_l("Write on"), self.url("edit", record_id=record.id), "pencil", "primary"))
        for step in drafting.WORKFLOW.allowed(record.status):
            if not self.in_one(partial(self._takes, step, record)):
                continue
            look = "danger" if step.key == "drop" else "primary" if step.key in ("sign", "issue") else "secondary"
            found.append(ActionLink(step.title, self.url("step", record_id=record.id, key=step.key), step.icon, look))
        found.append(ActionLink(_l("PDF"), self.url("pdf", record_id=record.id), "printer"))
        found.append(ActionLink(_l("Word"), self.url("docx", record_id=record.id), "file-earmark-word"))
        if open_to_me:
            found.append(ActionLink(_l("Back from Word"), self.url("from_word", record_id=record.id), "upload"))
        if record.letter_id:
            issued = kinds.BY_KEY[record.kind].number == kinds.BY_YEAR
            view = "IssuedView.show" if issued else "OutgoingView.show"
            if self.may("sign", record.unit_id):
                found.append(
                    ActionLink(_l("Seal with a certificate"), self.url("seal", record_id=record.id), "patch-check")
                )
            if self.actor.may(permissions.OUTGOING, "show", record.unit_id):
                found.append(ActionLink(_l("Open in the register"), url_for(view, record_id=record.letter_id), "send"))
        if self.may("add"):
            address = self.url("add", kind=record.kind, like=record.id)
            found.append(ActionLink(_l("New one like it"), address, "files"))
        return found

    def _takes(self, step: Transition, record: Any) -> bool:
        """Whether a step of its state is the actor's."""
        mine, may = record.holder_id in self.actor.names, self._open_to(record, step.verb)
        match step.key:
            case "sign" | "back":
                return may and mine
            case "propose" if record.status == "checking":
                return may and mine
            case "fetch":
                return may and self._ours(record) and not self.actor.was(record.holder_id)
            case "issue":
                return self.may("issue", record.unit_id)
            case "unsign":
                return may and drafting.signer_of(db, record) in self.actor.names
        return may

    def _ours(self, record: Any) -> bool:
        """Whether it is one's own draft, or one of a unit whose drafts one writes."""
        return record.drafted_by_id == self.actor.user_id or self.may("edit", record.unit_id)

    def sections(self, record: Any) -> Sequence[Section]:
        speeds, labels = dict(SPEEDS), _labels()
        head = [
            (_l("Kind"), kinds.BY_KEY[record.kind].title),
            (_l("Subject"), record.subject),
            (_l("Speed"), speeds[record.speed]),
            (_l("Circular (ว)"), _("Yes") if record.circular else ""),
        ]
        words = [(labels[name], record.content.get(name, "")) for name in kinds.BY_KEY[record.kind].fields]
        hands = [
            (_l("Drafted by"), record.drafted_by),
            (_l("Typed by"), record.typed_by),
            (_l("Checked by"), record.checked_by),
            (_l("Signed"), f"{record.signed_by} · {shown_moment(record.signed_at)}" if record.signed_at else ""),
        ]
        return [Section(_l("The paper"), [*head, *words]), Section(_l("Hands"), hands)]

    def related(self, record: Any) -> Sequence[Related]:
        rows = [
            (
                self.url("compare", record_id=record.id, number=one.number),
                [f"{_('Version')} {one.number}", one.by, shown_moment(one.at)],
            )
            for one in drafting.versions(db, record)
        ]
        return [Related(_l("Versions"), [], rows, "clock-history")]

    @expose("/<int:record_id>/versions/<int:number>")
    @right("show")
    def compare(self, record_id: int, number: int) -> Any:
        """One version beside the one before it."""
        draft = self.find(record_id)
        by_number = {one.number: one for one in drafting.versions(db, draft)}
        if number not in by_number:
            raise NotFound
        old = by_number.get(number - 1, by_number[number])
        lines = drafting.compare(old, by_number[number])
        return self.render("saraban/compare.html", record=draft, old=old, new=by_number[number], lines=lines)

    @expose("/<int:record_id>/step/<key>", methods=("GET", "POST"))
    @right("show")
    def step(self, record_id: int, key: str) -> Any:
        """One step of the draft's way."""
        step = next((one for one in drafting.WORKFLOW.transitions if one.key == key), None)
        if step is None:
            raise NotFound
        draft = self.find(record_id, step.verb if step.verb != "issue" else "show")
        if step.key == "issue":
            self.require_at("issue", draft.unit_id)
        unit = db.get(Unit, draft.unit_id)
        assert unit is not None
        asks: dict[str, type[KhetForm]] = {
            "check": HandOnForm, "propose": HandOnForm, "back": ReturnForm, "unsign": ReturnForm,
        }  # fmt: skip
        if draft.drafted_by_id != self.actor.user_id:
            asks["drop"] = ReturnForm  # who loses it learns why
        form: Any = asks.get(key, KhetForm)()
        there: dict[int, Account] = {}
        if isinstance(form, HandOnForm):
            roles, proposes = khet().registry.roles(), key == "propose"
            ask = people.signers if proposes else people.drafters
            there = {account.id: account for account in ask(db, roles, unit, today())}
            own = people.own_unit_s(db, roles, people.SIGN, unit, today()) if proposes else None
            offer(form, people.choices(db, there.values(), today(), self._places(key, unit), own))

        hint = _to_fill_in(draft) if key in ("check", "propose", "sign", "issue") else ""
        if key == "sign" and (one := capacities.first(lambda: self._takes(step, draft))) is not None:
            with capacities.acting(one):
                hint = " ".join(filter(None, (drafting.signs_as(self._signer(draft, "sign")), hint)))
        return self.step_page(
            draft, form, lambda: self._take_in_one(draft, step, form, there), step.title, save_title=step.title,
            hint=hint, shut=self._shut(step, draft),
        )  # fmt: skip

    def _shut(self, step: Transition, draft: Draft) -> str:
        """Why a step is not the actor's to take with the draft as it is; empty where it is."""
        why = refusal(lambda: drafting.WORKFLOW.check(draft, step.key))
        if not why and step.key == "issue":
            why = refusal(lambda: drafting.check_issue(draft))
        if why or self.in_one(partial(self._takes, step, draft)):
            return why
        if step.key == "unsign":
            return _("Only who signed takes the signature back.")
        waits = draft.holder_id is not None and draft.holder_id not in self.actor.names
        return _("This draft waits for somebody else.") if waits else _("This step is not yours to take there.")

    def _take_in_one(self, draft: Draft, step: Transition, form: Any, there: dict[int, Account]) -> None:
        """The step, in one capacity of the actor; where it is theirs in none it is refused in words."""
        one = capacities.first(lambda: self._takes(step, draft))
        with capacities.acting(one or capacities.first(lambda: self._open_to(draft, step.verb))):
            self._take(draft, step.key, form, there)

    def _places(self, key: str, unit: Unit) -> dict[int, int]:
        right = people.SIGN if key == "propose" else people.CHECK
        return people.places(db, khet().registry.roles(), right, unit, today())

    def _take(self, draft: Draft, key: str, form: Any, there: dict[int, Account]) -> None:
        by = self._signer(draft, "sign" if key == "sign" else "")
        if key in ("check", "propose"):
            to = there.get(form.holder_id.data)
            if to is None:
                raise RuleError(_("Choose one from the list."), field="holder_id")
            unit = db.get(Unit, draft.unit_id)
            assert unit is not None
            place, note = self._places(key, unit).get(to.id), form.note.data or ""
            if key == "check":
                drafting.hand_on(db, draft, "check", to, note, by=by, place_id=place)
            else:
                drafting.checked(db, draft, to, note, by=by, place_id=place)
            notify_user(to, "saraban.draft", _l("%(who)s put a draft before you: %(record)s"), draft, "DraftPaperView")
        elif key == "back":
            drafting.send_back(db, draft, form.text.data or "", by=by)
            self._tell_drafter(draft, _l("%(who)s sent your draft back: %(record)s"), form.text.data)
        elif key == "unsign":
            drafting.unsign(db, draft, form.text.data or "", by=by)
            self._tell_drafter(draft, _l("%(who)s took the signature back: %(record)s"), form.text.data)
        elif key == "sign":
            drafting.sign(db, draft, by=by)
            self._tell_drafter(draft, _l("%(who)s signed your draft: %(record)s"))
        elif key in ("drop", "fetch"):
            if key == "fetch" and not self._ours(draft):
                abort(403)
            holder, why = notices.account(db, draft.holder_id) if draft.holder_id else None, ""
            if key == "drop":
                why = form.text.data or "" if "text" in form else ""
                drafting.drop(db, draft, why, by=by)
                self._tell_drafter(draft, _l("%(who)s dropped your draft: %(record)s"), why)
            else:
                drafting.fetch(db, draft)
                self._tell_drafter(draft, _l("%(who)s fetched your draft back: %(record)s"))
            if holder is not None and holder.id != draft.drafted_by_id:
                gone = {
                    "drop": _l("%(who)s dropped a draft that was before you: %(record)s"),
                    "fetch": _l("%(who)s fetched a draft that was before you: %(record)s"),
                }  # fmt: skip
                notify_user(holder, "saraban.draft", gone[key], draft, "DraftPaperView", why=why)
        else:
            self._issue(draft)

    def _tell_drafter(self, draft: Draft, said: Any, why: str | None = "") -> None:
        """Whose turn it is again, or whose draft it was."""
        drafter = notices.account(db, draft.drafted_by_id) if draft.drafted_by_id else None
        if drafter is not None:
            notify_user(drafter, "saraban.draft", said, draft, "DraftPaperView", why=why or "")

    def _issue(self, draft: Draft) -> None:
        token = secrets.token_urlsafe(16)
        base = public_url.base()
        clerk = registers.Clerk(self.actor.user_id, self.actor.name, self.actor.clearance)
        letter = drafting.issue(
            db, draft, clerk=clerk, today=today(), root=khet().settings.files_dir, verify_at=f"{base}/verify/{token}"
        )
        letter.verify = token_hash(token)
        db.flush()
        said: Any = {"text": _("Registered as number"), "number": letter.doc_no, "links": []}
        flash(said, "number")

    @expose("/<int:record_id>/seal", methods=("GET", "POST"))
    @right("sign")
    def seal(self, record_id: int) -> Any:
        """Seal the numbered paper with the signer's certificate (PAdES)."""
        draft = self.find(record_id, "sign")
        letter = self._letter(draft)
        if letter is None:
            raise NotFound
        self.require_at("sign", draft.unit_id)
        form: Any = SealForm()

        root, made = khet().settings.files_dir, []

        def look() -> None:
            made.append(certificate.seal(db, root, letter, form.files.data or [], form.passphrase.data or ""))

        def save() -> Any:
            certificate.keep(db, root, letter, made[0])
            return draft

        waiting = store.staged(db, form.files.data or [])
        return self.step_page(
            draft, form, save, _("Seal with a certificate"), look=look, save_title=_("Seal"), waiting=waiting
        )

    def _letter(self, draft: Draft) -> OutgoingLetter | None:
        """The letter that the draft became."""
        return db.get(OutgoingLetter, draft.letter_id) if draft.letter_id else None

    @expose("/<int:record_id>/pdf")
    @right("show")
    def pdf(self, record_id: int) -> Any:
        """The paper as it stands: as it would be printed now, and once it has its number the original."""
        draft = self.find(record_id)
        unit = db.get(Unit, draft.unit_id)
        assert unit is not None
        data = originals.present(db, khet().settings.files_dir, draft, unit, self._letter(draft))
        name = f"{draft.subject[:60]}.pdf"
        return send_file(io.BytesIO(data), mimetype="application/pdf", as_attachment=True, download_name=name)

    @expose("/<int:record_id>/docx")
    @right("show")
    def docx(self, record_id: int) -> Any:
        """The paper for who writes in Word."""
        draft = self.find(record_id)
        data = word.write(draft, self._letter(draft))
        name = f"{draft.subject[:60]}.docx"
        return send_file(io.BytesIO(data), mimetype=word.CONTENT_TYPE, as_attachment=True, download_name=name)

    @expose("/<int:record_id>/word", methods=("GET", "POST"))
    @right("edit")
    def from_word(self, record_id: int) -> Any:
        """Take back the text of a document that went out to Word."""
        draft = self.find(record_id, "edit")
        if (shut := self.shut(draft)) is not None:
            return shut
        form: Any = WordForm()

        body: list[str] = []

        def look() -> None:
            files = store.staged(db, form.files.data or [])
            if len(files) != 1 or not files[0].name.lower().endswith(".docx"):
                raise RuleError(_("Choose one Word document."), field="files")
            body.append(word.read(*store.apart(db, khet().settings.files_dir, files)))

        def save() -> Any:
            values = {**draft.content, "subject": draft.subject, "speed": draft.speed, "circular": draft.circular}
            values["body"] = body[0]
            return self._write(draft, draft.unit_id, draft.kind, values)

        waiting = store.staged(db, form.files.data or [])
        return self.step_page(draft, form, save, _("Back from Word"), look=look, waiting=waiting)


def _labels() -> dict[str, Any]:
    """Names of the fields as the form has them."""
    return {field.name: field.label.text for field in DraftForm()}


VIEWS = [DraftPaperView]
