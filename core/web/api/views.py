"""The doors of other systems, and the pages from which a stranger learns to use them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from flask import Response, abort, flash, g, jsonify, redirect, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer
from marshmallow import ValidationError
from sqlalchemy import false, or_, select
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFound, RuleError
from core.base.text.thai import today
from core.exchange.api import openapi, tokens
from core.exchange.api.declare import ApiResource
from core.exchange.api.models import ApiToken, IdempotencyKey
from core.platform.masterdata.models import Unit
from core.records import lists
from core.records.lists import ListState
from core.storage.base import Secret
from core.storage.fields import Values
from core.web import errors
from core.web.api.body import require_real, sent_json
from core.web.forms import KhetForm, ThaiDateField, several, text
from core.web.personal import OwnView
from core.web.security.reauthentication import asks_password
from core.web.unit_of_work import db, effective_plugins, khet
from core.web.views import KhetView, expose, right

PAGE, MOST = 50, 200
_PLACE = {"cursor", "limit"}
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _look() -> str:
    return _("Please look at these fields; nothing was saved:")


class ApiView(KhetView):
    """Records of one list for other systems. A subclass is made for every ApiResource."""

    by_token = True
    resource_of: ClassVar[ApiResource]

    @property
    def page(self) -> Any:
        """The view whose checks, statement and filters hold here too."""
        return khet().views[self.resource_of.view]

    def _dump(self, record: Any) -> Any:
        return self.resource_of.schema().dump(record)

    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(khet().settings.secret_key, salt="api-cursor")

    def _asked(self) -> dict[str, str]:
        return {name: value for name, value in sorted(request.args.items()) if name not in _PLACE and value}

    def _after(self, asked: dict[str, str]) -> int | None:
        raw = request.args.get("cursor", "")
        if not raw:
            return None
        try:
            district, name, said, last = self._serializer().loads(raw)
        except (BadSignature, ValueError, TypeError):
            raise errors.ApiError(400, "bad_cursor", _("This cursor is not one of ours.")) from None
        if district != self.actor.district_id or name != self.resource_of.name or said != tokens.sign(asked):
            raise errors.ApiError(400, "bad_cursor", _("This cursor belongs to another question."))
        return int(last)

    @expose("/")
    @right("list")
    def list(self) -> Any:
        """A page of records, newest first: {data, next}. Filters are those of the page; `q` searches."""
        view, asked = self.page, self._asked()
        raw = request.args.get("limit", str(PAGE))
        if not raw.isdecimal() or not 1 <= int(raw) <= MOST:
            raise errors.ApiError(422, "invalid", _("Ask for 1 to %(most)s records.", most=MOST), {"limit": raw[:20]})
        what = view.list_spec(ListState(asked))
        known = {"q", *(item.name for item in what["filters"])}
        if unknown := sorted(set(asked) - known):
            fields = {name: _("Unknown filter. Known: %(known)s", known=", ".join(sorted(known))) for name in unknown}
            raise errors.ApiError(422, "invalid", _look(), fields)
        statement, values, wrong, _chips = lists.page.narrow(
            db, view.statement(), what["state"], what["filters"], what["search"], []
        )
        for item in what["filters"]:
            if item.kind == "date":
                if asked.get(item.name) and not _ISO_DAY.fullmatch(asked[item.name]):
                    wrong[item.name] = _("Give a day as 2026-06-14.")
            elif values[item.name] not in ("", *(str(v) for v, _t in item.choices)):
                wrong[item.name] = _("Choose one of the listed values.")
        if wrong:
            raise errors.ApiError(422, "invalid", _look(), wrong)
        if issubclass(view.model, Secret):
            statement = statement.where(view.model.secrecy == 0)  # no secret paper leaves by this door
        if (after := self._after(asked)) is not None:
            statement = statement.where(view.model.id < after)
        limit = int(raw)
        rows = db.scalars(statement.order_by(None).order_by(view.model.id.desc()).limit(limit + 1)).unique().all()
        following = None
        if len(rows) > limit:
            place = [self.actor.district_id, self.resource_of.name, tokens.sign(asked), rows[limit - 1].id]
            following = self._serializer().dumps(place)
        return jsonify(data=[self._dump(row) for row in rows[:limit]], next=following)

    @expose("/<int:record_id>")
    @right("show")
    def show(self, record_id: int) -> Any:
        """One record."""
        record = self.page.find(record_id)
        if getattr(record, "secrecy", 0):
            raise NotFound
        return jsonify(self._dump(record))


class FilesApiView(ApiView):
    """The same for records that keep files."""

    def _of(self, record_id: int) -> Any:
        record = self.page.find(record_id)
        if getattr(record, "secrecy", 0):
            raise NotFound
        return record

    @expose("/<int:record_id>/files")
    @right("show")
    def files(self, record_id: int) -> Any:
        """The files of a record: {data: [{id, name, content_type, size, sha256}]}."""
        found = self.page.files_shown(self._of(record_id))
        names = ("id", "name", "content_type", "size", "sha256")
        return jsonify(data=[{name: getattr(file, name) for name in names} for file in found])

    @expose("/<int:record_id>/files/<int:file_id>")
    @right("show")
    def file(self, record_id: int, file_id: int) -> Any:
        """One file as it is."""
        record = self._of(record_id)
        found, path = self.page.locate(record, file_id)
        self.page.file_taken(record, found)
        return self.page.hand_out(record, found, path)


class CreatingApiView(ApiView):
    """The same with a door for new records."""

    @expose("/", methods=("POST",))
    @right("add")
    def add(self) -> Any:
        """A new record. The same Idempotency-Key gets the same answer and makes nothing twice."""
        key = request.headers.get("Idempotency-Key", "")
        if not 8 <= len(key) <= 80 or not key.isascii():
            raise errors.ApiError(
                400,
                "idempotency_key_missing",
                _("Send a header Idempotency-Key of 8 to 80 signs, new for each record."),
            )
        body = sent_json(request)
        sent = tokens.sign(request.method, request.path, request.get_data(as_text=True))
        if (before := self._before(key, sent)) is not None:
            return before
        try:
            values = Values(self.resource_of.schema().load(body))
            require_real(values)
            assert self.resource_of.create is not None
            record = self.resource_of.create(self.page, values)
            if getattr(record, "secrecy", 0):
                raise NotFound  # nothing is done with a secret paper by this door, nor said of it
            answer = self._dump(record)
            db.add(IdempotencyKey(token_id=g.token_id, key=key, request=sent, status=201, body=answer))
            db.flush()
        except ValidationError as error:
            fields = {name: _first(said) for name, said in error.normalized_messages().items()}  # type: ignore[no-untyped-call]
            raise errors.ApiError(
                422, "invalid", _("Please look at these fields; nothing was saved:"), fields
            ) from None
        except RuleError as error:
            fields = {error.field: str(error.message)} if error.field else {}
            raise errors.ApiError(422, "refused", str(error.message), fields) from None
        except IntegrityError:
            db.rollback()
            if (before := self._before(key, sent)) is not None:
                return before
            raise errors.ApiError(409, "conflict", _("Another record has the same number or name.")) from None
        made = jsonify(answer)
        made.status_code = 201
        made.headers["Location"] = self.url("show", record_id=record.id)
        return made

    def _before(self, key: str, sent: str) -> Response | None:
        found = db.scalars(
            select(IdempotencyKey).where(IdempotencyKey.token_id == g.token_id, IdempotencyKey.key == key)
        ).first()
        if found is None:
            return None
        if found.request != sent:
            raise errors.ApiError(
                422,
                "idempotency_key_reused",
                _("This Idempotency-Key was used for another request."),
            )
        answer = jsonify(found.body)
        answer.status_code = found.status
        answer.headers["Idempotency-Replayed"] = "true"
        return answer


def _first(said: Any) -> str:
    while isinstance(said, dict | list) and said:
        said = next(iter(said.values())) if isinstance(said, dict) else said[0]
    return str(said)


def view_of(resource: ApiResource, page: Any) -> type[ApiView]:
    """The view class of a resource."""
    bases: tuple[type[ApiView], ...] = (CreatingApiView if resource.create else ApiView,)
    if page.keeps_files():
        bases = (FilesApiView, *bases)
    name = "".join(part.title() for part in resource.name.split("-")) + "Api"
    facts = {
        "route_base": f"/api/v1/{resource.name}", "resource": page.resource, "model": page.model,
        "resource_of": resource, "__doc__": f"/api/v1/{resource.name}", "title": resource.title,
    }  # fmt: skip
    return type(name, bases, facts)


# -- for people -----------------------------------------------------------------------------------------------------


def verbs_of(resource: ApiResource) -> list[str]:
    """What other systems can do with its records."""
    return ["list", "show", *(["add"] if resource.create else [])]


def offered(may: Callable[[str, str], bool]) -> list[tuple[ApiResource, list[str]]]:
    """Resources of plugins that are on, with the verbs that `may(resource, verb)` allows."""
    on, registry, found = effective_plugins(), khet().registry, []
    for name, resource in registry.api:
        if name not in on:
            continue
        page = khet().views[resource.view]
        verbs = [verb for verb in verbs_of(resource) if may(page.resource, verb)]
        if verbs:
            found.append((resource, verbs))
    return found


class TokenForm(KhetForm):
    """A new token."""

    drafts = False
    name = text(_l("Name of the other system"), most=80)
    scopes = several(_l("It may"), [], need=True)
    ends_on = ThaiDateField(_l("Last day"), help=_l("A year at most."))


VERBS = {"list": _l("list and search"), "show": _l("read one"), "add": _l("add new ones")}


def scope_titles(resources: list[tuple[ApiResource, list[str]]]) -> dict[str, str]:
    """What each scope is called, as the form offers it. Where one right opens several resources, one title
    says them all."""
    found: dict[str, list[str]] = {}
    for resource, verbs in resources:
        for verb in verbs:
            found.setdefault(f"{khet().views[resource.view].resource}:{verb}", []).append(str(resource.title))
    return {scope: f"{' · '.join(names)}: {VERBS[scope.rpartition(':')[2]]}" for scope, names in found.items()}


class TokenView(OwnView):
    """One's own tokens."""

    route_base = "/api/tokens"
    model = ApiToken

    def _form(self) -> TokenForm:
        form = TokenForm()
        form.scopes.choices = list(scope_titles(offered(self.actor.may)).items())
        return form

    def _opens(self, token: ApiToken) -> bool:
        return tokens.opens(token, self.actor.epoch, today())

    @expose("/", methods=("GET", "POST"))
    @asks_password
    def list(self) -> Any:
        """Tokens, and the form of a new one. The token itself is shown once."""
        user_id, form = self.own(), self._form()
        made: dict[str, str] = {}

        def save() -> Any:
            assert form.ends_on.data is not None
            row, made["token"] = tokens.create(
                db, user_id, form.name.data or "", form.scopes.data or [], form.ends_on.data, today=today()
            )
            return row

        def then(_row: Any) -> str:
            flash(_("Copy the token now; it is not shown again: %(token)s", token=made["token"]), "secret")
            return self.url("list")

        return self.submit(
            form, save, then,
            lambda: self.render(
                "khet/tokens.html", form=form, tokens=tokens.of_user(db, user_id), opens=self._opens,
                titles=scope_titles([(resource, verbs_of(resource)) for _owner, resource in khet().registry.api]),
            ),
        )  # fmt: skip

    @expose("/<int:record_id>/revoke", methods=("GET", "POST"))
    def revoke(self, record_id: int) -> Any:
        """End a token."""
        user_id = self.own()
        if request.method == "GET":
            return self.sure(_("Revoke"), "", tokens.revoking(db, user_id, record_id), self.url("list"))
        tokens.revoke(db, user_id, record_id)
        flash(_("The token is revoked."), "success")
        return redirect(self.url("list"))


class ApiDocsView(OwnView):
    """How other systems talk to Khet: for people, and as OpenAPI for programs."""

    route_base = "/api"

    def _spec(self) -> dict[str, Any]:
        found = offered(self.actor.may)
        if not found:
            raise NotFound
        return openapi.describe([(r, v, khet().views[r.view]) for r, v in found], request.url_root.rstrip("/"))

    @expose("/docs/")
    def docs(self) -> Any:
        """The description as a page, with an example that works."""
        self.own()
        spec = self._spec()
        example, units = openapi.example(spec), self._units()
        if example and units and "unit_id" in example["body"]:
            example["body"]["unit_id"] = units[0].id
        return self.render("khet/api.html", spec=spec, example=example, dumps=_pretty, units=units)

    def _units(self) -> Sequence[Unit]:
        """Units at which the actor may add something, with the ids that a request names."""
        adding = [khet().views[r.view].resource for r, verbs in offered(self.actor.may) if "add" in verbs]
        held = or_(false(), *(self.actor.units(resource, "add").criterion(Unit.id) for resource in adding))
        return db.scalars(select(Unit).where(held, Unit.active.is_(True)).order_by(Unit.kind, Unit.id).limit(60)).all()

    @expose("/v1/openapi.json")
    def spec(self) -> Any:
        """OpenAPI 3.1."""
        if self.actor is None:
            abort(401)
        return jsonify(self._spec())


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


VIEWS = [TokenView, ApiDocsView]
