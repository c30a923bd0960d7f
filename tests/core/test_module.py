"""Core is a module like the others: every check that a module inherits."""

from tests.module_check import ModuleCheck


class TestCore(ModuleCheck):
    module = "core"
