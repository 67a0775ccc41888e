"""The arguments of `counterpart train`, apart from the training, which imports torch."""

from __future__ import annotations

import argparse
import math

from engine.commands.finetune_arguments import add_arguments as add_finetune
from engine.commands.words import place
from engine.learning.trackers import NAMES

MOST_THREADS = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a training needs to be told."""
    parser.add_argument(
        "recipe",
        nargs="?",
        type=place,
        metavar="RECIPE",
        help="a TOML file, or the name of a shipped one",
    )
    parser.add_argument("--run", type=place, help="the run's folder; resumed if begun")
    parser.add_argument("--groups", type=place, help="groups.jsonl, made by `pairs recipe`")
    parser.set_defaults(usage=parser.error)
    parser.add_argument("--data", type=place, help="the published sets (labelled pairs)")
    parser.add_argument(
        "--graded",
        type=place,
        nargs="*",
        default=[],
        metavar="FILE",
        help="graded pairs: JSON lines of query, text, grade; or what `judgements --json` prints",
    )
    parser.add_argument("--start", type=place, help="start from this folder, not the recipe's")
    parser.add_argument("--miner", type=place, help="encoder that mines, if it is not the start")
    parser.add_argument("--teacher", type=place, help="cross-encoder to distil, if the recipe does")
    parser.add_argument("--minutes", type=minutes, default=math.inf, help="end after this long")
    parser.add_argument("--dev", type=place, nargs="*", default=[], help="BEIR folders to watch")
    parser.add_argument("--threads", type=threads, default=0, help="of torch; 0 leaves its choice")
    parser.add_argument("--track", choices=NAMES, help="send the curve there as well")


def minutes(text: str) -> float:
    """A time above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text} is no time; give a number above 0")
    return value


def threads(text: str) -> int:
    """A number of threads; 0 leaves torch's choice."""
    value = int(text)
    if not 0 <= value <= MOST_THREADS:  # torch makes every one of them
        raise argparse.ArgumentTypeError(
            f"{text} threads; give a whole number from 0 to {MOST_THREADS:,}"
        )
    return value


def refuse_recipe(arguments: argparse.Namespace) -> None:
    """End with a usage error if a training from judgements is given what only a recipe's takes."""
    names = (
        "run",
        "groups",
        "data",
        "graded",
        "start",
        "miner",
        "teacher",
        "dev",
        "track",
        "threads",
    )
    given = [f"--{name}" for name in names if getattr(arguments, name)]
    if arguments.recipe is not None:
        given = [f"the recipe {arguments.recipe}", *given]
    if given:
        arguments.usage(f"--from-judgements takes no recipe; leave out {', '.join(given)}")


def check(arguments: argparse.Namespace) -> None:
    """End with a usage error if a training as a recipe says lacks what it needs.

    So it does for what only a training from judgements reads: a recipe says the same elsewhere.
    """
    wanted = ("recipe", "run", "groups")
    if missing := [name for name in wanted if getattr(arguments, name) is None]:
        arguments.usage(f"the following arguments are required: {', '.join(missing)}")
    others = argparse.ArgumentParser()
    add_finetune(others)
    unread = [
        f"--{name.replace('_', '-')}"
        for name, default in vars(others.parse_args([])).items()
        if getattr(arguments, name, default) != default
    ]
    if unread:
        arguments.usage(
            f"a recipe says what --from-judgements takes as {', '.join(unread)}; leave that out"
        )
