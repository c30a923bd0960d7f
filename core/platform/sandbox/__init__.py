"""Where foreign bytes are read: a function of ours in a child process with limits, never in the one that serves.

`call(LANE, function, …)` gives what the function returns, `lines(LANE, function, …)` what it yields, one JSON value
after another. Both raise Refused, whose words say what is wrong with the file. Neither is called while this thread
holds SQLite's writer: `writer_queue.end_reading` gives that back before.
"""

from core.platform.sandbox.lanes import FORM, JOB, PAGE, Lane
from core.platform.sandbox.parent import call, lines
from core.platform.sandbox.refusals import Refused

__all__ = ["FORM", "JOB", "PAGE", "Lane", "Refused", "call", "lines"]
