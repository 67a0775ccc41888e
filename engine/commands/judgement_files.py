"""`counterpart judgements export|import|agreement|disagreements|settle`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.types import Grade
from engine.types_judging import AgreementReport, Disagreement, Estimate, Exported, Merged


def run(arguments: argparse.Namespace) -> int:
    """Run one of the commands."""
    with open_engine(arguments) as engine:
        match arguments.judgements_command:
            case "export":
                job = engine.export_judgements(
                    arguments.path,
                    arguments.format,
                    arguments.corpus,
                    arguments.judge,
                    arguments.queue,
                )
                _show_exported(arguments, finish(job))
            case "import":
                merging = engine.import_judgements(
                    arguments.path,
                    arguments.format,
                    arguments.corpus or "",
                    arguments.judge,
                    arguments.queries,
                    arguments.documents,
                    arguments.mine,
                )
                _show_merged(arguments, finish(merging))
            case "agreement":
                report = engine.agreement(
                    arguments.corpus, arguments.judge, arguments.weights, arguments.level
                )
                print_json(report) if arguments.json else print_agreement(report)
            case "disagreements":
                found = engine.disagreements(
                    arguments.corpus, arguments.judge, arguments.settled, arguments.limit
                )
                _show_disagreements(arguments, found)
            case "settle":
                grade = None if arguments.grade is None else Grade(arguments.grade)
                engine.settle(arguments.id, grade, arguments.note)
                _show_settled(arguments)
    return 0


def _show_exported(arguments: argparse.Namespace, done: Exported) -> None:
    for line in done.notes:
        note(f"counterpart: {line}")
    if arguments.json:
        print_json(done)
    else:
        print(
            f"{done.path}: {done.judgements} judgements of {done.queries} queries "
            f"and {done.documents} documents"
        )


def _show_merged(arguments: argparse.Namespace, done: Merged) -> None:
    for line in done.notes:
        note(f"counterpart: {line}")
    if arguments.json:
        print_json(done)
        return
    print(f"{done.added} added, {done.updated} newer than here, {done.unchanged} here already")
    if done.changes or done.repeats or done.queues:
        print(
            f"with it entries of the history: {done.changes}, repeated grades: {done.repeats}, "
            f"queues: {done.queues}"
        )


def print_agreement(report: AgreementReport) -> None:
    """Print how well judges agree."""
    for judge, count in report.judges.items():
        print(f"{_who(judge):24} {count} grades")
    print(f"graded by several: {report.items}; differently: {report.disagreements}, ", end="")
    print(f"of which settled: {report.settled}")
    print(f"Krippendorff's alpha ({report.level}): {_estimate(report.alpha)}")
    for pair in report.pairs:
        if pair.items:
            names = " and ".join(map(_who, pair.judges))
            print(
                f"{names}: {pair.items} in common, {pair.equal:.0%} equal, "
                f"{report.weights} kappa {_estimate(pair.kappa)}"
            )
    for own in report.selves:
        print(
            f"{_who(own.judge)} with themselves: {own.items} repeated, {own.equal:.0%} equal, "
            f"{report.weights} kappa {_estimate(own.kappa)}"
        )


def _show_disagreements(arguments: argparse.Namespace, found: list[Disagreement]) -> None:
    if arguments.json:
        print_json({"disagreements": found})
        return
    if not found:
        note("no disagreement is left to settle")
    for one in found:
        grades = ", ".join(f"{_who(judge)} {grade.value}" for judge, grade in one.grades.items())
        settled = f" → {one.settled.value}" if one.settled is not None else ""
        first = next((line for line in one.query_text.splitlines() if line.strip()), "")
        print(
            f"{one.id:6}  {grades}{settled}  {one.chunk.path}:{one.chunk.start_line}"
            f"  {one.chunk.name}  ←  {first.strip()[:60]}"
        )


def _show_settled(arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json({"id": arguments.id, "grade": arguments.grade})
    elif arguments.grade is None:
        note(f"{arguments.id} is open again")
    else:
        note(f"settled {arguments.id} at {arguments.grade}; the grades of the judges stay")


def _estimate(found: Estimate) -> str:
    if found.value is None:
        return "not defined (nothing in common, or one grade throughout)"
    if found.low is None or found.high is None:
        return f"{found.value:.3f} (one query: no interval)"
    return f"{found.value:.3f} (95 %: {found.low:.3f} to {found.high:.3f})"


def _who(judge: str) -> str:
    return judge or "unnamed"
