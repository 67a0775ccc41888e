"""`counterpart judge` and `judgements`."""

from __future__ import annotations

import argparse

from engine.commands.output import print_json
from engine.commands.session import finish, open_engine, read_query
from engine.types import Grade, JudgementDraft, Query


def run(arguments: argparse.Namespace) -> int:
    """Run one of the two commands."""
    if arguments.command == "judge":
        return _judge(arguments)
    with open_engine(arguments) as engine:
        judgements = engine.judgements(arguments.corpus)
    if arguments.json:
        print_json({"judgements": judgements})
        return 0
    for judgement in judgements:
        first = next((line for line in judgement.query_text.splitlines() if line.strip()), "")
        print(
            f"{judgement.grade.value}  {judgement.corpus}  {judgement.path}:{judgement.start_line}"
            f"  {judgement.name}  ←  {first.strip()[:60]}"
        )
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    query = Query(read_query(arguments.query_file, arguments.query), arguments.corpus)
    with open_engine(arguments) as engine:
        finish(engine.prepare(query.corpus))
        chunk = engine.chunk(query.corpus, arguments.chunk)
        draft = JudgementDraft(query, chunk, Grade(arguments.grade), note=arguments.note)
        judgement = engine.judge(draft)
    if arguments.json:
        print_json(judgement)
    else:
        print(f"graded {arguments.grade}: {chunk.path}:{chunk.start_line} {chunk.name}".rstrip())
    return 0
