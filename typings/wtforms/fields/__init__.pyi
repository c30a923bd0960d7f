from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..form import BaseForm
from ..validators import Check
from ..widgets import Widget
from .core import Field as Field
from .core import Text

class StringField(Field):
    data: str | None

class TextAreaField(StringField): ...
class PasswordField(StringField): ...
class HiddenField(StringField): ...

class BooleanField(Field):
    data: bool

class IntegerField(Field):
    data: int | None

class FloatField(Field):
    data: float | None

class DecimalField(Field):
    data: Decimal | None
    def __init__(
        self,
        label: Text | None = None,
        validators: Sequence[Check] | None = None,
        places: int | None = 2,
        *,
        filters: Sequence[Callable[[Any], object]] = (),
        description: Text = "",
        default: object = None,
        render_kw: Mapping[str, object] | None = None,
    ) -> None: ...

# (value, label); the value is what `coerce` makes of what was sent
_Choices = Iterable[tuple[Any, Text]]

class SelectField(Field):
    choices: Sequence[tuple[Any, Text]] | None
    validate_choice: bool
    def iter_choices(self) -> Iterator[tuple[Any, Text, bool, dict[str, Any]]]: ...
    def __init__(
        self,
        label: Text | None = None,
        validators: Sequence[Check] | None = None,
        coerce: Callable[[Any], object] = str,
        choices: _Choices | Callable[[], _Choices] | None = None,
        validate_choice: bool = True,
        *,
        filters: Sequence[Callable[[Any], object]] = (),
        description: Text = "",
        default: object = None,
        widget: Widget | None = None,
        option_widget: Widget | None = None,
        render_kw: Mapping[str, object] | None = None,
    ) -> None: ...

class SelectMultipleField(SelectField): ...

class FormField(Field):
    form: BaseForm
    def __init__(self, form_class: type[BaseForm], label: Text | None = None) -> None: ...

# of small forms, as Khet's are; WTForms' own may be of any field
class FieldList(Field):
    entries: list[FormField]
    def __init__(
        self,
        unbound_field: FormField,
        label: Text | None = None,
        validators: Sequence[Check] | None = None,
        min_entries: int = 0,
        max_entries: int | None = None,
        *,
        description: Text = "",
        render_kw: Mapping[str, object] | None = None,
    ) -> None: ...
    def append_entry(self, data: object = ...) -> FormField: ...
    def __iter__(self) -> Iterator[FormField]: ...
    def __len__(self) -> int: ...
