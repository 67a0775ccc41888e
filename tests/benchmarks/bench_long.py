"""Ways to read what is longer than the model's limit, on sets of long texts.

    python -m tests.benchmarks.bench_long SETS/avatar-test [--model FOLDER] [--sections N]
    python -m tests.benchmarks.bench_long SETS/twins --as-it-is [--queries N]

The second takes a set as it is, in the framework-neutral view: all of its queries, then those that
have an answer, or are themselves, longer than the model's limit. The first makes, from pairs of
functions of the same problem in two languages:
- `long functions`: the queries that the model does not take whole, over all documents,
- `section → section`: several functions one after the other, like the sections of a notebook, to
  the same ones in the other language,
- `last → section`: the last function of a section, short, to the section that ends with it,
- `section → last`: the other way round,
- `middle → section` and `section → middle`: the same with its third function.
Every way uses the same encoder in the runtime of this machine; differences stand beside their
standard error over the queries.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from engine.code.neutral import neutral_view
from engine.code.understand import understand
from engine.evaluation.beir import load_beir
from engine.models.batches import batches
from engine.models.catalogue import BUNDLED_FOLDER
from engine.models.folder import MAX_TOKENS, read_bert_config, read_tokenizer
from engine.models.runtime import device_for, load_network
from tests.benchmarks.cut_sets import CutSet, cut_set

WINDOWS = 6
IN_A_SECTION = 6


class LongEncoder:
    """Vectors of the windows of texts, and of other cuts of them."""

    def __init__(self, folder: Path) -> None:
        self._bert = load_network(folder, device_for("auto"))
        config = read_bert_config(folder)
        self._tokenizers = {
            limit: read_tokenizer(folder, config, limit) for limit in (MAX_TOKENS, 512)
        }
        self._whole = read_tokenizer(folder, config, MAX_TOKENS)
        self._whole.no_truncation()
        self._known: dict[tuple[int, ...], np.ndarray] = {}

    def head(self, texts: list[str], limit: int = MAX_TOKENS) -> np.ndarray:
        return self._vectors(self._tokenizers[limit].encode_batch(texts))

    def head_and_tail(self, texts: list[str]) -> np.ndarray:
        """The first half of the limit, and the last."""
        half = (MAX_TOKENS - 2) // 2
        cut = []
        for text, encoding in zip(texts, self._whole.encode_batch(texts), strict=True):
            offsets = encoding.offsets[1:-1]
            if len(offsets) > 2 * half:
                text = text[: offsets[half - 1][1]] + "\n" + text[offsets[-half][0] :]
            cut.append(text)
        return self.head(cut)

    def windows(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Vectors of all windows, the text each belongs to, and its length in tokens."""
        every, owners = [], []
        for owner, encoding in enumerate(self._tokenizers[MAX_TOKENS].encode_batch(texts)):
            mine = [encoding, *encoding.overflowing][:WINDOWS]
            every += mine
            owners += [owner] * len(mine)
        lengths = np.array([len(encoding.ids) for encoding in every])
        return self._vectors(every), np.array(owners), lengths

    def _vectors(self, encodings: list) -> np.ndarray:
        # Many windows are read more than once: a short text is the same in all the ways.
        keys = [tuple(encoding.ids) for encoding in encodings]
        new = {
            key: encoding
            for key, encoding in zip(keys, encodings, strict=True)
            if key not in self._known
        }
        names = list(new)
        with torch.inference_mode():
            for batch in batches(self._bert.device, list(new.values())):
                vectors = self._bert.mean_pooled(batch).cpu().numpy()
                self._known.update(zip([names[row] for row in batch.rows], vectors, strict=True))
        return np.stack([self._known[key] for key in keys])


def means(windows: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Windows averaged by their length."""
    vectors, owners, lengths = windows
    sums = np.zeros((owners.max() + 1, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, vectors * lengths[:, None])
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def by_owner(scores: np.ndarray, owners: np.ndarray, combine: Callable) -> np.ndarray:
    """Columns of windows as columns of texts."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return np.asarray(combine.reduceat(scores, starts, axis=1))


def ways(encoder: LongEncoder, cut: CutSet) -> dict[str, np.ndarray]:
    """Scores (queries, documents) by the name of the way."""
    queries, documents = cut.queries, cut.documents
    q, d = encoder.head(queries), encoder.head(documents)
    qw, dw = encoder.windows(queries), encoder.windows(documents)
    q_mean, d_mean = means(qw), means(dw)
    all_pairs = qw[0] @ dw[0].T
    best_document = by_owner(all_pairs, dw[1], np.maximum)  # (query windows, documents)
    counts = np.bincount(qw[1])
    return {
        "first 256": q @ d.T,
        "first 512": encoder.head(queries, 512) @ encoder.head(documents, 512).T,
        "head and tail": encoder.head_and_tail(queries) @ encoder.head_and_tail(documents).T,
        "query mean": q_mean @ d.T,
        "mean on both (present)": q_mean @ d_mean.T,
        "document windows, max": by_owner(q @ dw[0].T, dw[1], np.maximum),
        "query mean, document max": by_owner(q_mean @ dw[0].T, dw[1], np.maximum),
        "max-sim, best pair": by_owner(best_document.T, qw[1], np.maximum).T,
        "max-sim, mean over query": by_owner(best_document.T, qw[1], np.add).T / counts[:, None],
    }


def sets(options: argparse.Namespace, encoder: LongEncoder) -> list[CutSet]:
    folder, sections = options.set, options.sections
    whole = cut_set(folder, options.queries, options.queries)
    lengths = [len(e.ids) for e in encoder._whole.encode_batch(whole.queries)]
    order = [row for row in np.argsort(lengths)[::-1] if lengths[row] > MAX_TOKENS]
    long = CutSet(
        "long functions",
        [whole.queries[row] for row in order],
        whole.documents,
        [whole.grades[row] for row in order],
    )
    # Each query with its first document; the documents of a group are one section.
    answers = [whole.documents[int(next(iter(grades)))] for grades in whole.grades]
    groups = [
        range(start, start + IN_A_SECTION)
        for start in range(0, len(answers) - IN_A_SECTION + 1, IN_A_SECTION)
    ][:sections]
    java = ["\n\n".join(whole.queries[row] for row in group) for group in groups]
    python = ["\n\n".join(answers[row] for row in group) for group in groups]
    same = [{str(number): 1} for number in range(len(groups))]
    found = [long, CutSet("section → section", java, python, same)]
    for name, place in (("last", -1), ("middle", IN_A_SECTION // 2 - 1)):
        asked = [whole.queries[group[place]] for group in groups]
        wanted = [answers[group[place]] for group in groups]
        found.append(CutSet(f"{name} → section", asked, python, same))
        found.append(CutSet(f"section → {name}", java, wanted, same))
    return found


def as_it_is(folder: Path, limit: int, encoder: LongEncoder) -> list[CutSet]:
    """The set in the views that the product reads, then its part with long texts on a side."""
    whole = load_beir(folder)
    queries = whole.queries[:limit]
    documents = [neutral_view(d.text, understand(d.text).language) for d in whole.documents]
    asked = [neutral_view(q.text, understand(q.text).language) for q in queries]
    place = {document.id: number for number, document in enumerate(whole.documents)}
    grades = [{str(place[k]): g for k, g in whole.qrels[query.id].items()} for query in queries]
    excluded = [[place[key] for key in whole.excluded.get(query.id, ())] for query in queries]
    lengths = [len(e.ids) for e in encoder._whole.encode_batch(documents)]
    rows = [
        row
        for row, encoding in enumerate(encoder._whole.encode_batch(asked))
        if max(len(encoding.ids), *(lengths[int(answer)] for answer in grades[row])) > MAX_TOKENS
    ]
    long = CutSet(
        "long on either side",
        [asked[row] for row in rows],
        documents,
        [grades[row] for row in rows],
        [excluded[row] for row in rows],
    )
    return [CutSet(folder.name, asked, documents, grades, excluded), long]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_long")
    parser.add_argument("set", type=Path)
    parser.add_argument("--model", type=Path, default=BUNDLED_FOLDER / "encoder")
    parser.add_argument("--sections", type=int, default=100)
    parser.add_argument("--queries", type=int, default=10_000, help="use so many of the set's")
    parser.add_argument("--as-it-is", action="store_true", help="make no sections")
    options = parser.parse_args()
    torch.set_num_threads(1)
    encoder = LongEncoder(options.model)
    made = sets(options, encoder) if not options.as_it_is else None
    for cut in made or as_it_is(options.set, options.queries, encoder):
        tokens = [len(e.ids) for e in encoder._whole.encode_batch(cut.documents)]
        print(
            f"\n{cut.name}: {len(cut.queries)} queries, {len(tokens)} documents of "
            f"{np.median(tokens):.0f} tokens (median)"
        )
        base: np.ndarray | None = None
        for name, scores in ways(encoder, cut).items():
            found = np.array(cut.per_query(scores))
            base = found if base is None else base
            error = (found - base).std() / np.sqrt(len(found))
            print(f"  {name:26}{found.mean():8.4f}{(found - base).mean():+9.4f} ± {error:.4f}")


if __name__ == "__main__":
    main()
