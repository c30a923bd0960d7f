"""Help of administration itself."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.plugins.manifest import Help

HELP = Help(
    steps=(
        (
            _l("Check the office, its groups and the schools"),
            _l(
                "Open Schools, then Office and groups. Each unit keeps its own books; its prefix stands before numbers."
            ),
        ),
        (
            _l("Take in what you have in Excel"),
            _l("Take in from Excel reads your own file and says at every line what is wrong before anything changes."),
        ),
        (
            _l("Enter the people"),
            _l("A person has posts from one day to another. Someone who moves keeps the person and ends the post."),
        ),
        (
            _l("Give users their roles"),
            _l("A role is held at a unit and for a time. For an acting director give the role with both dates."),
        ),
        (
            _l("Switch modules on and off"),
            _l("Before a module goes off you see what is still open in it. Nothing is ever deleted by switching."),
        ),
        (
            _l("Look at the timeline"),
            _l("Every change stands there with who, when, from what to what. Nobody can change it."),
        ),
    ),
    glossary=(
        (_l("Unit"), _l("The office, a group of the office, or a school: where books are kept and roles are held.")),
        (_l("Role"), _l("A set of rights that ships with a module.")),
        (_l("Saved view"), _l("A list with its filters, columns and order under a name, for you or for the district.")),
        (
            _l("Draft"),
            _l("What you typed and did not save; it waits on its page for 30 days. Secret papers have none."),
        ),
        (
            "สายการอนุมัติ",
            _l(
                "Who approves a kind of record, in which order and from which amount on. The district sets it; "
                "without, whoever holds the right to approve does it in one step."
            ),
        ),
        (_l("Long work"), _l("An export or a step for many records that goes on while you do something else.")),
    ),
)
