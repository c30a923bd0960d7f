"""Every check that a module inherits."""

from tests.module_check import ModuleCheck


class TestServiceRequest(ModuleCheck):
    module = "service_request"
