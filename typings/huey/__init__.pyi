"""What Khet uses of huey 3.5."""

from collections.abc import Callable
from typing import Generic, ParamSpec

from .serializer import Serializer

_P = ParamSpec("_P")

class TaskWrapper(Generic[_P]):
    # puts it into the queue; what it gives is done elsewhere
    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> object: ...

class Huey:
    def task(self, *, name: str | None = None) -> Callable[[Callable[_P, object]], TaskWrapper[_P]]: ...

class RedisHuey(Huey):
    def __init__(self, name: str, *, url: str, results: bool = True, serializer: Serializer | None = None) -> None: ...

class PostgresHuey(Huey):
    def __init__(self, name: str, *, dsn: str, results: bool = True, serializer: Serializer | None = None) -> None: ...
