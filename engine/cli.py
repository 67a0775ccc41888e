"""The command line: thin over `Engine`.

JSON alone goes to stdout, progress and messages go to stderr. Exit codes: 0 done, 1 something the
user can fix (one line on stderr says what), 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from engine.commands.datasets_arguments import add_arguments as add_datasets
from engine.commands.evaluation_arguments import add_compare, add_eval, add_runs
from engine.commands.finetune_arguments import add_arguments as add_finetune
from engine.commands.judging_arguments import add_judge, add_judgements
from engine.commands.mining_arguments import add_negatives
from engine.commands.models_arguments import add_arguments as add_models
from engine.commands.numbers import count, positive
from engine.commands.pairs_arguments import add_arguments as add_pairs
from engine.commands.train_arguments import add_arguments as add_train
from engine.commands.words import place
from engine.errors import Cancelled, UserError

OpenWindow = Callable[[Path | None, str | None], int]
"""Opens the window with (basedir, corpus) and returns the exit code once it is closed."""

INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--basedir", type=place, metavar="DIR", help="keep all user data in DIR")
    common.add_argument("--json", action="store_true", help="print JSON, and only JSON, on stdout")

    parser = argparse.ArgumentParser(
        prog="counterpart",
        parents=[common],
        description="Find the counterpart of a piece of code. Without a command, open the window.",
    )
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="check that models, search and store work here, then exit",
    )
    parser.add_argument("--version", action="store_true", help="print the version, then exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=help_text, description=help_text)

    gui = command("gui", "Open the window.")
    gui.add_argument("--corpus", metavar="NAME", help="open with this corpus")
    command("doctor", "Show versions, device, models, folders and the health of the store.")
    add_models(command("models", "Show the two models, list others, get and choose them."), common)
    command("corpora", "List the corpora.")
    _add_index(command("index", "Make a corpus from code wherever it is, or bring it up to date."))
    _add_watch(command("watch", "Keep a corpus up to date with its files until Ctrl+C."))
    remove = command("remove", "Remove a corpus's index. Judgements stay; sources are not touched.")
    remove.add_argument("name", metavar="NAME")
    _add_search(command("search", "Search a corpus with code or words."))
    _add_explain(command("explain", "Show how a result's score came about, or why it is missing."))
    add_judge(
        command("judge", "Grade a result: 0 irrelevant, 1 weak, 2 strong, 3 exact; queues."), common
    )
    add_judgements(command("judgements", "List, exchange and compare judgements."), common)
    add_eval(command("eval", "Measure pipelines on a data set, or on a protocol's sets."))
    add_runs(command("runs", "List, show, export and remove stored runs."), common)
    add_compare(command("compare", "Compare stored runs: is it better, and is that real."))
    add_datasets(
        command("datasets", "Import data sets, look into them, list and remove them."), common
    )
    add_pairs(command("pairs", "Mine, clean and split pairs of text and code."), common)
    training = command("train", "Train as a recipe says, or from judgements; goes on if stopped.")
    add_train(training)
    add_finetune(training)
    add_negatives(command("negatives", "Mine hard negatives for the judged queries."), common)
    return parser


def _add_index(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="folder, file, zip or tar archive, installed package or git URL (#REF for a branch "
        "or tag); without any, the corpus of that name is brought up to date",
    )
    parser.add_argument(
        "--package", action="append", default=[], metavar="NAME", help="installed Python package"
    )
    parser.add_argument(
        "--python", metavar="PATH", help="the Python that has the packages (default: this one)"
    )
    parser.add_argument(
        "--allow-download", action="store_true", help="clone git URLs that are not here yet"
    )
    parser.add_argument(
        "--refresh", action="store_true", help="fetch what is new in the git URLs that are"
    )
    parser.add_argument("--name", required=True, metavar="NAME", help="the corpus's name")
    parser.add_argument(
        "--include", action="append", default=[], metavar="GLOB", help="only these files"
    )
    parser.add_argument("--exclude", action="append", default=[], metavar="GLOB")
    parser.add_argument("--lexical-only", action="store_true", help="BM25 only, no dense vectors")
    parser.add_argument(
        "--no-watch", action="store_true", help="do not follow its files while a window is open"
    )


def _add_watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the corpus's name")
    parser.add_argument("--lexical-only", action="store_true", help="add no dense vectors")


def _add_explain(parser: argparse.ArgumentParser) -> None:
    _add_search(parser)
    parser.add_argument(
        "--chunk",
        required=True,
        metavar="ID",
        help="a chunk's id, its path and a line (a.py:12), or its name",
    )


def _add_search(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", default="sample", metavar="NAME", help="default: sample")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--file", metavar="F", help="the query is the text of this file")
    source.add_argument("--text", metavar="T", help="the query itself")
    source.add_argument("query", nargs="?", metavar="QUERY", help="the same; - for standard input")
    parser.add_argument("--kind", choices=["auto", "words", "code"], default="auto")
    parser.add_argument("--framework", metavar="F", help="only results in this framework")
    parser.add_argument("--language", metavar="L", help="only results in this language")
    parser.add_argument("--path", metavar="GLOB", help="only results whose path matches")
    parser.add_argument("-k", type=positive, default=10, metavar="K", help="how many (default 10)")
    parser.add_argument(
        "--rerank", type=count, metavar="K", help="rerank the first K (0: none; default by device)"
    )


_COMMANDS = {
    "datasets": "engine.commands.datasets",
    "doctor": "engine.commands.health",
    "self-test": "engine.commands.health",
    "version": "engine.commands.version",
    "models": "engine.commands.models",
    "corpora": "engine.commands.corpora",
    "index": "engine.commands.corpora",
    "remove": "engine.commands.corpora",
    "watch": "engine.commands.watching",
    "search": "engine.commands.search",
    "explain": "engine.commands.explain",
    "judge": "engine.commands.judging",
    "judgements": "engine.commands.judging",
    "eval": "engine.commands.evaluation",
    "runs": "engine.commands.runs",
    "compare": "engine.commands.compare",
    "negatives": "engine.commands.negatives",
    "pairs": "engine.commands.pairs",
    "train": "engine.commands.train",
}
"""Which module runs a command: each is imported only when asked for, to keep starting cheap."""


def main(argv: Sequence[str] | None = None, *, open_window: OpenWindow | None = None) -> int:
    """Run one command and return its exit code.

    `open_window` is handed in by whoever has a window, since the engine knows of none.
    """
    _escape_what_cannot_be_shown()
    arguments = build_parser().parse_args(argv)
    arguments.basedir = getattr(arguments, "basedir", None)
    arguments.json = getattr(arguments, "json", False)
    name = arguments.command or "gui"
    for flag in ("self-test", "version"):
        if getattr(arguments, flag.replace("-", "_")):
            name = flag
    try:
        if name == "gui":
            return _window(arguments, open_window)
        run: Callable[[argparse.Namespace], int] = import_module(_COMMANDS[name]).run
        arguments.command = name
        code = run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a full disk can still be told
        return code
    except UserError as error:
        return _failed(str(error))
    except (KeyboardInterrupt, Cancelled):
        print("counterpart: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output (head, say) has gone
        sys.stderr.close()
        return 1
    except UnicodeEncodeError as error:  # bytes of an argument that are no text
        return _failed(f"{error.object[:80]!r} is no text in UTF-8; write it in other letters")
    except OSError as error:  # whatever a part has not put into better words
        _drop_output()
        place = f"cannot use {error.filename}" if error.filename else "cannot write the output"
        return _failed(f"{place}: {error.strerror or error}; check the disk and the name")


def _failed(message: str) -> int:
    """Say in one line on stderr what the user can do."""
    print(f"counterpart: {' '.join(message.split())}", file=sys.stderr)
    return 1


def _drop_output() -> None:
    """Throw away what stdout still holds if it cannot be written: Python would try at the end."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError, ValueError):
        with contextlib.suppress(OSError, AttributeError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _escape_what_cannot_be_shown() -> None:
    """Write a character that the terminal's encoding lacks as an escape, and read what is no text.

    Code and names of files hold any character; a console or a pipe may know no more than cp1252.
    """
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors=errors)


def _window(arguments: argparse.Namespace, open_window: OpenWindow | None) -> int:
    if open_window is None:
        raise UserError("there is no window in this installation; see counterpart --help")
    return open_window(arguments.basedir, getattr(arguments, "corpus", None))
