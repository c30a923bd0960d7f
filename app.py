"""Khet's entry point: `uv run app.py` starts it, `uv run app.py --help` shows the commands.

`create_app()` is what a WSGI server imports: `app:create_app()`.
"""

from core.application import create_app
from core.cli import main

__all__ = ["create_app", "main"]

if __name__ == "__main__":
    main()
