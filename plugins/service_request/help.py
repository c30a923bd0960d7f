"""First steps and glossary of academic services."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from core.plugins.manifest import Help

HELP = Help(
    steps=(
        (_l("Ask"), _l(
                "A school presses n under Requests for service, fills the form on a phone, and sends it. What "
                "is asked by word waits for its letter; the sample letter and the conditions print from the "
                "page."
            )),
        (_l("Receive"), _l(
                "The clerk receives it with its letter: from the register of incoming letters by one action, "
                "or with number and date typed. The number comes from the book; the days ahead count from the "
                "letter's arrival."
            )),
        (_l("Decide"), _l(
                "Check the conditions, propose, ask speakers, note the meeting; the director approves. Who "
                "cannot be served is offered another time, or told by word and then by letter."
            )),
        (_l("Answer"), _l(
                "Draft the answer and the order to travel from the request's page; their numbers are read "
                "when correspondence has given them."
            )),
        (_l("Hold and close"), _l(
                "Note when it really began and ended, make up minutes, send the survey's link or QR code, "
                "hand in the money papers, send the summary. Then the request closes."
            )),
    ),
    glossary=(
        ("ผู้รับบริการ", _l("Who asks: a school, an agency, a group of people, a teacher.")),
        ("ทาบทาม", _l("To ask somebody whether they would speak.")),
        (
            "การจองเวลา",
            _l("A booking: who is asked might be taken at that time, who has agreed is, and by nothing else."),
        ),
        ("Smart area", _l("The office's electronic correspondence with schools.")),
        ("ปิดงบประมาณ", _l("An event held to use up a budget before 30 September.")),
        ("ก.ต.ป.น.", _l("The area's committee that follows, examines, evaluates and supervises.")),
    ),
)  # fmt: skip
