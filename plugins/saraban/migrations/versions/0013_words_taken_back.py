"""Letters that their sender took back are not found by the words of their files, whenever that was."""

import sqlalchemy as sa
from alembic import op

from core.base.text.thai import search_text

revision = "saraban0013"
down_revision = "saraban0012"
branch_labels = None
depends_on = None

WORDS = ("doc_no", "sender", "recipient", "subject")


def upgrade() -> None:
    bind = op.get_bind()
    letter = sa.table(
        "saraban_incoming", *map(sa.column, ("id", "number", "suffix", *WORDS, "file_text", "search_text"))
    )
    entry = sa.table("core_timeline", *map(sa.column, ("kind", "record_id", "action")))
    taken_back = sa.select(entry.c.record_id).where(
        entry.c.kind == "saraban_incoming", entry.c.action == "saraban.incoming.recalled"
    )
    for one in bind.execute(sa.select(letter).where(letter.c.file_text != "", letter.c.id.in_(taken_back))).all():
        number = f"{one.number}/{one.suffix}" if one.suffix else str(one.number)
        found_by = search_text(number, *(getattr(one, name) for name in WORDS))
        bind.execute(sa.update(letter).where(letter.c.id == one.id).values(file_text="", search_text=found_by))


def downgrade() -> None:
    """What was forgotten stays so: the files are withheld there too."""
