"""Lint, format, types, layers and translations in one command: `uv run python check.py` (`--fix` mends what it can)."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import cssbeautifier
import jsbeautifier

ROOT = Path(__file__).parent
FIX = "--fix" in sys.argv
COMMANDS = (
    ["ruff", "check", *(["--fix"] if FIX else []), "."],
    ["ruff", "format", *([] if FIX else ["--check"]), "."],
    ["mypy"],
    # Templates are linted only: djlint's formatter closes tags at other depths than it opened them where a tag stands
    # under an {% if %}, and puts white space where the page would show it.
    ["djlint", "--lint", "--quiet", "core", "plugins"],
)
WIDEST = 120
SHAPE = {
    "indent_size": 2,
    "end_with_newline": True,
    "max_preserve_newlines": 2,
    "wrap_line_length": 0,  # its own breaks stand at odd places; a line that is too wide is broken by whoever writes it
}
SCRIPT = {
    "brace_style": "collapse,preserve-inline",
    "operator_position": "preserve-newline",
    "space_after_anon_function": True,
}
STYLE = {"newline_between_rules": False, "selector_separator_newline": False, "space_around_combinator": True}


def shaped(text: str, kind: str) -> str:
    """A script or style sheet (.js, .css) as it should stand. A second look may find more to do than the first."""
    tool, own = (cssbeautifier, STYLE) if kind == ".css" else (jsbeautifier, SCRIPT)
    for _look in range(5):
        before, text = text, tool.beautify(text, SHAPE | own)
        if before == text:
            break
    return text


def scripts_and_styles() -> list[Path]:
    """Ours: core's and every plugin's, not what is bundled from others."""
    found = (path for folder in ("core", "plugins") for path in (ROOT / folder).rglob("static/**/*"))
    return sorted(path for path in found if path.suffix in (".js", ".css") and "vendor" not in path.parts)


def misshapen(paths: Iterable[Path], *, fix: bool = False) -> list[str]:
    """What is wrong with the form of these files, a sentence each; `fix` mends what needs no thought."""
    said = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        good = shaped(text, path.suffix)
        if fix and good != text:
            path.write_text(good, encoding="utf-8", newline="\n")
        elif good != text:
            said.append(f"{path}: not formatted, say: python check.py --fix")
        for number, line in enumerate((good if fix else text).splitlines(), 1):
            if len(line) > WIDEST:
                said.append(f"{path}:{number}: {len(line)} characters in a line, at most {WIDEST}")
    return said


def main() -> int:
    """Run every check; the exit status is the number that failed."""
    failed = 0
    for command in COMMANDS:
        print("·", *command, flush=True)
        failed += subprocess.run([sys.executable, "-m", *command], check=False).returncode != 0  # noqa: S603

    print("· format of scripts and styles", flush=True)
    if wrong := misshapen(scripts_and_styles(), fix=FIX):
        print(*wrong, sep="\n")
        failed += 1

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
