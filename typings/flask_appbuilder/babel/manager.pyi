from collections.abc import Callable

class BabelManager:
    get_locale: Callable[[], str]
