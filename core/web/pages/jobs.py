"""One's own jobs: how far they are, what came of them."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, send_file
from flask_babel import gettext as _

from core.base.errors import NotFound, RuleError
from core.exchange.reports import formats
from core.platform.jobs import runner, services
from core.platform.jobs.models import DONE, FAILED, Job
from core.web.personal import OwnView
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import expose


class JobView(OwnView):
    """Every signed-in user's own jobs."""

    route_base = "/jobs"
    model = Job

    @expose("/")
    def list(self) -> Any:
        """The latest jobs."""
        return self.render(
            "khet/jobs.html",
            jobs=services.latest(db, self.own()),
            repeatable=self._repeatable,
            may_have=self._open,
        )

    def _repeatable(self, job: Job) -> bool:
        kind = khet().registry.job_kinds.get(job.kind)
        return job.state == FAILED and kind is not None and kind.repeatable

    @expose("/<int:record_id>")
    def show(self, record_id: int) -> Any:
        """One job with its progress."""
        job = services.mine(db, self.own(), record_id)
        return self.render(
            "khet/job.html", job=job, repeatable=self._repeatable(job), may_have=self._open, leads=self._leads(job)
        )

    def _leads(self, job: Job) -> str:
        """Address of the import that a job works on, for who may open it: what it found stands there."""
        imports: Any = khet().views["ImportView"]
        number = job.params.get("import_id")
        return str(imports.url("show", record_id=number)) if number and imports.opens(number) else ""

    def _open(self, job: Job) -> bool:
        return services.may_have(job, self.actor, effective_plugins())

    @expose("/<int:record_id>/state")
    def state(self, record_id: int) -> Any:
        """{state, percent, done, total, message} for the progress bar."""
        job = services.mine(db, self.own(), record_id)
        return jsonify(state=job.state, percent=job.percent, done=job.done, total=job.total, message=job.message)

    @expose("/<int:record_id>/result")
    def result(self, record_id: int) -> Any:
        """The file that came of it, for who may still do today what it was made by."""
        job = services.mine(db, self.own(), record_id)
        if job.state != DONE or not job.result:
            raise NotFound
        if not self._open(job):
            abort(403)
        path = runner.result_path(khet().settings, job.district_id, job.result)
        if not path.is_file():
            raise NotFound
        kind = formats.content_type(job.result_name)
        return send_file(path, mimetype=kind, as_attachment=True, download_name=job.result_name)

    @expose("/<int:record_id>/stop", methods=("POST",))
    def stop(self, record_id: int) -> Any:
        """End a job that is no longer wanted."""
        job = services.mine(db, self.own(), record_id)
        try:
            kind = khet().registry.job_kinds.get(job.kind)
            services.stop(db, job, mends=kind is not None and kind.failed is not None)
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("show", record_id=record_id))

    @expose("/<int:record_id>/again", methods=("POST",))
    def again(self, record_id: int) -> Any:
        """Try a failed job again, where that is safe."""
        job = services.mine(db, self.own(), record_id)
        try:
            if not self._repeatable(job):
                raise RuleError(_("Only a job that failed can be tried again."))
            services.repeat(db, job)
        except RuleError as error:
            db.rollback()
            flash(str(error.message), "danger")
        return redirect(self.url("show", record_id=record_id))


VIEWS = [JobView]
