"""`python -m gui`, and the console script `counterpart`: the place where window and engine meet."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

INTERRUPTED = 130


def _open_window(basedir: Path | None, corpus: str | None) -> int:
    from gui.app import run  # here, so that commands do not pay for Qt

    return run(basedir, corpus)


def main() -> int:
    """Run the command line; open the window if no other command is given."""
    multiprocessing.freeze_support()
    try:
        from engine import cli  # here, so that Ctrl-C while it loads is no traceback

        return cli.main(open_window=_open_window)
    except KeyboardInterrupt:
        sys.stderr.write("counterpart: interrupted\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
