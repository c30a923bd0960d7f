"""A list's rows as HTML, in Python: a page has some hundred cells, and a template spends as long on each as the
database on a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from core.records.lists.declare import Column


def drawn(
    rows: Sequence[Any], columns: Sequence[Column], *, address: str, leads: bool, choosable: bool, editable: bool,
    look: Callable[[Any], str], marks: Mapping[int, str],
) -> Markup:  # fmt: skip
    """`<tr>` by `<tr>`: every value escaped, the linking cell leading to `address` and the row's id where `leads`.

    `look` gives a row's class, `marks` what stands beside the linking cell by the row's id. `choosable` begins a row
    with a box, `editable` marks the cells that change in place.
    """
    choose = escape(_("Choose"))
    address = escape(address)
    cells = [
        (column.show, _opening(column, editable), f'<td class="{escape(column.kind)}"></td>', column.link and leads)
        for column in columns
    ]
    out: list[str] = []
    said: dict[int, tuple[LazyString, Markup]] = {}  # a word of ours is looked up once a page, not once a row
    for row in rows:
        kind = look(row)
        out.append(f'\n<tr data-id="{row.id}" translate="no"' + (f' class="{escape(kind)}">' if kind else ">"))
        if choosable:
            out.append(
                f'<td class="pick"><input type="checkbox" class="form-check-input" value="{row.id}" '
                f'aria-label="{choose} {row.id}"></td>'
            )
        for show, opening, empty, link in cells:
            found = show(row)
            if isinstance(found, LazyString):
                if id(found) not in said:
                    said[id(found)] = found, escape(found)
                shown = said[id(found)][1]
            else:
                shown = escape(found)
            if link:
                mark = f' <span class="small">{escape(marks[row.id])}</span>' if row.id in marks else ""
                shown = Markup(f'<a href="{address}{row.id}">{shown}</a>{mark}')  # noqa: S704 – escaped above
            out.append(f"{opening}{shown}</td>" if shown or editable else empty)
        out.append("</tr>")
    return Markup("".join(out))  # noqa: S704 – every part above is ours or escaped


def _opening(column: Column, editable: bool) -> str:
    # a phone writes it before the value, where the value does not say by itself what it is
    named = not (column.wide or column.link or column.kind == "subject")
    title = f' data-title="{escape(column.title)}"' if named else ""
    edit = f' data-col="{escape(column.key)}"' if editable and column.edit else ""
    label = ' translate="yes"' if column.kind == "label" else ""
    return f'<td class="{escape(column.kind)}{" wide" if column.wide else ""}"{title}{edit}{label}>'
