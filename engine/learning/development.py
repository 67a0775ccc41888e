"""Small, cheap development figures during training, over BEIR-layout folders."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from engine.code.neutral import neutral_view
from engine.code.normal import clean
from engine.errors import DataError, UserError
from engine.learning.negatives import Encode, encode_sorted
from engine.learning.text_encoder import TextEncoder

Score = Callable[[list[str], list[str]], Tensor]


@dataclass(frozen=True, slots=True)
class DevelopmentSet:
    """A cut of a retrieval set: `relevant[i]` are the indices of the documents of query i."""

    name: str
    queries: list[str]
    documents: list[str]
    relevant: list[frozenset[int]]


def read_development_set(folder: Path, queries: int = 100, documents: int = 600) -> DevelopmentSet:
    """The first `queries` of the set, their documents, and others up to `documents` in all."""
    try:
        texts = _texts(folder / "corpus.jsonl")
        asked = _texts(folder / "queries.jsonl")
        judged: dict[str, set[str]] = {}
        table = (folder / "qrels/test.tsv").read_text(encoding="utf-8")
        for line in filter(str.strip, table.split("\n")[1:]):  # an id may hold U+2028
            query, document, grade = line.split("\t")[:3]
            if float(grade) > 0 and document in texts and query in asked:
                judged.setdefault(query, set()).add(document)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"{folder} is not in BEIR layout ({why}); give a folder with corpus.jsonl, "
            "queries.jsonl and qrels/test.tsv"
        ) from error
    if not judged:
        raise DataError(f"the qrels of {folder} judge no query and document that are there")
    chosen = list(judged)[:queries]
    wanted = {document for query in chosen for document in judged[query]}
    others = [document for document in texts if document not in wanted]
    names = sorted(wanted) + others[: max(0, documents - len(wanted))]
    index = {name: number for number, name in enumerate(names)}
    return DevelopmentSet(
        set_name(folder),
        [neutral_view(asked[query]) for query in chosen],
        [neutral_view(texts[name]) for name in names],
        [frozenset(index[document] for document in judged[query]) for query in chosen],
    )


def ndcg(ranked: Sequence[int], relevant: frozenset[int], depth: int = 10) -> float:
    """nDCG with binary gains at `depth`."""
    gains = [1 / math.log2(rank + 2) for rank in range(depth)]
    found = sum(gains[rank] for rank, item in enumerate(ranked[:depth]) if item in relevant)
    return found / sum(gains[: min(depth, len(relevant))])


def dense_ndcg(data: DevelopmentSet, encode: Encode, batch: int = 64) -> float:
    """Mean nDCG@10 of ranking by the inner product of `encode`'s vectors."""
    queries, documents = (
        encode_sorted(data.queries, encode, batch),
        encode_sorted(data.documents, encode, batch),
    )
    order = (queries @ documents.T).argsort(1, descending=True)[:, :10].tolist()
    values = [ndcg(row, relevant) for row, relevant in zip(order, data.relevant, strict=True)]
    return sum(values) / max(1, len(values))


def set_name(folder: Path) -> str:
    """What the curve calls the set in a folder, also in `.`, which has no name of its own."""
    return folder.name if folder.name not in ("", "..") else folder.resolve().name


def _texts(path: Path) -> dict[str, str]:
    """The texts by their ids. Raises `DataError` naming a line without, and OSError."""
    texts = {}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            row = json.loads(line)
            if not isinstance(row, dict) or not isinstance(row.get("_id"), str | int):
                raise DataError(f"{path}, line {number}: the field _id is missing or is not text")
            if not isinstance(row.get("text"), str):
                raise DataError(f"{path}, line {number}: the field text is missing or is not text")
            texts[str(row["_id"])] = clean(row["text"])
    return texts


def reranked_ndcg(
    data: DevelopmentSet, encode: Encode, score: Score, weights: Sequence[float], depth: int = 20
) -> list[float]:
    """Mean nDCG@10 before reordering the encoder's first `depth`, and after it for each weight.

    The order is by `weight` times the cross-encoder's score plus the rest of the encoder's, both
    standardised within the list.
    """
    queries = encode_sorted(data.queries, encode)
    documents = encode_sorted(data.documents, encode)
    sums = [0.0] * (1 + len(weights))
    for query, vector, relevant in zip(data.queries, queries, data.relevant, strict=True):
        first, rows = (documents @ vector).topk(min(depth, len(documents)))
        second = score([query] * len(rows), [data.documents[row] for row in rows.tolist()])
        for place, weight in enumerate((0.0, *weights)):
            mixed = weight * _standard(second) + (1 - weight) * _standard(first)
            sums[place] += ndcg(rows[mixed.argsort(descending=True)].tolist(), relevant)
    return [total / max(1, len(data.queries)) for total in sums]


def _standard(scores: Tensor) -> Tensor:
    return (scores - scores.mean()) / scores.std(correction=0).clamp(min=1e-6)


def main(arguments: list[str] | None = None) -> int:
    """Measure one encoder folder: `python -m engine.learning.development MODEL SET…`."""
    parser = argparse.ArgumentParser(prog="python -m engine.learning.development")
    parser.add_argument("model", type=Path, help="a Hugging Face folder with mean pooling")
    parser.add_argument("sets", type=Path, nargs="+", help="folders in BEIR layout")
    parser.add_argument("--queries", type=int, default=10**9)
    parser.add_argument("--documents", type=int, default=10**9)
    parser.add_argument("--tokens", type=int, default=256)
    options = parser.parse_args(arguments)
    try:
        encoder = TextEncoder(options.model, options.tokens)
        for folder in options.sets:
            data = read_development_set(folder, options.queries, options.documents)
            figure = round(dense_ndcg(data, encoder.encode), 4)
            record = {"set": data.name, "queries": len(data.queries), "ndcg@10": figure}
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()
    except UserError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
