"""The long run: `python -m tests.robot --seed 7 --minutes 30 --backend postgresql`; ends with 1 where a fault was found."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from random import SystemRandom
from time import monotonic

from core.web.crud import CrudView
from tests.core.doors import KHET, PROBE_MODULES
from tests.core.marks import mark_district
from tests.installations import Server, build
from tests.robot import clerk
from tests.robot.excuses import excused
from tests.robot.judge import LEAK
from tests.robot.walker import USERS, Walker
from tests.support import OTHER

assert PROBE_MODULES  # every plugin's models and words are there


def main() -> int:
    """Walk until the minutes are over; print the seed, how far each step came, and every fault with its way."""
    parser = argparse.ArgumentParser(prog="python -m tests.robot", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10_000))
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--backend", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    until = monotonic() + asked.minutes * 60
    os.environ.setdefault("KHET_TEST_TEMPLATES", tempfile.mkdtemp(prefix="khet-robot-"))
    servers: list[Server] = []

    def server() -> Server:
        servers.append(Server())
        return servers[0]

    template = build(asked.backend, server)
    try:
        with tempfile.TemporaryDirectory() as folder, template.entered(template.copy(Path(folder))) as world:
            mark_district(world, LEAK, world.district_id(OTHER))
            walker = Walker(world, asked.seed)
            with walker.at_work():
                for user in USERS:
                    if monotonic() < until:
                        print(f"{user}: {walker.crawl(user, until=until)} pages", flush=True)
                for name, view in sorted(KHET.views.items()):
                    if isinstance(view, CrudView) and monotonic() < until:
                        clerk.live(walker, name, wrongs=100)
                while monotonic() < until:
                    clerk.roam(walker, 50, until=until)
                clerk.ask_whose_turn(walker)
                for name in sorted(walker.workflows):
                    clerk.ask_states(walker, name)
            walker.judge.sums_up()
    finally:
        for one in servers:
            one.stop()
    print(*clerk.report(walker), *(f"no page led to {one}" for one in clerk.unlinked(walker)), sep="\n")
    found = {fault: how for fault, how in sorted(walker.judge.faults.items()) if not excused(fault)}
    print(*(f"{fault}\n    {how}" for fault, how in found.items()), f"{len(found)} faults, seed {asked.seed}", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
