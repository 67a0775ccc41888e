"""The arguments of `counterpart pairs …`, and which module runs each of its commands."""

from __future__ import annotations

import argparse

from engine.commands.words import given, place

COMMANDS = {
    "mine": "engine.commands.pairs_mine",
    "clean": "engine.commands.pairs_clean",
    "filter": "engine.commands.pairs_filter",
    "recipe": "engine.commands.pairs_recipe",
    "split": "engine.commands.pairs_split",
    "table": "engine.commands.pairs_table",
}
"""Imported only when run, as in `engine.cli`; each has `run(arguments) -> exit code`."""

KINDS = ("auto", "repository", "notebooks", "stackoverflow", "discourse")


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """Add the commands below `pairs`; `common` holds the options that every command has."""
    commands = parser.add_subparsers(dest="pairs_command", metavar="COMMAND", required=True)

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=help_text, description=help_text)

    _add_mine(command("mine", "Mine pairs of text and code from repositories, notebooks, forums."))
    _add_clean(command("clean", "Clean pairs: lengths, duplicates, personal data."))
    _add_filter(command("filter", "Take out what evaluation sets hold, exactly or nearly."))
    _add_recipe(command("recipe", "Make the training data anew from packages and published sets."))
    _add_split(command("split", "Split pairs 80/10/10, never within a repository or thread."))
    _add_table(command("table", "Count pairs and tokens for each source."))


def _add_mine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", type=given, metavar="SOURCE", help="folder or file")
    parser.add_argument(
        "--out", required=True, type=given, metavar="FILE", help="the pairs, as JSONL"
    )
    parser.add_argument("--kind", choices=KINDS, default="auto", help="default: auto")
    parser.add_argument(
        "--importing",
        action="append",
        default=[],
        metavar="NAME",
        help="only Python files and notebooks that import this package; may be given again",
    )
    parser.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="TAG",
        help="only questions with this tag (Stack Overflow, Discourse); may be given again",
    )


def _add_clean(parser: argparse.ArgumentParser) -> None:
    _add_pairs(parser)
    parser.add_argument(
        "--out", required=True, type=given, metavar="FILE", help="the clean pairs, as JSONL"
    )


def _add_filter(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pairs", type=place, metavar="PAIRS", help="pairs or groups, as JSONL")
    parser.add_argument(
        "--against",
        nargs="+",
        required=True,
        type=place,
        metavar="DATASET",
        help="evaluation sets: a BEIR folder, a folder of published files, a table, or the name "
        "of an imported set",
    )
    parser.add_argument(
        "--out", type=place, metavar="FILE", help="write what is left (default: only report)"
    )


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=place,
        required=True,
        metavar="DATA",
        help="the published sets (docs/data.md)",
    )
    parser.add_argument(
        "--packages", type=place, metavar="FILE", help="the list of packages (default: the shipped)"
    )
    parser.add_argument(
        "--cache", type=place, required=True, metavar="DIR", help="keeps downloaded packages"
    )
    parser.add_argument(
        "--out", type=place, required=True, metavar="DIR", help="gets groups.jsonl and the splits"
    )
    parser.add_argument(
        "--workers", type=int, choices=range(1, 9), default=2, metavar="N", help="default: 2"
    )


def _add_split(parser: argparse.ArgumentParser) -> None:
    _add_pairs(parser)
    parser.add_argument(
        "--out", required=True, type=given, metavar="DIR", help="train, valid and test JSONL"
    )
    parser.add_argument(
        "--negatives", action="store_true", help="add sampled negatives beside each split"
    )


def _add_table(parser: argparse.ArgumentParser) -> None:
    _add_pairs(parser)


def _add_pairs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pairs", type=given, metavar="PAIRS", help="a JSONL file that `mine` wrote")
