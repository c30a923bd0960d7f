"""Lint, format, types, layers and translations in one command: `uv run python check.py` (`--fix` mends what it can)."""

import subprocess
import sys

FIX = "--fix" in sys.argv
COMMANDS = (
    ["ruff", "check", *(["--fix"] if FIX else []), "."],
    ["ruff", "format", *([] if FIX else ["--check"]), "."],
    ["mypy"],
)


def main() -> int:
    """Run every check; the exit status is the number that failed."""
    failed = 0
    for command in COMMANDS:
        print("·", *command, flush=True)
        failed += subprocess.run([sys.executable, "-m", *command], check=False).returncode != 0  # noqa: S603
    from importlinter.cli import lint_imports

    print("· layers", flush=True)
    failed += lint_imports() != 0

    from core.ops import catalogue

    if untranslated := catalogue.missing():
        print("without Thai:", *untranslated, sep="\n  ")
        failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
