"""What an engineer does after changing a guest's models: `python -m tests.core.changed_plugin FOLDER OWNER_URL`.

A process of its own, since what it loads stays among the tables of the process. FOLDER holds khet-tide as new-plugin
wrote it; this changes its models, makes the migration and walks it up and down with a row in its table.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text

import core.ops.models  # noqa: F401 – every table is there before the mappers are configured
from core.base.config import ConfigError
from core.ops.scaffold import migration
from core.plugins import migrate
from core.plugins.registry import BUNDLED, Registry
from core.storage.database import WRITE, make_engine

#: what is typed at the end of its models.py
CHANGES = '''
from datetime import datetime
from decimal import Decimal
from sqlalchemy import JSON, Boolean, Index, Integer, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from core.storage.base import Importable, UtcDateTime, imported

TideItem.phone = mapped_column(String(20), nullable=False, default="")
TideItem.urgent = mapped_column(Boolean, nullable=False, default=True)
TideItem.cells = mapped_column(JSON, nullable=False, default=list)
TideItem.person_id = mapped_column(Integer)
TideItem.__table__.append_constraint(belongs_to("person_id", "core_person"))
TideItem.__table__.c.name.type = String(300)


class Ebb(DistrictOwned, Versioned, Importable, Model):
    """Water that goes."""

    __tablename__ = "tide_ebb"
    constraints: ClassVar = (
        belongs_to("unit_id", "core_unit"), belongs_to("item_id", "tide_item"), imported("tide_ebb"),
        UniqueConstraint("district_id", "item_id", "at"), Index("ix_tide_ebb_at", "district_id", "at"),
    )

    unit_id: Mapped[int]
    item_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    search_text: Mapped[str] = mapped_column(Text, default="", info={"trigrams": "tide_ebb_fts"})
'''


def main(folder: Path, url: str) -> None:
    """Every assertion of the walk; the process fails with the first that does not hold."""
    package = folder / "khet-tide"
    sys.path.insert(0, str(package))
    with (package / "khet_tide/models.py").open("a", encoding="utf-8") as file:
        file.write(CHANGES)

    def registry() -> Registry:
        return Registry([*BUNDLED, import_module("khet_tide.plugin")], guests=False)

    engine, before = make_engine(url), registry()
    migrate.upgrade(engine, before)
    rows = "select count(*) from tide_item"

    def ask(statement: str) -> list:
        with engine.execution_options(**{WRITE: True}).begin() as connection:
            done = connection.execute(text(statement))
            return [tuple(row) for row in done] if done.returns_rows else []

    ask(
        "insert into tide_item (district_id, unit_id, name, status, version) "
        "select district_id, id, 'น้ำ', 'open', 1 from core_unit where kind = 'office'"
    )
    held = ask(rows)
    assert held[0][0] > 1

    file = migration.write(before, "tide", "An item has a phone, and water goes")
    assert file is not None
    assert file.name == "0002_an_item_has_a.py"
    assert "tables.owned(" in file.read_text(encoding="utf-8")
    after = registry()
    assert migration.write(after, "tide", "Nothing new") is None, "what is written is not written again"

    migrate.upgrade(engine, after)
    with engine.connect() as connection:
        assert migration.differences(connection, after, "tide") == []
    phone, urgent, cells, person = ask("select phone, urgent, cells, person_id from tide_item")[0]
    assert (phone, bool(urgent), cells in ("[]", []), person) == ("", True, True, None)
    if engine.dialect.name == "postgresql":
        assert ask("select relrowsecurity from pg_class where relname = 'tide_ebb'") == [(True,)]
        assert ask("select count(*) from pg_statistic_ext where stxname = 'stx_tide_ebb'") == [(1,)]
        assert ask("select count(*) from pg_indexes where indexname = 'ix_tide_ebb_search_text_trgm'") == [(1,)]
    else:
        ask("insert into tide_ebb (district_id, unit_id, item_id, at, search_text, version) "
            "select district_id, unit_id, id, '2026-01-02', 'ทะเล', 1 from tide_item")  # fmt: skip
        assert len(ask("select rowid from tide_ebb_fts where tide_ebb_fts match 'ทะเ'")) == held[0][0]
    migrate.downgrade(engine, after, "tide", "tide0001")
    assert ask(rows) == held
    migrate.upgrade(engine, after)
    assert ask(rows) == held
    ask("insert into core_waiting (district_id, kind, record_id, view, label, secrecy, unit_id, resource, verb, urgency, "
        "since) select district_id, 'tide_item', id, 'TideView', 'น้ำ', 0, unit_id, 'tide.item', 'edit', 0, "
        "'2026-01-02' from tide_item")  # fmt: skip
    migrate.downgrade(engine, after, "tide")
    assert ask("select count(*) from core_waiting where kind = 'tide_item'") == [(0,)]
    migrate.upgrade(engine, after)
    engine.dispose()

    import_module("khet_tide.models").TideItem.__table__.c.due_on.nullable = False
    with pytest.raises(ConfigError, match="tide_item.due_on"):
        migration.write(after, "tide", "Due on is asked")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
