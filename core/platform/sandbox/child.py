"""The child: `python -m core.sandbox.child` loads its libraries, reads one line of what to do, does it and ends.

The answer goes into the folder it was given: `out` (one JSON line for each value), `refused` (a reason), or `why`
(what went wrong, for the log; nothing of the file stands in it).
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.platform.sandbox import json_values
from core.platform.sandbox.refusals import Refused

#: steps of priority below the server
BELOW = 5
#: seconds that the parent has to end a child before the system does
GRACE = 3


def confine(folder: Path, asked: dict[str, Any]) -> None:
    """Stay in the folder, below the server, and not for longer than agreed. The other limits the parent has set."""
    os.chdir(folder)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    if sys.platform != "win32":
        os.nice(asked["nice"])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full file is an error, and said as such
        # where the parent is gone too: the system ends this process even in the midst of a library's work
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"] + GRACE)


def _write(out: Path, said: Any) -> None:
    with out.open("wb") as file:
        for value in said if isinstance(said, Iterator) else (said,):
            file.write(json_values.dumps(value))


def _do(asked: dict[str, Any], folder: Path) -> int:
    try:
        module, _colon, name = asked["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        _write(folder / "out", function(*asked["arguments"], **asked["named"]))
    except Refused as error:
        reason = error.reason
    except MemoryError:
        reason = "too_much_memory"
    except BaseException as error:
        full = isinstance(error, OSError) and error.errno == errno.EFBIG
        reason = "too_much_output" if full else "unreadable"
        if not full:
            place = traceback.extract_tb(error.__traceback__)[-1]
            (folder / "why").write_text(f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}")
    else:
        return 0
    (folder / "out").unlink(missing_ok=True)
    (folder / "refused").write_text(reason)
    return 1


def main() -> int:
    """Load what papers need, wait for the one piece of work, do it."""
    if sys.platform != "win32":
        os.nice(BELOW)
    import pypdfium2  # noqa: F401
    import typst  # noqa: F401

    line = sys.stdin.buffer.readline()
    if not line:
        return 0  # the server ended and had no work
    asked = json_values.loads(line)
    folder = Path(asked["folder"])
    confine(folder, asked)
    return _do(asked, folder)


if __name__ == "__main__":
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 – a library that prints must not break anything
    status = main()
    os._exit(status)
