"""First steps and words of correspondence."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.plugins.manifest import Help

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
            _l("Register a stack of scans"),
            _l(
                "Drop a PDF or photos of many letters under Scanned stacks. Check what was read beside the picture of "
                "each letter, or give the whole stack its numbers in one step."
            ),
        ),
        (
            _l("Propose it, and have it directed"),
            _l(
                "Choose one or many letters and press Propose. Who they are put before writes the order and names the "
                "officers; each of them gets a notice, acknowledges and reports."
            ),
        ),
        (
            _l("Write, sign and number a paper"),
            _l(
                "Under Drafts choose the kind of paper. It is checked and signed; then the clerk gives it a number, "
                "and the original and both copies lie beside it as PDF."
            ),
        ),
        (
            _l("Send a letter and follow it"),
            _l(
                "Press Send on an outgoing letter and choose schools, groups, offices or recipients outside. The list "
                "of letters sent shows who has opened, registered and acknowledged it."
            ),
        ),
        (
            _l("Register what lies in the tray"),
            _l("Choose letters in the tray and press Register: number, facts and files come along."),
        ),
        (
            _l("Find a letter again"),
            _l(
                "Press Ctrl and K and type any part of the subject, the sender or the number, in Thai or Arabic digits."
            ),
        ),
        (
            _l("Print the book"),
            _l("Under Reports choose the book and the year: on the page, in Excel, or as PDF to print."),
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
