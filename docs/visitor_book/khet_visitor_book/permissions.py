"""Rights and roles."""

from flask_babel import lazy_gettext as _l

from core.base.permissions import ALL_CRUD, RoleSpec, grants

VISIT = "visitor_book.visit"
#: the gate writes the book, the head of an office reads it
ROLES = (
    RoleSpec(
        "visitor_book.gate", _l("Gate"), grants(VISIT, *ALL_CRUD, "export", "number", "import"), plugin="visitor_book"
    ),
    RoleSpec(
        "visitor_book.reader", _l("Reader of the visitor book"), grants(VISIT, "list", "show", "export"),
        plugin="visitor_book",
    ),
)  # fmt: skip
