"""The interface described as OpenAPI 3.1, from the same schemas and filters that answer."""

from __future__ import annotations

from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from core import __version__
from core.exchange.api.declare import ApiResource
from core.records.lists import ListState

ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "stable; what a program decides by"},
                "message": {
                    "type": "string",
                    "description": "for people, in the language of Accept-Language (th, en), else of the token's owner",
                },
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
                "reference": {"type": "string", "description": "to be told to the operator after a 500"},
            },
        }
    },
}
STATUSES = {
    "400": "bad_cursor, idempotency_key_missing, not_json", "401": "unauthorized", "403": "forbidden",
    "404": "not_found, or the module is off", "409": "conflict", "410": "gone: the file is damaged on the server",
    "413": "too_large: a record is at most 1 MB", "422": "invalid, refused, idempotency_key_reused",
    "429": "too_many_requests; the header Retry-After says how many seconds to wait",
    "500": "internal_error", "503": "unavailable; the header Retry-After says how many seconds to wait",
}  # fmt: skip

#: behind the title of a filter
DAYS = ": 2026-06-14, a day in the Christian era as everywhere here; 2569-06-14 is read as well"


def describe(resources: list[tuple[ApiResource, list[str], Any]], server: str) -> dict[str, Any]:
    """The description of these resources with the verbs allowed."""
    spec = APISpec(
        title="Khet", version=__version__, openapi_version="3.1.0", plugins=[MarshmallowPlugin()],
        servers=[{"url": server}], security=[{"token": []}],
        info={"description": "Dates are ISO 8601 in the Christian era; pages of a list follow `next` as `cursor`."},
    )  # fmt: skip
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Error", ERROR)
    for resource, verbs, view in resources:
        name = type(resource.schema()).__name__.removesuffix("Schema")
        spec.components.schema(name, schema=resource.schema)
        path, one = f"/api/v1/{resource.name}/", f"/api/v1/{resource.name}/{{id}}"
        operations: dict[str, Any] = {}
        if "list" in verbs:
            operations["get"] = {
                "summary": str(resource.title), "parameters": _parameters(view),
                "responses": {"200": _answer({"type": "object", "properties": {
                    "data": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
                    "next": {"type": ["string", "null"], "description": "cursor of the next page"},
                }}), **_errors("400", "403", "422")},
            }  # fmt: skip
        if "add" in verbs:
            operations["post"] = {
                "summary": f"+ {resource.title}",
                "parameters": [{
                    "name": "Idempotency-Key", "in": "header", "required": True,
                    "schema": {"type": "string", "minLength": 8, "maxLength": 80},
                    "description": "new for each record; repeating a request with it makes nothing twice",
                }],
                "requestBody": {"required": True, "content": {"application/json": {"schema": name}}},
                "responses": {"201": _answer(name), **_errors("400", "403", "409", "413", "422")},
            }  # fmt: skip
        if operations:
            spec.path(path, operations=operations)
        if "show" in verbs:
            get = {
                "summary": str(resource.title),
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": _answer(name), **_errors("403")},
            }
            spec.path(one, operations={"get": get})
            if view.keeps_files():
                _files(spec, one, get["parameters"])
    return spec.to_dict()


def _files(spec: APISpec, one: str, parameters: Any) -> None:
    """The doors of a record's files."""
    facts = {
        "id": {"type": "integer"}, "name": {"type": "string"}, "content_type": {"type": "string"},
        "size": {"type": "integer"}, "sha256": {"type": "string"},
    }  # fmt: skip
    data = {"type": "array", "items": {"type": "object", "properties": facts}}
    listed = {
        "summary": "files of the record", "parameters": parameters,
        "responses": {"200": _answer({"type": "object", "properties": {"data": data}}),
                      **_errors("403")},
    }  # fmt: skip
    spec.path(f"{one}/files", operations={"get": listed})
    which = {"name": "file_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    taken = {
        "summary": "a file as it is, under its own content type", "parameters": [*parameters, which],
        "responses": {"200": {"description": "", "content": content}, **_errors("403", "410")},
    }  # fmt: skip
    spec.path(f"{one}/files/{{file_id}}", operations={"get": taken})


def _answer(schema: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def _errors(*own: str) -> dict[str, Any]:
    """The refusals of a door: its own, and what every door may say."""
    statuses = sorted({*own, "401", "404", "429", "500", "503"})
    schema = {"$ref": "#/components/schemas/Error"}
    return {
        status: {"description": STATUSES[status], "content": {"application/json": {"schema": schema}}}
        for status in statuses
    }


def _parameters(view: Any) -> list[dict[str, Any]]:
    """Cursor, limit, search, and the filters of the page."""
    found = [
        {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "`next` of the page before"},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}},
    ]
    if view.searchable:
        found.append({"name": "q", "in": "query", "schema": {"type": "string"}, "description": "any part of a word"})
    for item in view.list_spec(ListState({}))["filters"]:
        days = item.kind == "date"
        values = {"format": "date"} if days else {"enum": [str(value) for value, _title in item.choices]}
        schema: dict[str, Any] = {"type": "string", **values}
        found.append(
            {"name": item.name, "in": "query", "schema": schema, "description": f"{item.title}{DAYS if days else ''}"}
        )
    return found


def example(spec: dict[str, Any]) -> dict[str, Any] | None:
    """The first thing that can be created: {path, body} that works when the blanks are filled."""
    for path, operations in spec["paths"].items():
        if "post" in operations:
            name = operations["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            schema = spec["components"]["schemas"][name]
            body = {
                field: facts["example"]
                for field, facts in schema["properties"].items()
                if not facts.get("readOnly") and "example" in facts
            }
            return {"path": path, "body": body, "server": spec["servers"][0]["url"]}
    return None
