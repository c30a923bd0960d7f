"""One's own signature, and the page behind a paper's QR code."""

from __future__ import annotations

from typing import Any

from flask import abort
from flask_babel import gettext as _
from limits import parse
from sqlalchemy import select

from core.base.errors import NotFound
from core.records.files import store
from core.web.personal import OwnView
from core.web.security import throttle
from core.web.unit_of_work import db, khet
from core.web.views import KhetView, expose
from plugins.saraban import permissions
from plugins.saraban.forms.drafts import SignatureForm
from plugins.saraban.models.letters import OutgoingLetter
from plugins.saraban.papers import signatures
from plugins.saraban.work import certificate, originals
from plugins.saraban.work.exchange import token_hash

PER_ADDRESS = parse("600 per minute")


class SignatureView(OwnView):
    """The picture of one's own signature."""

    route_base = "/saraban/signature"
    default_view = "mine"

    @expose("/", methods=("GET", "POST"))
    def mine(self) -> Any:
        """See it, change it."""
        user_id = self.own()
        if not self.actor.may(permissions.DRAFT, "list"):
            abort(403)
        form: Any = SignatureForm()
        return self.submit(
            form,
            lambda: signatures.save(db, user_id, form.files.data or []),
            lambda _made: self.url("mine"),
            lambda: self.render(
                "khet/form.html",
                form=form,
                record=None,
                heading=_("My signature"),
                plain=True,
                waiting=store.staged(db, form.files.data or []),
            ),
        )


class VerifyView(KhetView):
    """What the QR code on a paper leads to: is it real, and does it still hold?"""

    route_base = "/verify"
    by_link = True
    default_view = "show"

    @expose("/<token>")
    def show(self, token: str) -> Any:
        """Number, date, from whom, and the checksum of the original."""
        throttle.of_strangers(PER_ADDRESS, "verify")
        if not 16 <= len(token) <= 64:
            raise NotFound
        with khet().database.system("verify a paper") as session:
            letter = session.scalars(select(OutgoingLetter).where(OutgoingLetter.verify == token_hash(token))).first()
            if letter is None or "saraban" not in khet().switchboard.effective(session, letter.district_id):
                raise NotFound
            files = [file for file in originals.handed_out(session, letter) if file.content_type == "application/pdf"]
            return self.render("saraban/verify.html", letter=letter, files=files, seals=self._seals(session, letter))

    def _seals(self, session: Any, letter: OutgoingLetter) -> list[Any]:
        """Certificates on the paper that was sealed last. Raises FileGone."""
        done = originals.sealed(session, letter)
        return certificate.seals(store.whole(khet().settings.files_dir, done[-1])) if done else []


VIEWS = [SignatureView, VerifyView]
