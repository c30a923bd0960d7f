"""Pages of papers as pictures: what cannot be drawn is shown as a picture too, with the words why."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

from flask import Response, make_response, request, send_file

from core.platform.documents import typeset
from core.platform.documents.lines import lines
from core.platform.sandbox.refusals import BUSY, NO_SUCH_PAGE, Refused

_SORRY = """
#let d = json(bytes(sys.inputs.d))
#set text(font: "Khet Sarabun", lang: "th", size: 18pt, fill: rgb("#5a0f14"))
#page(width: 595pt, height: 260pt, margin: 40pt, align(center + horizon, d.lines.join(linebreak())))
"""
ROOM, SIZE = 500.0, 18.0
#: how often the page asks again by itself before it shows why there is nothing (static/khet/khet.js)
ASKED = 4


def image_response(draw: Callable[[], bytes], mimetype: str) -> Response:
    """What `draw` gives, as an answer. An <img> shows the reason of a Refused in its place; no such page is 404.

    Where there is only no room for it now, the page asks again: an office that is busy loses no page.
    """
    try:
        return send_file(io.BytesIO(draw()), mimetype=mimetype)
    except Refused as error:
        if error.reason == NO_SUCH_PAGE:
            raise
        if error.reason == BUSY and request.args.get("again", 0, type=int) < ASKED:
            return Response(status=503, headers={"Retry-After": "2"})
        asked = json.dumps({"lines": lines(str(error.message), ROOM, SIZE)}, ensure_ascii=False)
        answer = make_response(typeset.compile(_SORRY.encode(), asked, "png"))
        answer.status_code, answer.mimetype = (503 if error.reason == BUSY else 422), "image/png"
        return answer
