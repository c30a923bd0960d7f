"""`make-migration` writes what the models say beyond the migrations, and the tables are what the models say."""

from __future__ import annotations

import subprocess
import sys

from core.ops.application import ROOT
from core.ops.scaffold import migration, writer


def test_every_table_is_what_its_model_says(world):
    """Columns with their types, keys, unique keys and indexes: nothing would be left for make-migration to write."""
    engine = world.database.owner_engine()
    with engine.connect() as connection:
        for name in world.khet.registry.manifests:
            assert migration.differences(connection, world.khet.registry, name) == [], name
    engine.dispose()


def test_a_change_of_a_guest_s_models_becomes_a_migration_that_goes_up_and_down(world, tmp_path):
    writer.write("tide", tmp_path, guest=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.changed_plugin", str(tmp_path), world.khet.settings.owner_database_url],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_table_belongs_to_the_longest_name_that_begins_it():
    plugins = ["core", "leave", "leave_book"]
    assert [migration.owner_of(table, plugins) for table in ("leave_day", "leave_book_line", "ab_user", "tide_ebb")] == [
        "leave", "leave_book", "core", "",
    ]  # fmt: skip
