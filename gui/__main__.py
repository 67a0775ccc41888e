"""`python -m gui`, and the console script `counterpart`: the place where window and engine meet."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from engine import cli


def _open_window(basedir: Path | None, corpus: str | None) -> int:
    from gui.app import run  # here, so that commands do not pay for Qt

    return run(basedir, corpus)


def main() -> int:
    """Run the command line; open the window if no other command is given."""
    multiprocessing.freeze_support()
    return cli.main(open_window=_open_window)


if __name__ == "__main__":
    sys.exit(main())
