"""Every check that a module inherits."""

from typing import ClassVar

from tests.module_check import ModuleCheck


class TestServiceRequest(ModuleCheck):
    module = "service_request"
    names_of_its_own = frozenset({"service_request.actuals"})  # what a session keeps
    hands_on: ClassVar = {"PreparationView": ("groupdirector", "groupclerk")}
