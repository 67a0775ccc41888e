"""Rankings from elsewhere as stored runs: what another system found, beside what ours finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from engine.errors import DataError
from engine.evaluation import words
from engine.evaluation.beir import BeirSet
from engine.evaluation.measuring import file_name
from engine.evaluation.metrics import trec_order
from engine.evaluation.rankers import Answer
from engine.evaluation.runs import (
    CONTENT,
    Manifest,
    Row,
    RunSet,
    RunStore,
    check_name,
    digest_of,
)
from engine.job import Job
from engine.judgements.exchange.trec import reading_run

PIPELINE = "from elsewhere"
FOLDER = "imported"
"""Where a run goes that is given no name."""

Ranking = Sequence[tuple[str, float]]


def importing(
    store: RunStore,
    data: BeirSet,
    path: Path,
    *,
    source: str,
    preset: str = "",
    save: str = "",
    threshold: int = 1,
) -> Job[str]:
    """Store a TREC run over a set as `<save>/<its tag>`; returns that name.

    Documents are ordered by score as trec_eval does, whatever the ranks say, and those that a query
    must not find are left out, as they are for our pipelines. A query of the set that the run does
    not have counts as one for which nothing was found. What it took is not known.

    Raises `DataError` for a line that is none, a document that the set has not, a run with none of
    its queries, a name that is taken; `DiskError`.
    """
    check_name(save or FOLDER)
    number_of = {document.id: number for number, document in enumerate(data.documents)}
    asked = {query.id: query.text for query in data.queries}
    rankings, tag = yield from reading_run(path, asked, number_of)
    _check(rankings, asked, number_of, path, data.name)
    manifest = Manifest(
        dataset=data.name,
        pipeline=PIPELINE,
        source=source,
        digest=digest_of(data),
        total=len(asked),
        documents=len(number_of),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        options={CONTENT: _fingerprint(rankings)},
        preset=preset,
        notes=tuple(_notes(rankings, asked)),
        threshold=threshold,
    )
    name = f"{save or FOLDER}/{file_name(tag)}"
    found = RunSet(tuple(number_of), asked, {query: dict(data.qrels[query]) for query in asked})
    with store.writing(name, manifest, found) as writer:
        for query in asked:
            if query not in writer.rows:
                hidden = data.excluded.get(query, ())
                ranking = [pair for pair in rankings.get(query, ()) if pair[0] not in hidden]
                writer.add(Row(query, _answer(ranking, number_of)))
    return name


def _answer(ranking: Ranking, number_of: Mapping[str, int]) -> Answer:
    scores = dict(ranking)
    order = trec_order(scores)
    return Answer(
        tuple(number_of[document] for document in order),
        {"final": tuple(scores[document] for document in order)},
    )


def _check(
    rankings: Mapping[str, Ranking],
    asked: Mapping[str, str],
    number_of: Mapping[str, int],
    path: Path,
    name: str,
) -> None:
    if asked.keys().isdisjoint(rankings):
        raise DataError(f"{path} has none of the queries of {name}; name the set it was made on")
    for query in asked.keys() & rankings.keys():
        for document, _ in rankings[query]:
            if document not in number_of:
                raise DataError(
                    f"{path}: {document!r}, found for {query!r}, is no document of {name}; name "
                    "the set the run was made on"
                )


def _notes(rankings: Mapping[str, Ranking], asked: Mapping[str, str]) -> list[str]:
    missing = len(asked.keys() - rankings.keys())
    others = len(rankings.keys() - asked.keys())
    verb = "is" if others == 1 else "are"
    return [
        *([f"nothing was found for {words.queries(missing)}"] if missing else []),
        *([f"of the run {words.queries(others)} {verb} not in the set"] if others else []),
    ]


def _fingerprint(rankings: Mapping[str, Ranking]) -> str:
    """Another run under a name that is taken must not be mistaken for the one that is there."""
    return blake2b(repr(sorted(rankings.items())).encode(), digest_size=12).hexdigest()
