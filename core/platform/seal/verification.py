"""Every night: is each district's timeline as it was sealed? The district and head office hear it where not."""

from __future__ import annotations

import logging
from pathlib import Path

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from core.platform.masterdata.models import District, Unit
from core.platform.nightly import Mark, holders
from core.platform.notices import services as notices
from core.platform.seal import anchors, sealer
from core.storage.database import Database

log = logging.getLogger(__name__)

TOPIC = "core.timeline_broken"
#: seconds of rest after each thousand entries: clerks have the processor
REST = 0.05
#: of one district in the log; a chain made anew has as many as entries
LOGGED = 10


def mark(data_dir: Path) -> Mark:
    """When the chains were last walked, and what was found."""
    return Mark(data_dir / "timeline-checked")


def nightly(database: Database) -> list[str]:
    """Walk every chain, log what is broken; tell administrators of head office and of the district what was not known
    the night before. Returns what is broken."""
    settings = database.settings
    folder = settings.backup_dir
    copies = [folder / anchors.HEADS] if folder is not None and (folder / anchors.HEADS).exists() else []
    with mark(settings.data_dir).looking() as known:
        found = sealer.broken(database, copies, REST)
    for district_id, lines in found.items():
        for line in lines[:LOGGED]:
            log.error("timeline: %s", line)
        if len(lines) > LOGGED:
            log.error("timeline: and %s more; `app.py seal --verify` tells them", len(lines) - LOGGED)
        if not known.issuperset(lines):
            _tell(database, district_id)
    said = [line for lines in found.values() for line in lines]
    mark(settings.data_dir).write(said)
    return said


def _tell(database: Database, district_id: int) -> None:
    with database.system("verify the timeline") as session:
        rows = session.execute(select(District.id, District.level, District.short_name)).all()
    name = next((short for one, _level, short in rows if one == district_id), str(district_id))
    for one, level, _short in rows:
        if level == "head_office" or one == district_id:
            with database.district(one, "verify the timeline") as session:
                office = session.scalars(select(Unit).where(Unit.kind == "office")).first()
                for account in holders(session, ("core.head_office", "core.district_admin")):
                    with force_locale(account.locale):
                        said = _(
                            "The history of %(district)s is no longer as it was sealed: an entry was changed or taken "
                            "away. Tell whoever looks after the server.",
                            district=name,
                        )
                    notices.notify(session, account, TOPIC, said, office, "UnitView", must=True)
