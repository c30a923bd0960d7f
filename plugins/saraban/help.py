"""First steps and words of correspondence."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.help.content import Help

HELP = Help(
    steps=(
        (
            _l("Register an incoming letter"),
            _l(
                "Press n in the list. Type what stands on the letter; the sender and the subject are offered after two "
                "letters. Ctrl and Enter registers it and opens the next."
            ),
        ),
        (
            _l("Give it to an officer"),
            _l("Choose one or many letters in the list and press Give to an officer. The officer gets a notice."),
        ),
        (
            _l("Write the action taken"),
            _l("Until an action is written the letter waits; then it is done and leaves the page of what waits."),
        ),
        (
            _l("Find a letter again"),
            _l(
                "Press Ctrl and K and type any part of the subject, the sender or the number, in Thai or Arabic digits."
            ),
        ),
        (
            _l("Print the book"),
            _l("In the list press Excel: one book of one year in the columns of the official form."),
        ),
    ),
    glossary=(
        (_l("Receipt no."), _l("The number of the book of incoming letters; it begins with 1 each calendar year.")),
        (_l("Letter no."), _l("The number that the sender gave the letter (ที่).")),
        (_l("Circular (ว)"), _l("An outgoing letter to many with the same content; it has a book of its own.")),
        (_l("Speed"), _l("Urgent, very urgent, most urgent: how soon the letter must be worked on.")),
        (_l("Officer"), _l("Who works on the letter.")),
        (_l("Secret number books"), _l("Books of secret papers; only who is cleared and named finds those letters.")),
    ),
)
