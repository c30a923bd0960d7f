from .channel import HTTPChannel
from .parser import HTTPRequestParser

class ThreadedTaskDispatcher:
    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool: ...

class Task:
    channel: HTTPChannel
    request: HTTPRequestParser
    status: str
    response_headers: list[tuple[str, str]]
    content_length: int | None
    def set_close_on_finish(self) -> None: ...
    def write(self, data: bytes) -> None: ...

class ErrorTask(Task):
    def execute(self) -> None: ...
