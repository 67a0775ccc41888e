"""`counterpart index`, `corpora` and `remove`."""

from __future__ import annotations

import argparse
from dataclasses import replace

from engine.commands.output import note, print_json
from engine.commands.session import finish, open_engine
from engine.engine import Engine
from engine.errors import CorpusError
from engine.types_corpora import CorpusInfo, CorpusSpec, Fetching, IndexReport


def run(arguments: argparse.Namespace) -> int:
    """Run one of the three commands."""
    if arguments.command == "index":
        return _index(arguments)
    with open_engine(arguments) as engine:
        if arguments.command == "remove":
            engine.remove_corpus(arguments.name)
            if arguments.json:
                print_json({"removed": arguments.name})
            else:
                note(f"removed {arguments.name}; its judgements are kept")
            return 0
        corpora = engine.corpora()
    if arguments.json:
        print_json({"corpora": corpora})
    else:
        for info in corpora:
            _print(info)
    return 0


def _index(arguments: argparse.Namespace) -> int:
    fetching = Fetching(clone=arguments.allow_download, refresh=arguments.refresh)
    with open_engine(arguments) as engine:
        spec = _spec(engine, arguments)
        report: IndexReport = finish(engine.index(spec, fetching))
        vectors = 0
        if not spec.lexical_only:
            note(f"{report.chunks:,} chunks searchable by BM25; adding dense vectors")
            vectors = finish(engine.embed(spec.name)).vectors
    if arguments.json:
        print_json(
            {
                "name": report.name,
                "files": report.files,
                "chunks": report.chunks,
                "files_changed": report.files_changed,
                "files_removed": report.files_removed,
                "skipped": report.skipped,
                "seconds": round(report.seconds, 3),
                "vectors": vectors,
            }
        )
        return 0
    print(
        f"{report.name}: {report.files:,} files, {report.chunks:,} chunks, {vectors:,} vectors; "
        f"{report.files_changed:,} files changed, {report.files_removed:,} removed "
        f"in {report.seconds:.1f} s"
    )
    for skipped in report.skipped[:20]:
        note(f"  left out {skipped.path}: {skipped.reason}")
    if len(report.skipped) > 20:
        note(f"  … and {len(report.skipped) - 20:,} more (--json lists all)")
    return 0


def _spec(engine: Engine, arguments: argparse.Namespace) -> CorpusSpec:
    """What the arguments ask for; without a source, of what the corpus of that name is made of."""
    place = f"@{arguments.python}" if arguments.python else ""
    named = [*arguments.sources, *(f"package:{name}{place}" for name in arguments.package)]
    if named:
        return CorpusSpec(
            name=arguments.name,
            sources=tuple(engine.parse_source(text).text for text in named),
            include=tuple(arguments.include),
            exclude=tuple(arguments.exclude),
            lexical_only=arguments.lexical_only,
            watch=not arguments.no_watch,
        )
    for info in engine.corpora():
        if info.name == arguments.name:
            return _changed(info.spec, arguments)
    raise CorpusError(f"there is no corpus named {arguments.name} yet; say what to make it from")


def _changed(spec: CorpusSpec, arguments: argparse.Namespace) -> CorpusSpec:
    """What a corpus is made of, but for what the arguments say otherwise."""
    return replace(
        spec,
        include=tuple(arguments.include) or spec.include,
        exclude=tuple(arguments.exclude) or spec.exclude,
        lexical_only=arguments.lexical_only or spec.lexical_only,
        watch=spec.watch and not arguments.no_watch,
    )


def _print(info: CorpusInfo) -> None:
    vectors = "BM25 only" if info.lexical_only else f"{info.vectors:,} vectors"
    print(f"{info.name}: {info.files:,} files, {info.chunks:,} chunks, {vectors}")
    for source in info.sources:
        print(f"  {source}")
    if info.problem:
        print(f"  problem: {info.problem}")
