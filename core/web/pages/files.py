"""Uploads on their own, before the form is saved, so that a refused file never costs what was typed."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import jsonify, request
from flask_babel import gettext as _

from core.base.errors import RuleError
from core.records.files import store
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose


class UploadView(KhetView):
    """Takes one file at a time. What is not bound to a record within a day is swept away."""

    route_base = "/uploads"
    default_view = "upload"
    open_routes: ClassVar = {"upload": "whoever is signed in fills forms; a file is its uploader's until one is saved"}

    @expose("/", methods=("POST",))
    def upload(self) -> Any:
        """Stage one file; answers {id, name, size} or {error}."""
        file = request.files.get("file")
        if file is None or not file.filename:
            return jsonify(error=_("Choose a file.")), 422
        settings = khet().settings
        try:
            staged = store.receive(db, settings.files_dir, file.stream, file.filename, largest=settings.max_upload)
        except RuleError as error:
            return jsonify(error=str(error.message)), 422
        return jsonify(id=staged.id, name=staged.name, size=staged.size), 201


VIEWS = [UploadView]
