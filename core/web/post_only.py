"""An address that only takes a button's press, opened as a page: after a reload, by a middle click, without script."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from core.web.unit_of_work import effective_plugins, khet


def redirect_to_page() -> Any:
    """The way to the record or the list that this request's address belongs to, with a word why: nothing was done.

    None where there is no such address for whoever asks: a module that is off. A stranger is sent to sign in.
    """
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        endpoint, _values = adapter.match(method="POST")
    except HTTPException:  # its form is right, and what it names can be nothing: a number that no row can have
        return None
    view = khet().view_of(endpoint)
    if view is not None and g.get("actor") is None and not view.anonymous:
        return redirect(url_for("LoginView.login", next=_page_above(adapter, request.path)))
    if view is None or (view.plugin not in effective_plugins() and not view.by_link):
        return None
    flash(_("This address only takes the press of a button. Nothing was done; here is the page of the button."), "info")
    return redirect(_page_above(adapter, request.path))


def _page_above(adapter: Any, path: str) -> str:
    """The nearest address above that is a page; the first page where there is none."""
    parts = path.rstrip("/").split("/")[1:-1]
    while parts:
        address = "/" + "/".join(parts)
        for found in (address, f"{address}/"):
            try:
                adapter.match(found, method="GET")
            except (RequestRedirect, HTTPException):
                continue
            return found
        parts.pop()
    return "/"
