"""What `eval`, `runs` and `compare` can be asked."""

from __future__ import annotations

import argparse

from engine.commands.numbers import count, positive
from engine.commands.words import given
from engine.errors import DataError
from engine.evaluation.pipelines import parse_pipelines

_PIPELINES = """\
pipelines (--pipeline may be repeated; settings follow a colon, as in rerank:top=100):
  all                       bm25, dense, hybrid and rerank, and the rankings a set came with
  bm25 | dense              one leg alone
  hybrid                    both legs, mixed as in a search
  rerank[:top=K,share=S]    the default; K candidates reranked, the cross-encoder counting S
  rrf[:k=100,depth=500]     reciprocal rank fusion of both legs; with safeguard=yes a relevant
                            document comes after a list that has none, as in NanoCoIR
  no-bm25 | no-dense | no-shape | no-levels | no-hubs | no-witnesses
                            the default with one stage taken out (without the last it is hybrid)
  ablation | depths         the default and each stage taken out; rerank with 10, 30 and 100
  slow                      the cross-encoder reads every document (small sets)
  published:ranker=NAME     a ranking the set came with; with top=K its first K reranked
any of them with encoder=MODEL or cross-encoder=MODEL: a folder or a downloaded model
"""


def _pipeline(text: str) -> str:
    try:
        parse_pipelines([text])
    except DataError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _add_protocol(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preset",
        default="",
        metavar="NAME",
        help="nanocoir, coir, codesearchnet, advtest, challenge, cosqa or webquery",
    )
    parser.add_argument(
        "--task", default="", metavar="NAME", help="only this one of a preset's tasks"
    )


def _add_threshold(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threshold",
        type=positive,
        default=1,
        metavar="GRADE",
        help="the grade from which MRR, hit, recall … count a document (default: 1)",
    )


def add_eval(parser: argparse.ArgumentParser) -> None:
    """The arguments of `eval`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _PIPELINES
    parser.add_argument(
        "source",
        type=given,
        metavar="SOURCE",
        help="a BEIR folder, an imported set, judgements:CORPUS, or with --preset its files",
    )
    parser.add_argument(
        "--pipeline",
        action="append",
        type=_pipeline,
        metavar="PIPELINE",
        help="see below (default: all)",
    )
    _add_protocol(parser)
    parser.add_argument(
        "--save",
        type=given,
        metavar="NAME",
        help="keep the runs; goes on with one that stopped",
    )
    parser.add_argument(
        "--rerank",
        type=count,
        metavar="K",
        help="rerank depth (default: as the device has it: 100 on a GPU, 30 on a CPU with bf16 "
        "units, else 10)",
    )
    parser.add_argument(
        "--use-target",
        action="store_true",
        help="limit results to the framework in each query's target",
    )
    parser.add_argument(
        "--drop-identical",
        action="store_true",
        help="leave out documents with the query's own text that are not labelled relevant",
    )
    _add_threshold(parser)
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N queries")
    parser.add_argument(
        "--predictions",
        type=given,
        metavar="CSV",
        help="with --preset challenge: score this file instead (language, query, url)",
    )
    parser.add_argument(
        "--track", choices=["wandb"], help="send the figures to Weights & Biases (offline)"
    )


def add_runs(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """The arguments of `runs`."""
    commands = parser.add_subparsers(dest="runs_command", metavar="COMMAND")
    for name, words in (
        ("list", "List the stored runs (what runs does by itself)."),
        ("table", "Print stored runs as a Markdown table, pipelines side by side."),
        ("show", "Show everything that is known of a run."),
        ("export", "Write a run as a TREC run, its qrels, JSON or challenge predictions."),
        ("import", "Store what another system found, a TREC run, to compare it with others."),
        ("remove", "Remove a run, or all runs of an evaluation."),
    ):
        sub = commands.add_parser(name, parents=[common], help=words, description=words)
        if name == "table":
            sub.add_argument("names", nargs="*", metavar="NAME", help="evaluations or runs; all")
            sub.add_argument("--metric", default="ndcg@10", help="default: ndcg@10")
        elif name == "import":
            _add_import(sub)
        elif name != "list":
            sub.add_argument("name", metavar="NAME")
        if name == "export":
            sub.add_argument("--out", required=True, type=given, metavar="FILE")
            sub.add_argument(
                "--format", choices=["trec", "qrels", "json", "predictions"], default="trec"
            )
            sub.add_argument(
                "--language",
                default="",
                metavar="NAME",
                help="for predictions: their first column (default: the challenge's own)",
            )


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", type=given, metavar="FILE", help="query Q0 document rank score tag")
    parser.add_argument(
        "set", type=given, metavar="SET", help="what it was made on, as the SOURCE of eval"
    )
    parser.add_argument(
        "--save",
        type=given,
        default="imported",
        metavar="NAME",
        help="keep it as NAME/TAG (default: imported)",
    )
    _add_protocol(parser)
    _add_threshold(parser)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """The arguments of `compare`."""
    parser.add_argument(
        "names", nargs="+", metavar="RUN", help="runs, or evaluations; the first is the baseline"
    )
    parser.add_argument("--metric", default="ndcg@10", metavar="METRIC", help="default: ndcg@10")
    parser.add_argument(
        "--html", type=given, metavar="FILE", help="write one self-contained HTML report"
    )
    parser.add_argument(
        "--table", choices=["markdown", "tsv"], help="print only the table, in this form"
    )
