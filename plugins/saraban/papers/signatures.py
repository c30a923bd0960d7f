"""The pictures of users' own signatures: on papers, and on what they write on letters."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from core.base.errors import RuleError
from core.records.files import store
from core.records.files.models import Attachment
from core.storage.scope import KhetSession
from plugins.saraban.models.drafts import Signature


def save(session: KhetSession, user_id: int, file_ids: Sequence[int]) -> Signature:
    """Keep a picture of a user's own signature; the one before stays for what it signed. Raises RuleError (files)."""
    files = store.staged(session, list(file_ids))
    if len(files) != 1:
        raise RuleError(_("Choose one picture, PNG or JPEG."), field="files")
    made = Signature(user_id=user_id)
    session.add(made)
    session.flush()
    store.attach(session, made, [files[0].id], pictures=True)
    session.flush()
    return made


def of_user(session: KhetSession, user_id: int) -> Attachment | None:
    """The newest picture of a user's signature."""
    newest = session.scalar(
        select(Signature.id).where(Signature.user_id == user_id).order_by(Signature.id.desc()).limit(1)
    )
    return store.picture(session, Signature.__tablename__, newest) if newest is not None else None


def by_hash(session: KhetSession, sha256: str) -> Attachment | None:
    """The picture that was put under something on its day."""
    if not sha256:
        return None
    found = select(Attachment).where(
        Attachment.kind == Signature.__tablename__, Attachment.picture.is_(True), Attachment.sha256 == sha256
    )
    return session.scalars(found.limit(1)).first()
