"""What the robot finds and is known, each with its reason: no fault, or one that waits for its mend."""

from __future__ import annotations

from tests.robot.judge import Fault

BY_SCRIPT = "written by the page's own script"
BY_ITSELF = "what the recipient does with it says so, nobody presses it"
NO_SUCH_RECORD = "asks for facts that no record of the demo in that state has"
FOR_PAGES = "asked by Khet's own pages after a step; the record that it needs is not in the demo"

#: (kind, beginning of where, part of what) → why it is left
EXCUSED: dict[tuple[str, str, str], str] = {
    ("no page links there", "", "?q="): BY_SCRIPT,
    ("no page links there", "", "?all="): BY_SCRIPT,
    ("no page links there", "", "?ids="): BY_SCRIPT,
    ("no page links there", "", "?back="): "said by pages of records with a workflow view alone",
    ("no page links there", "", "?queue="): "carried on by a record that was opened from what waits for its reader",
    ("no page links there", "WaitingView.list", "?after="): "the second page of much that waits",
    ("no page links there", "", "?unit_id="): BY_SCRIPT,
    ("no page links there", "", "?limit="): "of other systems",
    ("no page links there", "IncomingView.add", "?scan="): FOR_PAGES,
    ("no page links there", "IncomingView.add", "?recipient="): FOR_PAGES,
    ("no page links there", "IncomingView.add", "?received_on="): FOR_PAGES,
    ("no page links there", "DraftPaperView.add", "?like="): FOR_PAGES,
    ("no page links there", "PlanView.add", "?analysis="): FOR_PAGES,
    ("no page links there", "ReportView.charts", "?part="): "the second page of many charts",
    ("no page links there", "OwnRightsView.list", "?before="): "the second page of many acts",
    ("no page links there", "BookView.list", "?year="): "a book of a year before, which the demo has not",
    ("a new one cannot be begun", "FolderView.add", ""): "the page says who has to add kinds of keeping first",
    ("a new one cannot be begun", "DestructionView.add", ""): "there are no folders yet whose time is over",
    ("no page offers the step", "OutgoingView.show", "answer"): BY_ITSELF,
    ("no page offers the step", "IssuedView.show", "answer"): BY_ITSELF,
    ("no page offers the step", "IssuedView.show", "send"): NO_SUCH_RECORD,
    ("no page offers the step", "IssuedView.show", "store"): NO_SUCH_RECORD,
    ("no page offers the step", "DraftPaperView.show", "unsign"): NO_SUCH_RECORD,
    ("no page offers the step", "RequestView.show", "end"): NO_SUCH_RECORD,
    ("no page offers the step", "RequestView.show", "prepare"): NO_SUCH_RECORD,
    ("no page offers the step", "CaseView.show", "evaluate"): "waits for the work's first day",
    ("no page offers the step", "CaseView.show", "report"): "waits for the work's first day",
    ("no page offers the step", "CaseView.show", "publish"): "waits for the work's first day",
    ("a state without a step", "NomineeView.show", "accepted"): "the activity of the demo's is over",
    ("who was named cannot be replaced", "NomineeView.show", "answer"): "their request's page asks somebody else",
    ("a machine's words", "RequestView.show", "/services/follow/"): "an address with a key in it",
    ("a machine's words", "UserView.show", "รหัสผ่านชั่วคราว"): "a password is letters and digits",
    ("a new one cannot be begun", "StandardView.add", "lines-"): "places of steps are counted in a way of their own",
    ("a new one cannot be begun", "ApprovalChainView.add", "steps"): (
        "the robot limits every step to an amount; the page says that one has to be for all"
    ),
    ("cannot be changed", "StandardView.edit", "lines-"): "places of steps are counted in a way of their own",
    ("waits for who can neither give it on nor back", "ProgressView", ""): "who verifies the step gives it to others",
    ("waits for who can neither give it on nor back", "AssignmentView", ""): (
        "who is given a letter cannot give it to others or back yet"
    ),
}


def excused(fault: Fault) -> bool:
    """Whether a fault is known."""
    return any(
        fault.kind == kind and fault.where.startswith(where) and part in fault.what for kind, where, part in EXCUSED
    )
