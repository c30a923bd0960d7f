"""Every check that a module inherits."""

from typing import ClassVar

from tests.module_check import ModuleCheck


class TestSaraban(ModuleCheck):
    module = "saraban"
    past_the_tenant_filters: ClassVar = {
        "pages/emergency.py": (3, "breaking the glass: secret papers of the own district, behind a log"),
        "work/secret_registry.py": (1, "a registrar takes over secret papers that no registrar may read, behind a log"),
        "work/refusals.py": (2, "looks that were refused are counted where who looks does not see them"),
        "pages/secret.py": (2, "who asked for a secret paper that is not theirs is noted on it"),
    }
