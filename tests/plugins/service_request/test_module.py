"""Every check that a module inherits."""

from tests.module_check import ModuleCheck


class TestServiceRequest(ModuleCheck):
    module = "service_request"
    names_of_its_own = frozenset({"service_request.actuals"})  # what a session keeps
