"""The world of these tests: Khet with this guest in it. Khet's folder stands on the Python path."""

from tests import guests

guests.bring("khet_visitor_book.plugin", "visitor_book", probes="visitor_book_probes")
pytest_plugins = ["tests.conftest"]
