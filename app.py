"""Khet's entry point: `uv run app.py` starts it, `uv run app.py --help` shows the commands.

`create_app()` is what a WSGI server imports: `app:create_app()`.
"""

import gc

gc.disable()  # what a start loads stays to the end: looking for garbage in it costs a fifth of the start

from core.ops.application import create_app  # noqa: E402
from core.ops.cli import main  # noqa: E402

gc.freeze()
gc.enable()

__all__ = ["create_app", "main"]

if __name__ == "__main__":
    main()
