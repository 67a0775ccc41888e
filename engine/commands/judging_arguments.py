"""The arguments of `counterpart judge …` and `counterpart judgements …`."""

from __future__ import annotations

import argparse

from engine.commands.numbers import positive
from engine.commands.words import given, place
from engine.types_judging import RUNS, Order

AS_GIVEN = argparse.SUPPRESS
"""The default of an option that may stand before the command as well: what was given there."""

FORMATS = ("jsonl", "csv", "qrels", "beir", "runs")


def add_judge(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """A single grade, or one of the commands below `judge`."""
    parser.add_argument("--corpus", metavar="NAME")
    query = parser.add_mutually_exclusive_group()
    query.add_argument("--query-file", metavar="F")
    query.add_argument("--query", metavar="T")
    parser.add_argument("--chunk", metavar="ID")
    parser.add_argument("--grade", type=int, choices=[0, 1, 2, 3])
    parser.add_argument("--note", default="", metavar="T")
    parser.add_argument("--judge", metavar="NAME", help="who judges (default: from the settings)")
    parser.set_defaults(usage=parser.error)
    commands = parser.add_subparsers(dest="judge_command", metavar="COMMAND")

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=help_text, description=help_text)

    _add_new(command("new", "Make a queue: pool what several runs find for queries."))
    command("queues", "List the queues.")
    work = command(
        "work", "Judge a queue here: 0-3 grade, and the keys of the window; ? lists them."
    )
    _add_queue(work)
    _add_queue(command("next", "Show the next candidate of a queue."))
    answer = command("answer", "Say what a candidate of a queue is.")
    _add_queue(answer)
    answer.add_argument("--slot", type=int, metavar="N", help="its place (default: the next one)")
    said = answer.add_mutually_exclusive_group(required=True)
    said.add_argument("--grade", type=int, choices=[0, 1, 2, 3])
    said.add_argument("--skip", action="store_true")
    said.add_argument("--cannot-tell", action="store_true")
    answer.add_argument("--note", default=AS_GIVEN, metavar="T")
    _add_queue(command("undo", "Take back the last change of a grade."))
    guidelines = command("guidelines", "Show what the grades mean in a queue, or set it.")
    guidelines.add_argument("queue", metavar="QUEUE")
    guidelines.add_argument("--set", type=place, metavar="F", help="the text of this file")
    command("remove", "Remove a queue; judgements stay.").add_argument("queue", metavar="QUEUE")
    who = command("name", "Show the name under which grades are kept, or set it.")
    who.add_argument("name", nargs="?", metavar="NAME")


def _add_queue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("queue", metavar="QUEUE")
    parser.add_argument(
        "--judge",
        default=AS_GIVEN,
        metavar="NAME",
        help="who judges (default: from the settings)",
    )


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "queue", metavar="QUEUE", help="its name; queries are added to one there is"
    )
    parser.add_argument("--corpus", required=True, metavar="NAME")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--history", type=positive, metavar="N", help="the last N queries asked of the corpus"
    )
    source.add_argument("--dataset", metavar="NAME", help="the queries of an imported data set")
    source.add_argument("--queries", metavar="F", help="a file: .txt, .jsonl, .csv, .tsv, or code")
    source.add_argument("--text", action="append", metavar="T", help="a query; may be repeated")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N queries")
    parser.add_argument("--depth", type=int, default=10, metavar="K", help="of each run (10)")
    parser.add_argument(
        "--runs", default=",".join(RUNS), metavar="A,B", help=f"of {', '.join(RUNS)} (default: all)"
    )
    parser.add_argument(
        "--order", choices=[order.value for order in Order], default=Order.RANDOM.value
    )
    parser.add_argument(
        "--repeats", type=float, default=0.1, metavar="S", help="share that comes back (0.1)"
    )


def add_judgements(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """The list of judgements, and the commands below `judgements`."""
    parser.add_argument("--corpus", metavar="NAME")
    commands = parser.add_subparsers(dest="judgements_command", metavar="COMMAND")

    def command(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=help_text, description=help_text)

    export = command("export", "Write judgements to a file or folder.")
    export.add_argument("path", type=given, metavar="OUT")
    export.add_argument("--format", choices=FORMATS, default="", help="default: by the ending")
    export.add_argument("--queue", default="", metavar="NAME", help="of which the runs are")
    _add_selection(export)
    merging = command("import", "Merge judgements from a file or folder.")
    merging.add_argument("path", type=given, metavar="IN")
    merging.add_argument("--format", choices=FORMATS[:-1], default="")
    merging.add_argument(
        "--corpus", default=AS_GIVEN, metavar="NAME", help="of qrels: what they judge"
    )
    who = merging.add_mutually_exclusive_group()
    who.add_argument(
        "--judge", default="", metavar="NAME", help="who judged, where the file does not say"
    )
    who.add_argument(
        "--mine", action="store_true", help="those without a judge's name are by who judges here"
    )
    merging.add_argument("--queries", type=place, metavar="F", help="of qrels: their texts")
    merging.add_argument("--documents", type=place, metavar="F", help="of qrels: their texts")
    agreement = command("agreement", "How well judges agree: weighted kappa and alpha.")
    agreement.add_argument("--weights", choices=["linear", "quadratic"], default="quadratic")
    agreement.add_argument("--level", choices=["nominal", "ordinal", "interval"], default="ordinal")
    _add_selection(agreement)
    differing = command("disagreements", "List what judges graded differently and nobody settled.")
    differing.add_argument("--settled", action="store_true", help="also what is settled")
    differing.add_argument("--limit", type=positive, metavar="N")
    _add_selection(differing)
    settle = command("settle", "Settle a disagreement; the original grades stay.")
    settle.add_argument("id", type=int, metavar="ID", help="from the list of disagreements")
    settle.add_argument("--grade", type=int, choices=[0, 1, 2, 3], help="without: open it again")
    settle.add_argument("--note", default="", metavar="T")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", default=AS_GIVEN, metavar="NAME", help="only of this corpus")
    parser.add_argument(
        "--judge", action="append", default=[], metavar="NAME", help="only this judge's; repeatable"
    )
