"""`counterpart datasets import`, `preview`, `list` and `remove`."""

from __future__ import annotations

import argparse

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.types_corpora import DatasetInfo, DatasetPreview, DatasetRequest


def run(arguments: argparse.Namespace) -> int:
    """Run one of the commands."""
    return {"import": _import, "preview": _preview, "list": _list, "remove": _remove}[
        arguments.datasets_command
    ](arguments)


def _import(arguments: argparse.Namespace) -> int:
    request = _request(arguments)
    with open_engine(arguments) as engine:
        info = finish(engine.import_dataset(request))
        if not request.lexical_only:
            note(f"{info.documents:,} documents searchable by BM25; adding dense vectors")
            finish(engine.embed(info.name))
    if arguments.json:
        print_json(info)
    else:
        _print(info)
    return 0


def _preview(arguments: argparse.Namespace) -> int:
    request = _request(arguments)
    with open_engine(arguments) as engine:
        found = finish(engine.preview_dataset(request))
    problem = found.problem
    if found.download:
        problem = f"{found.download} is not here; to look into it, say --allow-download"
    if arguments.json:
        print_json(found)
    elif found.format:
        _print_preview(found)
    if problem:
        note(f"counterpart: {problem}")
    return 1 if problem else 0


def _list(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        found = engine.datasets()
    if arguments.json:
        print_json({"datasets": found})
    else:
        for info in found:
            _print(info)
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    with open_engine(arguments) as engine:
        engine.remove_dataset(arguments.name)
    if arguments.json:
        print_json({"removed": arguments.name})
    else:
        note(f"removed {arguments.name}; judgements of your own are kept")
    return 0


def _request(arguments: argparse.Namespace) -> DatasetRequest:
    return DatasetRequest(
        source=arguments.source,
        name=getattr(arguments, "name", ""),
        format="" if arguments.format == "auto" else arguments.format,
        columns=arguments.columns,
        split=arguments.split,
        revision=arguments.revision,
        limit=arguments.limit,
        allow_download=arguments.allow_download,
        normalise_names=arguments.normalise_names,
        drop_missing=arguments.drop_missing,
        unescape=arguments.unescape,
        lexical_only=getattr(arguments, "lexical_only", False),
    )


def _print(info: DatasetInfo) -> None:
    print(f"{info.name}: {_counts(info)} ({_kind(info)})")
    print(f"  {info.source}")
    if info.revision:
        print(f"  revision {info.revision}")
    for line in info.notes:
        print(f"  {line}")
    if info.problem:
        print(f"  problem: {info.problem}")


def _print_preview(found: DatasetPreview) -> None:
    print(f"{_kind(found)}: {_counts(found)}")
    if len(found.splits) > 1:
        print(f"  splits: {', '.join(found.splits)}")
    if found.mapping:
        print(f"  columns: {', '.join(f'{role}={name}' for role, name in found.mapping.items())}")
    grades = ", ".join(f"{count:,} of grade {grade}" for grade, count in found.grades.items())
    if grades:
        print(f"  judgements: {grades}")
    for what, rows in (("document", found.first_documents), ("query", found.first_queries)):
        for key, text in rows[:3]:
            print(f"  {what} {key}: {' '.join(text.split())[:80]}")
    for line in found.notes:
        print(f"  {line}")


def _kind(found: DatasetInfo | DatasetPreview) -> str:
    return f"{found.format}, {found.split}" if found.split else found.format


def _counts(found: DatasetInfo | DatasetPreview) -> str:
    counts = (
        f"{found.documents:,} documents, {found.queries:,} queries, {found.judgements:,} judgements"
    )
    candidates = ", ".join(f"{name} for {count:,}" for name, count in found.candidates.items())
    return f"{counts}, candidates by {candidates}" if candidates else counts
