"""`counterpart judge new|queues|work|next|answer|undo|guidelines|remove|name`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from engine.commands.judgement_files import print_agreement
from engine.commands.output import duration, note, plain, print_json
from engine.commands.session import finish, open_engine, read_query
from engine.engine import Engine
from engine.errors import DataError
from engine.types import Grade, Mark
from engine.types_judging import (
    Candidate,
    Order,
    QuerySource,
    QueueInfo,
    QueueSpec,
    QueueView,
    Verdict,
)

KEYS = (
    "0-3 grade · s skip · c cannot tell · n note · b back · f forward · u undo · g guidelines"
    " · a agreement · q quit"
)

_VERDICTS = ("0", "1", "2", "3", "s", "c")


def run(arguments: argparse.Namespace) -> int:
    """Run one of the commands."""
    with open_engine(arguments) as engine:
        match arguments.judge_command:
            case "new":
                _show_queues(arguments, [finish(engine.make_queue(_spec(arguments)))])
            case "queues":
                _show_queues(arguments, engine.queues())
            case "work":
                _work(engine, engine.open_queue(arguments.queue, arguments.judge))
            case "next":
                _show(arguments, engine.open_queue(arguments.queue, arguments.judge))
            case "answer":
                view = engine.open_queue(arguments.queue, arguments.judge)
                _show(arguments, engine.answer(_verdict(arguments, view)))
            case "undo":
                engine.open_queue(arguments.queue, arguments.judge)
                _show(arguments, engine.undo_answer())
            case "guidelines":
                _guidelines(arguments, engine)
            case "remove":
                engine.remove_queue(arguments.queue)
                _show_removed(arguments)
            case "name":
                _name(arguments, engine)
    return 0


def _spec(arguments: argparse.Namespace) -> QueueSpec:
    source = QuerySource(
        arguments.history or 0,
        arguments.dataset or "",
        arguments.queries or "",
        tuple(arguments.text or ()),
    )
    return QueueSpec(
        arguments.queue,
        arguments.corpus,
        source,
        arguments.depth,
        tuple(name.strip() for name in arguments.runs.split(",")),
        Order(arguments.order),
        arguments.repeats,
        arguments.limit,
    )


def _verdict(arguments: argparse.Namespace, view: QueueView) -> Verdict:
    if arguments.slot is None and not view.upcoming:
        raise DataError(f"everything in {view.queue} is judged; name a place with --slot")
    slot = view.upcoming[0].slot if arguments.slot is None else arguments.slot
    mark = Mark.SKIPPED if arguments.skip else Mark.UNSURE if arguments.cannot_tell else None
    grade = None if arguments.grade is None else Grade(arguments.grade)
    return Verdict(slot, grade, mark, arguments.note)


def _show_queues(arguments: argparse.Namespace, queues: list[QueueInfo]) -> None:
    if arguments.json:
        print_json({"queues": queues})
        return
    if not queues:
        note("no queue yet; counterpart judge new makes one")
    for info in queues:
        done = ", ".join(f"{judge or 'unnamed'} {count}" for judge, count in info.done.items())
        print(
            f"{info.name}  {info.corpus}  {info.queries} queries  {info.candidates} candidates"
            f"  ({', '.join(info.runs)} to {info.depth})  {f'judged: {done}' if done else ''}"
        )
        for line in info.notes:
            note(f"counterpart: {line}")


def _show(arguments: argparse.Namespace, view: QueueView) -> None:
    if arguments.json:
        found = plain(replace(view, upcoming=view.upcoming[:1], guidelines=""))
        print_json(found | {"left": view.standing.left})
        return
    if view.said:
        note(view.said)
    _print_candidate(view, view.shown or next(iter(view.upcoming), None))


def _print_candidate(view: QueueView, candidate: Candidate | None) -> None:
    standing = view.standing
    if candidate is None:
        print(f"all {standing.total} are judged")
        return
    pace = f", {duration(standing.seconds_left)}" if standing.seconds_left else ""
    print(
        f"\n── query {standing.query} of {standing.queries} · {standing.done} of {standing.total}"
        f" done, {standing.left} left{pace} · place {candidate.slot}"
    )
    print(candidate.query.text.rstrip())
    chunk = candidate.chunk
    print(f"── candidate: {chunk.name} {chunk.path}:{chunk.start_line}".rstrip())
    print(chunk.text.rstrip())
    given = candidate.grade if candidate.grade is not None else candidate.mark
    if given is not None:
        print(f"── so far: {given.value}{f' · {candidate.note}' if candidate.note else ''}")


def _work(engine: Engine, view: QueueView) -> None:
    """Judge at the terminal, until the queue or the input ends."""
    note(KEYS)
    shown: Candidate | None = None
    remarks: dict[int | None, str] = {}  # by what they were typed at
    while True:
        candidate = shown or view.shown or next(iter(view.upcoming), None)
        _print_candidate(view, candidate)
        key = _ask(view, candidate)
        if key in ("", "q"):
            for remark in filter(None, remarks.values()):
                note(f"not kept, since no grade came after it: {remark}")
            return
        shown = None
        if key == "n":
            remarks[candidate.item if candidate else None] = _line("note: ")
            shown = candidate
        elif key == "g":
            note(view.guidelines)
            shown = candidate
        elif key == "u":
            view = engine.undo_answer()
            note(view.said)
        elif key == "a":
            print_agreement(engine.agreement())
            shown = candidate
        elif key == "f":
            view = replace(view, shown=None)  # what undoing had gone to
        elif key == "b":
            place = candidate.slot if candidate is not None else view.standing.total
            shown = engine.answered_before(place) or candidate
        elif candidate is not None and key in _VERDICTS:
            view = engine.answer(_said(candidate, key, remarks.pop(candidate.item, "")))
        else:
            note(KEYS)
            shown = candidate


def _ask(view: QueueView, candidate: Candidate | None) -> str:
    terminal = sys.stdin is not None and sys.stdin.isatty()
    answer = _line("> " if terminal else "", at_end="q").lower()
    if answer.isdecimal():
        return answer  # 12 is no grade 1
    return answer[:1] or "?"


def _line(prompt: str, at_end: str = "") -> str:
    if sys.stdin is None:  # closed by whoever began this
        return at_end
    try:
        return input(prompt).strip()
    except EOFError:
        return at_end


def _said(candidate: Candidate, key: str, remark: str) -> Verdict:
    if key.isdecimal():
        return Verdict(candidate.slot, Grade(int(key)), note=remark, item=candidate.item)
    mark = Mark.SKIPPED if key == "s" else Mark.UNSURE
    return Verdict(candidate.slot, None, mark, remark, candidate.item)


def _guidelines(arguments: argparse.Namespace, engine: Engine) -> None:
    if arguments.set is not None:
        engine.set_guidelines(arguments.queue, read_query(str(arguments.set), None, "give a text"))
    text = engine.open_queue(arguments.queue).guidelines
    if arguments.json:
        print_json({"queue": arguments.queue, "guidelines": text})
    else:
        print(text)


def _show_removed(arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json({"removed": arguments.queue})
    else:
        note(f"removed the queue {arguments.queue}; its judgements are kept")


def _name(arguments: argparse.Namespace, engine: Engine) -> None:
    name = engine.judge_name()
    if arguments.name is not None:
        name = engine.set_judge_name(arguments.name)
    if arguments.json:
        print_json({"judge": name})
    else:
        print(name)
