"""The child process that sets a long table: `python -m core.documents.child ASKED MADE`."""

import sys
from pathlib import Path

from core.documents.table import child

if __name__ == "__main__":
    child(Path(sys.argv[1]), Path(sys.argv[2]))
