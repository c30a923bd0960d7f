from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .fields.core import Field
from .meta import DefaultMeta
from .validators import Check

class BaseForm:
    meta: DefaultMeta
    _fields: dict[str, Field]
    def __iter__(self) -> Iterator[Field]: ...
    def __contains__(self, name: str) -> bool: ...
    def __getitem__(self, name: str) -> Field: ...
    def __delitem__(self, name: str) -> None: ...
    def validate(self, extra_validators: Mapping[str, Sequence[Check]] | None = None) -> bool: ...
    @property
    def data(self) -> dict[str, Any]: ...  # each field's own
    @property
    def errors(self) -> dict[str, Sequence[str]]: ...

class Form(BaseForm):
    class Meta(DefaultMeta): ...

    def __init__(
        self,
        formdata: Mapping[str, object] | None = None,
        obj: object = None,
        prefix: str = "",
        data: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
