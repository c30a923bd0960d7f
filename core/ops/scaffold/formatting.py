"""The house's form for files that were written by a command."""

from __future__ import annotations

import subprocess
import sys
from importlib import util
from pathlib import Path


def formatted(*files: Path) -> None:
    """Give written files the house's form, where its formatter is installed."""
    if not util.find_spec("ruff"):
        return
    python = [str(file) for file in files if file.suffix == ".py"]
    for command in (["check", "--fix", "--select", "I"], ["format", "--line-length", "120"]):
        words = [sys.executable, "-m", "ruff", *command, "--no-cache", "-q", *python]
        subprocess.run(words, check=False)  # noqa: S603
