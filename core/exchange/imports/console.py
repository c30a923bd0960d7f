"""An import from the command line: the same steps as the pages, as a user of the district."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask, g
from flask_babel import force_locale
from sqlalchemy import select

from core.base.errors import RuleError
from core.base.identity import Actor
from core.exchange.imports import services
from core.exchange.imports.declare import ImportColumn, missing
from core.exchange.imports.models import BAD, CHECKED, MAPPING, Import, ImportLine
from core.platform.jobs import runner
from core.platform.users.models import Account
from core.records.files import store


def _actor(app: Flask, district_id: int, resource: str, username: str | None) -> Actor:
    khet = app.extensions["khet"]
    with khet.database.system("import") as session:
        found = select(Account.id).where(Account.district_id == district_id, Account.active.is_(True))
        if username:
            found = found.where(Account.username == username)
        ids = session.scalars(found.order_by(Account.id)).all()
    for user_id in ids:
        actor: Actor | None = khet.actor(user_id)
        if actor is not None and actor.may(resource, "import"):
            return actor
    raise RuleError("no user of this district may take this in")


def run(
    app: Flask, district_id: int, key: str, file: Path, options: dict[str, Any], *, user: str | None = None,
    dry_run: bool = False,
) -> tuple[Import, list[tuple[int, str]]]:  # fmt: skip
    """Read, check and (without `dry_run`) take in; returns the import and the refused lines with their reasons.

    Raises RuleError when nobody may, for a file that cannot be an import, or for one without a column that is needed.
    """
    khet = app.extensions["khet"]
    importer = khet.registry.importers[key]
    with app.test_request_context(), force_locale("en"):
        g.actor = actor = _actor(app, district_id, importer.resource, user)
        facts = {"user_id": actor.user_id, "user_name": actor.name}
        with khet.database.district(district_id, "command line", **facts) as session, file.open("rb") as stream:
            kept = store.receive(session, khet.settings.files_dir, stream, file.name, largest=khet.settings.max_upload)
            batch = services.begin(session, importer, [kept.id], options, locale="en", again=True)
        batch = _wait(app, district_id, batch.id)
        if batch.state == MAPPING:
            _refuse_missing(importer.columns(), batch)
        if batch.state == CHECKED and batch.good and not dry_run:
            with khet.database.district(district_id, "command line", **facts) as session:
                fresh = session.get(Import, batch.id)
                assert fresh is not None
                services.commit_import(session, fresh, importer, locale="en")
            batch = _wait(app, district_id, batch.id)
        with khet.database.district(district_id, "command line", write=False) as session:
            bad = select(ImportLine).where(ImportLine.import_id == batch.id, ImportLine.state == BAD)
            lines = session.scalars(bad.order_by(ImportLine.line)).all()
        return batch, [(line.line, "; ".join(line.errors.values())) for line in lines]


def _refuse_missing(columns: Sequence[ImportColumn], batch: Import) -> None:
    """Raises RuleError that names the columns which the file lacks, and those of its own that nobody knows."""
    lacks = missing(columns, batch.mapping)
    if not lacks:
        return
    said = ", ".join(f"{column.title} ({', '.join(column.names)})" for column in lacks)
    mapped = set(batch.mapping.values())
    unknown = ", ".join(name for place, name in enumerate(batch.headings) if name and place not in mapped)
    raise RuleError(f"the file has no column {said}" + (f"; not known in it: {unknown}" if unknown else ""))


def _wait(app: Flask, district_id: int, import_id: int) -> Import:
    """Do the import's job here, unless a worker has it already; until it is done."""
    khet = app.extensions["khet"]
    while True:
        with khet.database.district(district_id, "command line", write=False) as session:
            batch: Import | None = session.get(Import, import_id)
        assert batch is not None
        if not services.busy(batch):
            return batch
        assert batch.job_id is not None
        if not runner.run(app, batch.job_id):
            time.sleep(0.5)
