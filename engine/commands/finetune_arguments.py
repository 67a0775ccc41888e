"""The arguments of `counterpart train --from-judgements`."""

from __future__ import annotations

import argparse

from engine.commands.mining_arguments import add_options
from engine.types_training import TrainingSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What a training from judgements needs to be told, beside what a recipe's is."""
    default = TrainingSpec()
    group = parser.add_argument_group("training from judgements")
    group.add_argument(
        "--from-judgements", action="store_true", help="train on what was judged; no recipe"
    )
    group.add_argument(
        "--name", default="", metavar="NAME", help="of the version; goes on if begun"
    )
    group.add_argument("--corpus", default="", metavar="NAME", help="only judgements of this one")
    group.add_argument(
        "--stages",
        choices=["cross-encoder", "encoder", "both"],
        default="cross-encoder",
        help="default: cross-encoder",
    )
    group.add_argument("--held-out", type=float, default=default.held_out, metavar="S")
    group.add_argument("--steps", type=int, default=0, metavar="N", help="default: by the data")
    group.add_argument("--batch", type=int, default=default.batch, metavar="N")
    group.add_argument(
        "--learning-rate",
        type=float,
        default=default.learning_rate,
        metavar="R",
        help="default: 2e-5, of the encoder 5e-5",
    )
    group.add_argument("--max-tokens", type=int, default=default.max_tokens, metavar="N")
    group.add_argument("--seed", type=int, default=0)
    group.add_argument("--no-sample", action="store_true", help="do not measure on the sample")
    group.add_argument("--activate", action="store_true", help="use it at once if nothing warns")
    group.add_argument("--outlook", action="store_true", help="only say what there is to train on")
    group.add_argument(
        "--estimate", action="store_true", help="--outlook, and how long it takes, measured"
    )
    add_options(parser)
