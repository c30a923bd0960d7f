"""Pictures that will stand on papers: decoded in a child process and written anew before a form is saved."""

from __future__ import annotations

import io
from collections.abc import Sequence

from core.platform import sandbox
from core.records.files import pictures, store
from core.web.unit_of_work import db, khet, separately


def clean_pictures(ids: Sequence[int], field: str) -> None:
    """Write waiting uploads of the one who asks anew as PNG. Ends the request's transaction, which has only read.

    Raises sandbox.Refused (at `field`) for what is no picture, or too large a one.
    """
    root = khet().settings.files_dir
    waiting = store.staged(db, list(ids))
    known = [file.id for file in waiting]
    for file_id, path in zip(known, store.apart(db, root, waiting), strict=True):
        try:
            made = sandbox.call(sandbox.FORM, pictures.child, path)
        except sandbox.Refused as error:
            error.field = field
            raise
        with separately("picture") as own:
            for file in store.staged(own, [file_id]):
                store.replace(own, root, file, io.BytesIO(made), "png")
