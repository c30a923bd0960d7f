from collections.abc import Mapping

from wtforms import Form

class FlaskForm(Form):
    class Meta(Form.Meta): ...

    def __init__(
        self,
        formdata: Mapping[str, str] | None = ...,
        *,
        obj: object = None,
        prefix: str = "",
        data: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None: ...
    def is_submitted(self) -> bool: ...
    def validate_on_submit(self, extra_validators: None = None) -> bool: ...
