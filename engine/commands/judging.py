"""`counterpart judge` and `judgements`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish, make_ready, open_engine, read_query
from engine.facade_judging import checked_judge
from engine.job import JobContext
from engine.types import Grade, JudgementDraft, Query, StageRanks, StageScores

LOOKED_AT = 100
"""A graded chunk's ranks and scores are kept if it is among so many results."""


def run(arguments: argparse.Namespace) -> int:
    """Run one of the two commands."""
    if arguments.command == "judge" and arguments.judge_command:
        from engine.commands import judge_queue

        return judge_queue.run(arguments)
    if arguments.command == "judgements" and arguments.judgements_command:
        from engine.commands import judgement_files

        return judgement_files.run(arguments)
    if arguments.command == "judge":
        return _judge(arguments)
    with open_engine(arguments) as engine:
        judgements = engine.judgements(arguments.corpus)
    if arguments.json:
        print_json({"judgements": judgements})
        return 0
    if not judgements:
        note("nothing is judged yet; counterpart judge new makes a queue to judge")
    for judgement in judgements:
        first = next((line for line in judgement.query_text.splitlines() if line.strip()), "")
        print(
            f"{judgement.grade.value}  {judgement.corpus}  {judgement.path}:{judgement.start_line}"
            f"  {judgement.name}  ←  {first.strip()[:60]}"
        )
    return 0


def _judge(arguments: argparse.Namespace) -> int:
    wanted = {"--corpus": arguments.corpus, "--chunk": arguments.chunk, "--grade": arguments.grade}
    wanted["--query or --query-file"] = arguments.query_file or arguments.query
    if missing := [option for option, value in wanted.items() if value is None]:
        arguments.usage(f"the following arguments are required: {', '.join(missing)}")
    text = read_query(arguments.query_file, arguments.query)
    query = Query(text, arguments.corpus, k=LOOKED_AT)
    with open_engine(arguments) as engine:
        finish(engine.prepare(query.corpus))
        chunk = engine.chunk(query.corpus, arguments.chunk)
        make_ready(engine, query.corpus)
        hits = engine.search(query, JobContext()).hits
        hit = next((hit for hit in hits if chunk.id in (hit.chunk.id, *hit.identical)), None)
        draft = JudgementDraft(
            query,
            chunk,
            Grade(arguments.grade),
            note=arguments.note,
            judge=checked_judge(arguments.judge or ""),
            ranks=hit.ranks if hit else StageRanks(),
            scores=hit.scores if hit else StageScores(),
        )
        judgement = engine.judge(draft)
    if arguments.json:
        print_json(judgement)
    else:
        print(f"graded {arguments.grade}: {chunk.path}:{chunk.start_line} {chunk.name}".rstrip())
    return 0
