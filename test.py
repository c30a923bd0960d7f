"""Every check and every test, PostgreSQL and a real browser included: `uv run test.py`.

What they need beside Python packages is Chromium and Tesseract with its Thai model. Where it may (Debian or Ubuntu, as
root or with sudo that asks nothing) it installs them; elsewhere it says in one line how to get them and runs nothing.
`--no-browser` and `--no-ocr` leave their tests out; whatever else is said goes to pytest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

ROOT = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def has_browser() -> bool:
    """Whether there is a Chromium of the system, or the one that Playwright fetches for itself."""
    if any(shutil.which(name) for name in BROWSERS):
        return True
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            return Path(playwright.chromium.executable_path).exists()
    except Exception:  # its driver lacks libraries that come with a browser
        return False


def lacking(arguments: list[str]) -> list[str]:
    """Debian's packages that these tests need and that are not here."""
    wanted = []
    if "--no-browser" not in arguments:
        if not has_browser():
            wanted.append("chromium")
        if sys.platform == "linux" and find_library("atomic") is None:  # the driver of the browser needs it
            wanted.append("libatomic1")
    if "--no-ocr" not in arguments:
        known = ""
        if shutil.which("tesseract"):
            known = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False).stdout
        else:
            wanted.append("tesseract-ocr")
        if "tha" not in known.split():
            wanted.append("tesseract-ocr-tha")
    return wanted


def _as_root() -> list[str] | None:
    """What stands before a command that root alone may run; None where nobody may."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    quiet = ["sudo", "-n"]
    if shutil.which("sudo") and subprocess.run([*quiet, "true"], capture_output=True, check=False).returncode == 0:
        return quiet
    return None


def get(packages: list[str]) -> None:
    """Install Debian's packages, or end with the one line that says how."""
    before = _as_root() if shutil.which("apt-get") else None
    if before is not None:
        quiet = [*before, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        print("· installing", *packages, flush=True)
        # Ubuntu's package of that name is a snap, which runs in no container: there Playwright brings its own
        own = "chromium" in packages and "ID=ubuntu" in Path("/etc/os-release").read_text(encoding="utf-8").split()
        named = [package for package in packages if not (own and package == "chromium")]
        subprocess.run([*quiet, "update"], check=False)
        if named:
            subprocess.run([*quiet, "install", "-y", *named], stdout=subprocess.DEVNULL, check=False)
        if own:
            subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=False)
    if still := lacking(sys.argv[1:]):
        sys.exit(
            f"Missing: {', '.join(still)}. Install them (Debian: apt install {' '.join(still)}) "
            "or leave their tests out with --no-browser and --no-ocr."
        )


def main() -> int:
    """Checks, then tests; the exit status is 0 where all of them pass."""
    os.chdir(ROOT)
    if packages := lacking(sys.argv[1:]):
        get(packages)
    # a machine of tests may tell Python to keep no compiled modules, and hundreds of processes start here
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    checked = subprocess.run([sys.executable, "check.py"], check=False).returncode
    tested = subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]], check=False).returncode
    return checked or tested


if __name__ == "__main__":
    sys.exit(main())
