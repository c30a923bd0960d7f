from .adjustments import Adjustments
from .parser import HTTPRequestParser
from .task import ErrorTask
from .wasyncore import dispatcher

class HTTPChannel(dispatcher):
    error_task_class: type[ErrorTask]
    adj: Adjustments
    request: HTTPRequestParser | None
    requests: list[HTTPRequestParser]
    total_outbufs_len: int
    will_close: bool
    last_activity: float
    def handle_close(self) -> None: ...
