"""Where a book begins: the first number that was given here, no longer the lowest of a register that was taken in."""

from alembic import op

revision = "core0006"
down_revision = "core0005"
branch_labels = None
depends_on = None

_SAME = """core_number.district_id = core_counter.district_id and core_number.unit_id = core_counter.unit_id
    and core_number.book = core_counter.book and core_number.year = core_counter.year and core_number.suffix = 0"""


def upgrade() -> None:
    # an import that was taken into a book, or taken back out of it, had moved the beginning
    op.execute(
        f"""update core_counter set first = coalesce(
            (select min(number) from core_number where {_SAME} and core_number.import_id is null), 0)
        where exists (select 1 from core_number where {_SAME} and (core_number.number < core_counter.first
            or (core_number.number = core_counter.first and core_number.import_id is not null)))"""
    )


def downgrade() -> None:
    op.execute(
        f"""update core_counter set first = coalesce((select min(number) from core_number where {_SAME}), 1)
        where first = 0 or exists (select 1 from core_number where {_SAME} and core_number.number < core_counter.first)"""
    )
