"""Every check that a module inherits."""

from typing import ClassVar

from tests.module_check import ModuleCheck


class TestCooperation(ModuleCheck):
    module = "cooperation"
    hands_on: ClassVar = {"TaskView": ("director", "groupclerk")}
