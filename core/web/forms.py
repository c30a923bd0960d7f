"""Form base and fields: every form carries a one-time key and a version; dates are typed as offices do."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from math import isfinite
from time import time as clock
from typing import Any, ClassVar

import flask_babel
from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.datastructures import CombinedMultiDict
from wtforms import (
    BooleanField,
    DecimalField,
    Field,
    FieldList,
    FloatField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    validators,
)
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from core.base.errors import Doubt, RuleError, parts_of
from core.base.text import addresses, thai
from core.base.text.calendars import school_year
from core.base.text.dates import shown_date
from core.storage.fields import Values
from core.storage.scope import KhetSession

#: seconds; a form open for longer was left alone
LONGEST_SITTING = 4 * 3600

#: levels of secrecy as a form offers them (0 ไม่ลับ … 3 ลับที่สุด)
SECRECY_LEVELS = [(0, _l("Not secret")), (1, _l("Confidential")), (2, _l("Secret")), (3, _l("Top secret"))]


class _Catalogue:
    """WTForms' own messages through our catalogue (WTForms ships no Thai)."""

    def gettext(self, text: str) -> str:
        return flask_babel.gettext(text)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        # each is a text of its own in our catalogue, as Thai has no plural; WTForms fills in the variables
        return self.gettext(singular if n == 1 else plural)


class KhetForm(FlaskForm):
    """A form that can be saved once."""

    #: what somebody else saved meanwhile, by field
    conflicts: dict[str, str]
    #: what is refused of the form as a whole, said above its fields
    refusals: list[str]
    #: whether a record that stands is changed
    corrects: bool
    form_key = HiddenField()
    version = HiddenField()
    #: what is typed is kept on the server until it is saved
    drafts: bool = True
    #: sections: (heading, names of fields); none means one section of every field
    groups: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = ()
    #: half or third of the width; the rest takes the whole
    sizes: ClassVar[dict[str, str]] = {}
    #: the field to begin in, where it is not the first empty one
    first: ClassVar[str] = ""
    #: choices with which the page is fetched anew, since others of its fields hang on them; what is typed stays
    fetched_with: ClassVar[frozenset[str]] = frozenset()
    #: fields without which the form cannot be saved, by name: what is to be done, and by whom, where there is nothing
    #: to choose from. It is said above the form, in the field's place
    empty: ClassVar[dict[str, Any]] = {}

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: BaseForm) -> _Catalogue:
            return _Catalogue()

        def wrap_formdata(self, form: BaseForm, formdata: Any) -> Any:
            """What was typed. Files come by a request of their own (`/files/`), never in the place of a text."""
            found = super().wrap_formdata(form, formdata)
            return request.form if isinstance(found, CombinedMultiDict) else found

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Raises TypeError for a field that is called as something every form has: the page would read the field."""
        super().__init_subclass__(**kwargs)
        for name, value in vars(cls).items():
            taken = hasattr(KhetForm, name) or name in KhetForm.__annotations__
            if isinstance(value, UnboundField) and taken and name not in ("form_key", "version"):
                raise TypeError(f"{cls.__name__}.{name}: every form has something of that name; call the field another")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.corrects = kwargs.get("obj") is not None
        self.conflicts = {}
        self.refusals = []
        if not re.fullmatch(r"[\w-]{1,40}", self.form_key.data or "", re.ASCII):
            self.form_key.data = f"{int(clock()):x}-{secrets.token_urlsafe(18)}"
        if not self.is_submitted():
            for field in self:
                if isinstance(field, LookupField) and field.begin is not None and not field.data:
                    field.data = field.begin()

    @property
    def open_for(self) -> int | None:
        """Seconds since the form was opened; None where that cannot be, or is longer than a morning."""
        begun = re.match(r"[0-9a-f]{8,9}(?=-)", self.form_key.data or "")
        seconds = int(clock()) - int(begun[0], 16) if begun else -1
        return seconds if 0 <= seconds <= LONGEST_SITTING else None

    def refuse(self, error: RuleError) -> None:
        """Put a broken rule at its field, or above the form; what was asked once is kept for the yes."""
        if isinstance(error, Doubt) and (agreed := self._fields.get("agreed")) is not None:
            agreed.data = " ".join(dict.fromkeys(f"{agreed.data or ''} {error.mark}".split()))
        if len(parts := parts_of(error)) > 1:
            for one in parts:
                self.refuse(one)
            return
        field = self._fields.get(error.field or "") or self._in_lines(error.field or "")
        if field is None or isinstance(field, HiddenField):
            self.refusals.append(str(error.message))
        else:
            field.errors = [*field.errors, str(error.message)]

    def _in_lines(self, name: str) -> Any:
        """A field of the n-th filled line of a LinesField, named lines-n-field."""
        match = re.fullmatch(r"(\w+)-(\d+)-(\w+)", name)
        lines = self._fields.get(match[1]) if match else None
        if match is None or not isinstance(lines, LinesField):
            return None
        filled = [entry for entry in lines.entries if not _is_blank(entry)]
        return filled[int(match[2])].form._fields.get(match[3]) if int(match[2]) < len(filled) else None

    @property
    def without_choice(self) -> dict[str, Any]:
        """What is said in place of the fields that have nothing to choose from, by name."""
        own = {field.name: field.nothing for field in self if hasattr(field, "nothing")}
        said = own | {name: words for name, words in self.empty.items() if name in self}
        return {name: words for name, words in said.items() if not self.has_choice(name)}

    def has_choice(self, name: str) -> bool:
        """Whether a field of `empty` has something to choose from; lines have it where what they need has."""
        field = self[name]
        if isinstance(field, LinesField):
            needed = (inner for inner in field.entries[0].form if isinstance(inner, LookupField) and inner.need)
            return all(inner.has_choice for inner in needed)
        if isinstance(field, LookupField):
            return field.has_choice
        return isinstance(field, SelectField) and bool(field.choices)

    def validate(self, extra_validators: Any = None) -> bool:
        """As every form; one that cannot be filled is not valid, and says why once, above its fields."""
        sound = super().validate(extra_validators)
        for name in self.without_choice:
            self[name].errors = []
        return bool(sound) and not self.without_choice

    def layout(self) -> list[tuple[Any, list[tuple[Any, str]]]]:
        """Sections of (field, size) as the page shows them, without fields that this form has not or that have nothing
        to choose from."""
        short = {"SelectField": "half", "ThaiDateField": "half", "ClockField": "half", "WholeField": "half"}
        machinery, left_out = ("HiddenField", "CSRFTokenField"), self.without_choice
        groups = self.groups or (("", tuple(field.name for field in self if field.type not in machinery)),)
        made = []
        for title, names in groups:
            shown = [self[name] for name in names if name in self and name not in left_out]
            made.append((title, [(field, self.sizes.get(field.name, short.get(field.type, ""))) for field in shown]))
        return [(title, fields) for title, fields in made if fields]

    @property
    def begins_in(self) -> str:
        """The id of what the caret stands in when the page opens: `first`, or the first field that is to be filled and
        is empty; "" where there is none. A record that is corrected opens at its top, wherever its gaps are."""
        shown = list(_flat(field for _title, fields in self.layout() for field, _size in fields))
        if self.first:
            return next((_caret(field) for field in shown if field.name == self.first), "")
        carets = ((_caret(field), _is_filled(field)) for field in shown)
        open_ = [(caret, filled) for caret, filled in carets if caret]
        return next((caret for caret, filled in open_[: 1 if self.corrects else None] if not filled), "")

    @property
    def hidden(self) -> list[Any]:
        """Hidden fields of the form's own, besides the machinery."""
        return [f for f in self if f.type == "HiddenField" and f.name not in ("form_key", "version")]

    @property
    def marks_needed(self) -> bool:
        """Whether the page marks a field as one that must be filled: every one that is refused empty is."""
        return any(field.flags.required for _title, fields in self.layout() for field, _size in fields)

    def read_files(self) -> None:
        """Read uploaded pictures before anything is written. Raises RuleError at their field."""
        for field in self:
            if isinstance(field, FilesField) and field.pictures and field.data:
                from core.web.pictures import clean_pictures  # which stands on the request, as forms do not

                clean_pictures(field.data, field.name)

    def values(self) -> Values:
        """What was typed, without the form's own machinery."""
        machinery = {"csrf_token", "form_key", "version"}
        return Values({name: field.data for name, field in self._fields.items() if name not in machinery})

    @property
    def summary(self) -> list[tuple[str, str, str]]:
        """Every error as (field id, label, message), for the list above the form."""
        found = []
        for field in self:
            inner = [one for entry in field for one in entry.form] if isinstance(field, LinesField) else []
            found += [one for one in (field, *inner) if not isinstance(one, HiddenField) and one.errors]
        return [(_anchor(field), str(field.label.text), str(error)) for field in found for error in field.errors]


def _anchor(field: Any) -> str:
    """Id of the element that a reader can go to."""
    return f"{field.id}-text" if isinstance(field, LookupField) else str(field.id)


def _flat(fields: Iterable[Field]) -> Iterator[Field]:
    """Fields, those of a table's lines one after the other."""
    for field in fields:
        if isinstance(field, FieldList):
            yield from (one for entry in field.entries for one in entry.form)
        else:
            yield field


def _caret(field: Field) -> str:
    """The id of what is typed into or chosen from; "" for ticks, files and what nobody changes here."""
    if isinstance(field, BooleanField | FilesField | HiddenField | SelectMultipleField):
        return ""
    if {"readonly", "disabled"} & set(field.render_kw or {}):
        return ""
    return f"{field.id}-text" if isinstance(field, LookupField) else str(field.id)


def _is_filled(field: Field) -> bool:
    """Whether something stands there; a choice without an empty one begins with its first."""
    if isinstance(field, SelectField):
        offered = list(field.iter_choices())
        chosen = [one[0] for one in offered if one[2]] or [one[0] for one in offered]
        return bool(chosen) and chosen[0] not in ("", None)
    drawn = field._value() if hasattr(field, "_value") else field.data
    return drawn not in (None, "")


class _NumberInput(TextInput):
    """A line of text with the phone's keyboard of digits. A browser's own number field takes neither Thai digits nor
    words, sends what it does not understand as nothing, and counts up and down under the arrows and the wheel."""

    def __call__(self, field: Field, **kwargs: Any) -> Any:
        kwargs.setdefault("inputmode", "numeric" if isinstance(field, IntegerField) else "decimal")
        return super().__call__(field, autocomplete="off", **kwargs)


class _AsWritten(Field):
    """A number as an office writes it: 1,500.50, ๑,๕๐๐ บาท, ฿500, 20 คน."""

    widget = _NumberInput()
    #: the first number that no longer fits the column
    beyond: int

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([_number(value) for value in valuelist])

    def pre_validate(self, form: BaseForm) -> None:
        # also what is no number at all, though Python reads it as one: nan, Infinity, 1e400
        if self.data is not None and not (isfinite(self.data) and abs(self.data) < self.beyond):
            raise validators.StopValidation(_("This number is too large."))


def _number(typed: Any) -> Any:
    """What was typed without separators, spaces and the unit's word."""
    text = re.sub(r"[\s,฿]", "", typed) if isinstance(typed, str) else typed
    return re.sub(r"(?<=\d)(บาท|คน|นาที|วัน)\Z", "", text) if isinstance(text, str) else text


class WholeField(_AsWritten, IntegerField):
    """A whole number that its column holds (32 bits)."""

    beyond = 2**31


class AmountField(_AsWritten, DecimalField):
    """An amount of money as a Decimal, below ten thousand million: Numeric(12, 2)."""

    beyond = 10**10


class FigureField(_AsWritten, FloatField):
    """A number that may have decimals, as exact as a float is."""

    beyond = 10**15


def required() -> Any:
    """The field must hold more than spaces."""
    return validators.DataRequired(message=_l("Fill this in."))


def at_most(length: int) -> Any:
    """No more characters than the column holds."""
    check = validators.Length(max=length, message=_l("At most %(length)s characters.", length=length))
    check.field_flags = {}  # maxlength in the page would cut a paste silently; the server says it instead
    return check


def text(
    label: Any, *, most: int = 200, need: bool = True, help: Any = "", complete: bool = False, **kw: Any
) -> StringField:  # fmt: skip
    """A line of text; stored cleaned.

    `complete` offers in a list, while one types, what the view's `known` says of this field. Nothing of it is taken
    that was not chosen.
    """
    checks = [required() if need else validators.Optional(), at_most(most)]
    if complete:
        kw["render_kw"] = {**kw.get("render_kw", {}), "data-complete": "1", "autocomplete": "off"}
    return StringField(label, checks, description=help, filters=[_cleaned], **kw)


def mail_address(label: Any, *, most: int = 200, need: bool = False, help: Any = "", **kw: Any) -> StringField:
    """An e-mail address, looked at while the form is open: a mistyped one would be found out by nobody."""

    def known(form: Any, field: Any) -> None:
        try:
            field.data = addresses.mail_address(field.data)
        except ValueError:
            raise ValidationError(_("This is no e-mail address: %(address)s", address=field.data[:100])) from None

    checks = [required() if need else validators.Optional(), at_most(most), known]
    kw["render_kw"] = {"type": "email", "inputmode": "email", **kw.get("render_kw", {})}
    return StringField(label, checks, description=help, filters=[_cleaned], **kw)


def paragraph(label: Any, *, most: int = 1000, need: bool = False, help: Any = "", **kw: Any) -> TextAreaField:
    """Several lines of text; stored cleaned."""
    checks = [required() if need else validators.Optional(), at_most(most)]
    return TextAreaField(label, checks, description=help, filters=[_cleaned], render_kw={"rows": 2}, **kw)


def _cleaned(value: str | None) -> str:
    return thai.clean(value or "")


class ThaiDateField(Field):
    """A date typed as an office types it; data is a `date` or None.

    A year in ค.ศ. or more than a year away is asked back once: the page then carries the date read from it,
    and saving again confirms.
    """

    widget = TextInput()

    def __init__(self, label: Any = None, need: bool = True, help: Any = "", **kwargs: Any) -> None:
        super().__init__(
            label,
            [validators.InputRequired(message=_l("Fill this in."))] if need else [],
            description=help,
            **kwargs,
        )
        self.need = need
        self.typed: str | None = None
        self.confirm: str = ""

    def process(self, formdata: Any, data: Any = ..., extra_filters: Any = None) -> None:
        if formdata is not None:
            self.confirm = formdata.get(f"{self.name}-confirm", "")
        if data is ...:
            super().process(formdata, extra_filters=extra_filters)
        else:
            super().process(formdata, data, extra_filters)

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return thai.format_date(self.data, "typed")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = valuelist[0] if valuelist else ""
        self.data = None
        if not self.typed.strip():
            return
        try:
            typed = thai.parse_date(self.typed, thai.today())
        except thai.DateError as error:
            if error.reason == "no_such_day":
                raise ValidationError(_("There is no such day in the calendar.")) from None
            raise ValidationError(_("Type a date like 14/6/69 or 14 มิ.ย. 2569.")) from None
        iso = typed.day.isoformat()
        if typed.doubt and self.confirm != iso:
            self.confirm = iso
            shown = shown_date(typed.day, "letter")
            if typed.doubt == "ce":
                raise ValidationError(
                    _(
                        "Is the year in the Christian era? It reads as %(date)s. Save again to confirm.",
                        date=shown,
                    )
                )
            raise ValidationError(_("%(date)s is more than a year away. Save again to confirm.", date=shown))
        self.data = typed.day

    def pre_validate(self, form: BaseForm) -> None:
        if self.process_errors:
            raise validators.StopValidation()
        if self.need and self.data is None:  # blanks are typed, and yet no day
            raise validators.StopValidation(_("Fill this in."))


class LookupField(Field):
    """A related record, found by typing. Data is its id; a foreign or unknown id is an error, not a row.

    `begin` gives what stands in an empty form: the one record that is meant where there is no other, else None.
    """

    widget = TextInput()

    def __init__(
        self,
        label: Any,
        find: Callable[[int], tuple[int, str] | None],
        endpoint: str,
        need: bool = True,
        help: Any = "",
        begin: Callable[[], int | None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, description=help, **kwargs)
        self.find, self.endpoint, self.need, self.begin = find, endpoint, need, begin
        #: what the address of its endpoint holds besides, where that hangs on the page's record
        self.place: dict[str, Any] = {}
        self.flags.required = need
        self.shown = ""
        #: what stands in the field, chosen or not
        self.typed = ""

    @cached_property
    def has_choice(self) -> bool:
        """Whether there is anything to be found, so far as its `find` knows that; asked once a form."""
        return self.find.any() if isinstance(self.find, Finder) else True

    def process(self, formdata: Any, data: Any = ..., extra_filters: Any = None) -> None:
        if formdata is not None:
            self.typed = (formdata.get(f"{self.name}-text") or "").strip()[:200]
        if data is ...:
            super().process(formdata, extra_filters=extra_filters)
        else:
            super().process(formdata, data, extra_filters)

    @property
    def text_value(self) -> str:
        """What the page shows for the chosen record."""
        if not self.shown and self.data:
            found = self.find(self.data)
            self.shown = found[1] if found else ""
        return self.shown or self.typed

    def process_formdata(self, valuelist: list[str]) -> None:
        raw = (valuelist[0] if valuelist else "").strip()
        self.data = None
        if not raw:
            return
        found = self.find(int(raw)) if raw.isdecimal() and len(raw) < 10 else None
        if found is None:
            raise ValidationError(_("Choose one from the list."))
        self.data, self.shown = found

    def pre_validate(self, form: BaseForm) -> None:
        if self.data or self.process_errors:
            return
        if self.typed:  # a word that became no record is not dropped without a word
            raise validators.StopValidation(_("“%(typed)s” is not chosen from the list yet.", typed=self.typed))
        if self.need:
            raise validators.StopValidation(_("Choose one from the list."))


class FilesField(Field):
    """Files that were uploaded before the save; data is a list of their ids.

    `drawn`: a finger can draw one. `pictures`: they will stand on papers (core/records/files/pictures.py). `need` marks
    it: the service refuses it empty, in words of its own.
    """

    def __init__(
        self, label: Any, help: Any = "", *, need: bool = False, drawn: bool = False, pictures: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(label, description=help, **kwargs)
        self.flags.required = need
        self.drawn, self.pictures = drawn, pictures or drawn

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [int(value) for value in valuelist if value.isdecimal() and len(value) < 10]

    def process_data(self, value: Any) -> None:
        self.data = value or []


def choice(
    label: Any, choices: list[tuple[Any, Any]], *, coerce: Any = str, need: bool = True, **kw: Any
) -> SelectField:
    """One of a few values."""
    return SelectField(label, choices=choices, coerce=coerce, validate_choice=need, **kw)


class _Mark:
    """Marks a field as needed and checks nothing: the service refuses it empty, in words of its own."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        pass


def several(
    label: Any, choices: Any = None, *, coerce: Any = str, need: bool = False, **kw: Any
) -> SelectMultipleField:  # fmt: skip
    """Some of a few values, each with its tick box. `choices` may be given to the field later. `need`: as of files."""
    return SelectMultipleField(
        label,
        [_Mark()] if need else [],
        choices=choices,
        coerce=coerce,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **kw,
    )


@dataclass(frozen=True)
class Finder:
    """A LookupField's `find` over the session, and so through the tenant filter."""

    session: KhetSession
    model: Any
    label: Callable[[Any], str]

    def __call__(self, record_id: int) -> tuple[int, str] | None:
        """A record of that id with its label."""
        record = self.session.get(self.model, record_id)
        return (record.id, self.label(record)) if record is not None else None

    def any(self) -> bool:
        """Whether there is one at all."""
        return self.session.scalar(select(self.model.id).limit(1)) is not None


class LinesField(FieldList):
    """Lines of a small form, edited in place; data is a list of dicts. Lines left empty are left out."""

    def __init__(self, label: Any, line: type[Form], *, need: bool = True, help: Any = "", **kwargs: Any) -> None:
        super().__init__(FormField(line), label, description=help, max_entries=200, **kwargs)
        self.line, self.need = line, need
        self.flags.required = need

    def process(self, formdata: Any, data: Any = ..., extra_filters: Any = None) -> None:
        if data is ...:
            super().process(formdata, extra_filters=extra_filters)
        else:
            super().process(formdata, data, extra_filters)
        if formdata is not None:
            self.entries = [entry for entry in self.entries if not _is_blank(entry)]
        if not self.entries:
            self.append_entry()

    def validate(self, form: BaseForm, extra_validators: Any = ()) -> bool:
        """Every line that is not empty; at least one where one is needed."""
        filled = [entry for entry in self.entries if not _is_blank(entry)]
        self.errors = []
        if self.need and not filled:
            self.errors = [_("Add at least one line.")]
        wrong = [entry for entry in filled if not entry.validate(form)]
        if wrong:
            self.errors = [_("Look at the lines marked in red.")]
        return not self.errors

    @property
    def data(self) -> list[dict[str, Any]]:
        return [entry.data for entry in self.entries if not _is_blank(entry)]

    def blank(self) -> Field:
        """An empty line for the page to copy; its number is written by the page."""
        field = FormField(self.line).bind(form=None, name=f"{self.name}-0", prefix="", _meta=self.meta)
        field.process(None)
        return field


def _is_blank(entry: FormField) -> bool:
    """Whether nobody typed anything; a choice that stands as it came is nothing typed."""
    return not any(
        (inner.raw_data and str(inner.raw_data[0]).strip())
        or (inner.raw_data is None and inner.data)
        or (isinstance(inner, LookupField) and inner.typed)
        for inner in entry.form
        if not (isinstance(inner, SelectField) and inner.data == inner.default)
    )


class LineForm(Form):
    """A line of a LinesField."""

    class Meta(Form.Meta):
        def get_translations(self, form: BaseForm) -> _Catalogue:
            return _Catalogue()


class ClockField(Field):
    """A time of day typed 09.30, 9:30 or 0930; data is a `time` or None."""

    widget = TextInput()

    def __init__(self, label: Any = None, need: bool = False, help: Any = "", **kwargs: Any) -> None:
        checks = [validators.InputRequired(message=_l("Type a time like 09.30."))] if need else []
        super().__init__(label, checks, description=help, **kwargs)
        self.need = need
        self.typed: str | None = None

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return f"{self.data:%H.%M}" if self.data else ""

    def pre_validate(self, form: BaseForm) -> None:
        if self.process_errors:
            raise validators.StopValidation()
        if self.need and self.data is None:  # blanks are typed, and yet no time
            raise validators.StopValidation(_("Type a time like 09.30."))

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = valuelist[0] if valuelist else ""
        self.data = None
        raw = thai.plain_text(self.typed).removesuffix("น.").strip()
        if not raw:
            return
        match = re.fullmatch(r"(\d{1,2})[.:]?(\d{2})", raw)
        if match is None or int(match[1]) > 23 or int(match[2]) > 59:
            raise ValidationError(_("Type a time like 09.30."))
        self.data = time(int(match[1]), int(match[2]))


def school_years(ahead: int = 1, back: int = 5) -> list[tuple[int, str]]:
    """School years (พ.ศ.) to choose from, the present one first."""
    now = school_year(thai.today())
    return [(now, str(now)), *((year, str(year)) for year in range(now + ahead, now - back, -1) if year != now)]
