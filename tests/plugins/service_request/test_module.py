"""Every check that a module inherits."""

from typing import ClassVar

from tests.module_check import ModuleCheck


class TestServiceRequest(ModuleCheck):
    module = "service_request"
    needed_by_choice = {
        "RequestView.add: school_id": "only where a school asks, as its hint says",
        "RequestView.edit: school_id": "only where a school asks, as its hint says",
        **dict.fromkeys(
            (f"ActivityView.change: {name}" for name in ("start_on", "end_on", "start_time", "end_time")),
            "only where it is moved, as its hint says",
        ),
    }
    names_of_its_own = frozenset({"service_request.actuals"})  # what a session keeps
    hands_on: ClassVar = {"PreparationView": ("groupdirector", "groupclerk")}
