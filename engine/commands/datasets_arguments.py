"""The arguments of `counterpart datasets …`."""

from __future__ import annotations

import argparse

from engine.commands.numbers import positive

FORMATS = (
    "auto",
    "beir",
    "coir",
    "codesearchnet-challenge",
    "humaneval-x",
    "cosqa",
    "advtest",
    "codesearchnet",
    "code-translation",
    "table",
)


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the commands below `datasets`; `common` holds the options that every command has."""
    commands = parser.add_subparsers(dest="datasets_command", metavar="COMMAND", required=True)

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=help_text, description=help_text)

    importing = command("import", "Import a data set as a corpus with judgements.")
    importing.add_argument("--name", required=True, metavar="NAME", help="its name here")
    _add_source(importing)
    importing.add_argument("--lexical-only", action="store_true", help="BM25 only, no vectors")
    _add_source(command("preview", "Show what an import would give, and keep nothing."))
    command("list", "List the imported data sets.")
    remove = command("remove", "Remove a data set, its corpus and the judgements it came with.")
    remove.add_argument("name", metavar="NAME")


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", metavar="SOURCE", help="a file, a folder or an id on the Hugging Face hub"
    )
    parser.add_argument("--format", choices=FORMATS, default="auto", help="default: auto")
    parser.add_argument(
        "--columns",
        type=_columns,
        default={},
        metavar="ROLE=COLUMN,…",
        help="what the columns of a table are: text, query, id, title, query_id, grade, language, "
        "target",
    )
    parser.add_argument("--split", default="", metavar="NAME", help="default: test")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N documents")
    parser.add_argument(
        "--allow-download", action="store_true", help="get it from huggingface.co if not here"
    )
    parser.add_argument("--revision", default="", metavar="REV", help="of the hub (default: main)")
    parser.add_argument(
        "--normalise-names", action="store_true", help="hide names in Python code, as AdvTest does"
    )
    parser.add_argument(
        "--drop-missing", action="store_true", help="leave out judgements of missing documents"
    )
    parser.add_argument(
        "--unescape", action="store_true", help="read \\n and \\t in a table as what they stand for"
    )


def _columns(text: str) -> dict[str, str]:
    """`text=snippet,query=intent`, for argparse."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError
    return {role.strip(): column.strip() for role, _, column in pairs}


_columns.__name__ = "list of role=column"
