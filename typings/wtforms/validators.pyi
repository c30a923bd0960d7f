from typing import Any, Protocol

from flask_babel.speaklater import LazyString

from .fields.core import Field
from .form import BaseForm

class Check(Protocol):
    # which form and field it takes is its own: a check of dates is given fields of dates
    def __call__(self, form: Any, field: Any, /) -> None: ...

class ValidationError(ValueError):
    def __init__(self, message: str | LazyString = "") -> None: ...

class StopValidation(Exception):
    def __init__(self, message: str | LazyString = "") -> None: ...

class _Check:
    field_flags: dict[str, bool | float | str]
    def __call__(self, form: BaseForm, field: Field, /) -> None: ...

class DataRequired(_Check):
    def __init__(self, message: str | LazyString | None = None) -> None: ...

class InputRequired(_Check):
    def __init__(self, message: str | LazyString | None = None) -> None: ...

class Length(_Check):
    def __init__(self, min: int = -1, max: int = -1, message: str | LazyString | None = None) -> None: ...

class NumberRange(_Check):
    def __init__(
        self, min: float | None = None, max: float | None = None, message: str | LazyString | None = None
    ) -> None: ...

class Optional(_Check):
    def __init__(self, strip_whitespace: bool = True) -> None: ...
