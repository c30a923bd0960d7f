"""Every check that a module inherits."""

from tests.module_check import ModuleCheck


class TestCooperation(ModuleCheck):
    module = "cooperation"
