"""A short walk of the robot clerk, and the faults of old that it has to find. The long walk is `python -m tests.robot`."""

from __future__ import annotations

import pytest

from tests.core.marks import mark_district
from tests.robot import clerk
from tests.robot.excuses import excused
from tests.robot.judge import LEAK
from tests.robot.plants import PLANTS, Plant
from tests.robot.walker import USERS, Walker
from tests.support import OTHER

SEED = 16


@pytest.fixture(params=["sqlite"])
def backend(request):
    """The long walk goes on PostgreSQL."""
    return request.param


def finds_nothing(walker: Walker, *, links: bool) -> None:
    """Fails with what was found and is not excused, a line a fault, and with the seed that finds it again."""
    walker.judge.sums_up(links=links)
    found = {fault: how for fault, how in walker.judge.faults.items() if not excused(fault)}
    lines = [f"{fault} ({how})" for fault, how in sorted(found.items())]
    assert not found, "\n".join([f"seed {SEED}", *lines])


def test_every_page_that_a_page_leads_to_opens_and_reads_as_an_office_writes(world):
    mark_district(world, LEAK, world.district_id(OTHER))
    walker = Walker(world, SEED)
    with walker.at_work():
        walker.crawl_shared(USERS)
    finds_nothing(walker, links=True)


def test_records_are_begun_changed_and_carried_on_by_what_their_pages_offer(world):
    walker = Walker(world, SEED)
    begun = 0
    with walker.at_work():
        for view in clerk.KINDS:
            begun += clerk.live(walker, view, wrongs=2)
        taken = clerk.roam(walker, 60)
        clerk.ask_whose_turn(walker)
    finds_nothing(walker, links=False)
    assert begun > 10
    assert taken > 15


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_the_robot_finds_a_fault_that_was_put_back(filled, monkeypatch, plant: Plant):
    world, _here, _there = filled
    walker = Walker(world, SEED)
    plant.put(monkeypatch, walker)
    with walker.at_work():
        plant.walk(walker)
    walker.judge.sums_up()
    kind, where = plant.found
    assert any(one.kind == kind and one.where.startswith(where) for one in walker.judge.faults), (
        f"{plant.name} was not found among {sorted(map(str, walker.judge.faults))}; {walker.coverage}"
    )
