"""What a plugin's demo finds in a district that core has filled."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from core.platform.masterdata.models import District, School, Unit
from core.platform.users.models import Account


@dataclass
class DemoDistrict:
    """One district of the demo. `rng` is seeded by the district, so every demo is the same."""

    district: District
    office: Unit
    group: Unit
    schools: list[School]
    #: accounts by the part of the name before the dot: admin, clerk, groupclerk …
    accounts: dict[str, Account]
    today: date
    rng: random.Random = field(repr=False)
    #: letters per register share; tests ask for few
    letters: int = 2000
