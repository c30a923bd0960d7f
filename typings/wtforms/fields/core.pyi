from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from flask_babel.speaklater import LazyString
from markupsafe import Markup

from ..form import BaseForm
from ..meta import DefaultMeta
from ..validators import Check
from ..widgets import Widget

Text = str | LazyString

_F = TypeVar("_F", bound=Field)

class Label:
    field_id: str
    text: Text

class Flags:
    required: bool
    optional: bool

class Field:
    name: str
    short_name: str
    id: str
    type: str
    label: Label
    description: Text
    default: object
    data: Any  # each kind of field says what its own is
    raw_data: list[Any] | None  # texts, or files
    errors: Sequence[str]
    process_errors: Sequence[str]
    flags: Flags
    meta: DefaultMeta
    render_kw: dict[str, object] | None
    validators: Sequence[Check]
    widget: Widget
    def __init__(
        self,
        label: Text | None = None,
        validators: Sequence[Check] | None = None,
        filters: Sequence[Callable[[Any], object]] = (),
        description: Text = "",
        id: str | None = None,
        default: object = None,
        *,
        widget: Widget | None = None,
        render_kw: Mapping[str, object] | None = None,
    ) -> None: ...
    def __call__(self, **kwargs: object) -> Markup: ...
    # until a form is made, a field is an UnboundField: `bind` makes the field itself
    def bind(
        self, form: BaseForm | None, name: str, prefix: str = "", *, _meta: DefaultMeta | None = None
    ) -> Field: ...
    def process(
        self,
        formdata: Mapping[str, str] | None,
        data: object = ...,
        extra_filters: Sequence[Callable[[Any], object]] | None = None,
    ) -> None: ...
    def process_data(self, value: Any) -> None: ...
    def process_formdata(self, valuelist: list[Any]) -> None: ...
    def pre_validate(self, form: BaseForm) -> None: ...
    def validate(self, form: BaseForm, extra_validators: Sequence[Check] = ()) -> bool: ...

class UnboundField(Generic[_F]):
    creation_counter: int
    field_class: type[_F]
    # what the field is made with, by its class
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
