"""Options of mining, named like those of sentence-transformers' `mine_hard_negatives`."""

from __future__ import annotations

import argparse

from engine.commands.numbers import count
from engine.commands.words import given
from engine.errors import DataError
from engine.types_training import FORMATS, MiningOptions, Origin

_ORIGINS = {
    "judged": (Origin.JUDGED, Origin.WEAK),
    "framework": (Origin.FRAMEWORK,),
    "mined": (Origin.MINED,),
    "random": (Origin.RANDOM,),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What to mine; each option also with underscores, as the library spells it."""
    default = MiningOptions()

    def option(name: str, **more: object) -> None:
        spelled = f"--{name.replace('_', '-')}"
        names = dict.fromkeys((spelled, f"--{name}"))
        parser.add_argument(*names, dest=name, **more)  # type: ignore[arg-type]

    parser.add_argument(
        "--judge",
        action="append",
        default=[],
        metavar="NAME",
        help="whose grades count, more than once for several; default: all but those that came "
        "with a data set, whose judge is dataset:NAME",
    )
    option("range_min", type=int, default=default.range_min, metavar="N", help="first rank (0)")
    option("range_max", type=int, default=default.range_max, metavar="N", help="last rank (30)")
    option("max_score", type=float, metavar="S", help="leave out what scores above")
    option("min_score", type=float, metavar="S", help="leave out what scores below")
    option(
        "absolute_margin",
        type=_margin,
        default=default.absolute_margin,
        metavar="A",
        help="so much below the positive's score, or none (none)",
    )
    option(
        "relative_margin",
        type=_margin,
        default=default.relative_margin,
        metavar="R",
        help="such a share below the positive's score, or none (0.05)",
    )
    option("num_negatives", type=int, default=default.num_negatives, metavar="N", help="(5)")
    option("sampling_strategy", choices=["top", "random"], default=default.sampling_strategy)
    parser.add_argument(
        "--origins",
        default=",".join(_ORIGINS),
        metavar="A,B",
        help=f"where negatives may come from: {', '.join(_ORIGINS)} (all)",
    )


def add_negatives(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """The commands below `negatives`."""
    commands = parser.add_subparsers(dest="negatives_command", metavar="COMMAND", required=True)
    text = "Mine hard negatives for the judged queries: verified ones, then mined, then random."
    mine = commands.add_parser("mine", parents=[common], help=text, description=text)
    mine.add_argument("--corpus", default="", metavar="NAME", help="default: all judged ones")
    mine.add_argument("--out", type=given, metavar="FILE", help="write them there (JSON lines)")
    mine.add_argument("--seed", type=int, default=0)
    names = ("--output-format", "--output_format")
    mine.add_argument(*names, choices=FORMATS, default=FORMATS[0], dest="output_format")
    mine.add_argument(
        "--output-scores", "--output_scores", action="store_true", dest="output_scores"
    )
    mine.add_argument("--show", type=count, default=0, metavar="N", help="show so many (up to 30)")
    add_options(mine)


def options_of(arguments: argparse.Namespace) -> MiningOptions:
    """The options that were given. Raises `DataError` for an unknown origin."""
    origins: tuple[Origin, ...] = ()
    for name in arguments.origins.split(","):
        if name.strip() not in _ORIGINS:
            raise DataError(f"negatives come from {', '.join(_ORIGINS)}; there is no {name}")
        origins += _ORIGINS[name.strip()]
    return MiningOptions(
        corpus=arguments.corpus,
        judges=tuple(arguments.judge),
        range_min=arguments.range_min,
        range_max=arguments.range_max,
        max_score=arguments.max_score,
        min_score=arguments.min_score,
        absolute_margin=arguments.absolute_margin,
        relative_margin=arguments.relative_margin,
        num_negatives=arguments.num_negatives,
        sampling_strategy=arguments.sampling_strategy,
        output_format=getattr(arguments, "output_format", FORMATS[0]),
        output_scores=getattr(arguments, "output_scores", False),
        origins=origins,
        seed=arguments.seed,
    )


def _margin(text: str) -> float | None:
    return None if text.lower() == "none" else float(text)


_margin.__name__ = "number or none"
