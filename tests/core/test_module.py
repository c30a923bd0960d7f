"""Core is a module like the others: every check that a module inherits."""

from tests.module_check import ModuleCheck


class TestCore(ModuleCheck):
    module = "core"
    names_of_its_own = frozenset({
        "core.account",  # told whatever its reader chose, so that it is no topic to choose
        "cols", "mode",  # stand in an address, and in a page that is no form
    })  # fmt: skip
    names_others = frozenset({"load.py"})  # the demo's accounts hold roles of every module that ships
    needed_by_choice = {"EvidenceView.add: files": "or a link, as the hint says"}
    #: core is never switched off
    test_a_plugin_that_is_off_has_no_door = None
