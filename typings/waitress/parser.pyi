from .utilities import Error

class HTTPRequestParser:
    error: Error | None
