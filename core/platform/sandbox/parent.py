"""The side of the server: starts a child, watches it, ends it with all it started, and takes the answer."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from core.platform.sandbox import json_values
from core.platform.sandbox.lanes import Lane
from core.platform.sandbox.refusals import Refused

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
ROOT = Path(__file__).resolve().parents[3]
_LOOK_SECONDS = 0.1
#: refusals that a file costs a child's whole share for
COSTLY = frozenset({"too_slow", "too_much_memory", "too_much_output"})
REST_SECONDS = 60.0


def call(lane: Lane, function: Callable[P, R], /, *arguments: P.args, **named: P.kwargs) -> R:
    """What a function at the top of a module of ours returns in a child process.

    Arguments and result are plain: JSON, bytes, paths; a tuple comes back as a list. Raises Refused: what the
    function refused, too_slow, too_much_memory, too_much_output, busy, or unreadable where it failed.
    """
    with _done(lane, function, arguments, named) as out:
        result: R = json_values.loads(out.read_bytes())
        return result


def lines(lane: Lane, function: Callable[P, Iterable[R]], /, *arguments: P.args, **named: P.kwargs) -> Iterator[R]:
    """What a generator yields in a child process, handed out when it is at its end. Raises Refused as `call`."""
    with _done(lane, function, arguments, named) as out, out.open("rb") as file:
        yield from map(json_values.loads, file)


@contextlib.contextmanager
def _done(
    lane: Lane, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> Iterator[Path]:
    """The file with what the function said."""
    from core.storage import writer_queue  # the child imports this module too, and needs no database

    if writer_queue.writing():
        raise RuntimeError("nobody else can write while this file is looked at: end_reading before")
    named_so = f"{function.__module__}:{function.__qualname__}"
    given_up = _GivenUp(named_so, arguments)
    given_up.refuse()
    with tempfile.TemporaryDirectory(prefix="khet-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        asked = {
            "function": named_so, "arguments": arguments, "named": named,
            "folder": str(folder), "seconds": lane.seconds, "nice": lane.nice,
        }  # fmt: skip
        with lane.place():
            child = _waiting.acquire()
            try:
                _limit(child, lane)
                stopped = _watch(child, json_values.dumps(asked), lane, folder)
            finally:
                _end(child)
                child.wait()
                _waiting.renew()
        if child.returncode or stopped or not (folder / "out").is_file():
            refusal = _refusal(folder, child.returncode, stopped, named_so)
            given_up.remember(refusal)
            raise refusal
        yield folder / "out"


class _GivenUp:
    """A file that took all that a child may take is not tried again at once: a browser asks for six pages of it."""

    _until: ClassVar[dict[tuple[str, ...], tuple[float, str]]] = {}

    def __init__(self, function: str, arguments: tuple[Any, ...]):
        self.key = (function, *(str(one) for one in arguments if isinstance(one, Path)))

    def refuse(self) -> None:
        """Raises Refused, as the last time."""
        until, reason = self._until.get(self.key, (0.0, ""))
        if time.monotonic() < until:
            raise Refused(reason)

    def remember(self, refusal: Refused) -> None:
        """What was given up for its cost, until a minute has passed."""
        now = time.monotonic()
        for key in [key for key, (until, _reason) in list(self._until.items()) if until <= now]:
            self._until.pop(key, None)
        if len(self.key) > 1 and refusal.reason in COSTLY:
            self._until[self.key] = now + REST_SECONDS, refusal.reason


def _refusal(folder: Path, code: int, stopped: str, function: str) -> Refused:
    if stopped:
        return Refused(stopped)
    with contextlib.suppress(OSError):
        log.warning("%s: %s", function, (folder / "why").read_text()[:300])
    with contextlib.suppress(OSError):
        return Refused((folder / "refused").read_text()[:40])
    if sys.platform != "win32":
        if code in (-signal.SIGXCPU, -signal.SIGALRM):
            return Refused("too_slow")
        if code == -signal.SIGKILL:  # not by us: the machine's memory was short
            return Refused("too_much_memory")
    log.warning("%s: the child ended with %s", function, code)
    return Refused("unreadable")


def _start() -> subprocess.Popen[bytes]:
    """A child in a group of its own, which knows none of the operator's secrets."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KHET_")}
    # on a machine of many processors each thread would take address space for itself, and the limit counts that
    environment |= {"MALLOC_ARENA_MAX": "2", "RAYON_NUM_THREADS": "2"}
    more: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        more = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "core.platform.sandbox.child"], cwd=ROOT, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more,
    )  # fmt: skip


class _Waiting:
    """One child that has loaded its libraries already, so that a page does not wait for them. It serves once."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def acquire(self) -> subprocess.Popen[bytes]:
        """The one that waits, or a new one."""
        with self._guard:
            child, self._child = self._child, None
            mine = self._owner == os.getpid()  # a server that forks leaves the child to who started it
        return child if child is not None and mine and child.poll() is None else _start()

    def renew(self) -> None:
        """Let another one wait; where none can be started now, the next who asks tries again."""
        with self._guard, contextlib.suppress(OSError):
            if self._child is None or self._owner != os.getpid():
                self._child, self._owner = _start(), os.getpid()


_waiting = _Waiting()


def _limit(child: subprocess.Popen[bytes], lane: Lane) -> None:
    """Have the system itself hold the limits, where it can; elsewhere `_look` is all there is."""
    import psutil

    if not hasattr(psutil, "RLIMIT_AS"):
        return
    seconds = int(lane.seconds) + 1
    # of the address space: what the libraries hold from the start is small beside it
    limits = {"AS": (lane.memory,) * 2, "FSIZE": (lane.output,) * 2, "CPU": (seconds, seconds + 3), "CORE": (0, 0)}
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(child.pid)
        for name, (soft, hard) in limits.items():
            what = getattr(psutil, f"RLIMIT_{name}")
            _soft, most = process.rlimit(what)
            most = hard if most < 0 else min(most, hard)
            process.rlimit(what, (min(soft, most), most))


def _watch(child: subprocess.Popen[bytes], asked: bytes, lane: Lane, folder: Path) -> str:
    """Hand over the work and wait for its end; why it was stopped, else an empty text."""
    stopped: list[str] = []
    done = threading.Event()
    watcher = threading.Thread(target=_look, args=(child, lane, folder, done, stopped), daemon=True)
    watcher.start()
    try:
        assert child.stdin is not None
        with contextlib.suppress(OSError):  # it died before it listened; its status says so
            child.stdin.write(asked)
            child.stdin.close()
        child.wait()
    finally:
        done.set()
        watcher.join()
    return stopped[0] if stopped else ""


def _look(child: subprocess.Popen[bytes], lane: Lane, folder: Path, done: threading.Event, stopped: list[str]) -> None:
    """End a child that takes too much: on Windows nothing else does, elsewhere its own limits mostly come first."""
    import psutil

    until = time.monotonic() + lane.seconds
    try:
        seen = psutil.Process(child.pid)
        while not done.wait(_LOOK_SECONDS):
            if seen.memory_info().rss > lane.memory:
                stopped.append("too_much_memory")
            elif time.monotonic() > until:
                stopped.append("too_slow")
            elif sum(one.stat().st_size for one in folder.glob("*")) > lane.output:
                stopped.append("too_much_output")
            if stopped:
                _end(child)
                return
    except (psutil.NoSuchProcess, OSError):
        return


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it started."""
    if sys.platform == "win32":
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            for one in psutil.Process(child.pid).children(recursive=True):
                one.kill()
        child.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
