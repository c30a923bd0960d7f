"""What Khet uses of waitress 3.0. The stubs kept elsewhere know neither `create_server` nor a request's `error`."""

from _typeshed.wsgi import WSGIApplication

from .server import BaseWSGIServer, MultiSocketServer
from .wasyncore import dispatcher

def create_server(
    application: WSGIApplication, map: dict[int, dispatcher] | None = None, **more: object
) -> BaseWSGIServer | MultiSocketServer: ...
