from .channel import HTTPChannel
from .task import ThreadedTaskDispatcher
from .trigger import trigger
from .wasyncore import dispatcher

class MultiSocketServer: ...

class BaseWSGIServer(dispatcher):
    channel_class: type[HTTPChannel]
    effective_port: int
    task_dispatcher: ThreadedTaskDispatcher
    trigger: trigger
