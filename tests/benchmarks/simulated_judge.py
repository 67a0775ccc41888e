"""What judging gains: nDCG@10 against judged queries, with a simulated judge.

    python -m tests.benchmarks.simulated_judge --set FOLDER | --twins GROUPS --longest CHARACTERS
        [--out FOLDER] [--documents N]
        [--queries 25 50 100] [--seeds 3] [--noise 0.1] [--arms verified guessed random]
        [--compare-at 100] [--stages cross-encoder both] [--steps N] [--learning-rate R]
        [--held-out 100] [--depth 10] [--plot FILE.svg] [--table FILE.md] [--report]
        [--cells FILE.jsonl]

FOLDER is a development set in BEIR layout; `--documents` keeps what is judged and as many others as
make up N, so that the vectors are soon computed anew. GROUPS is the test split of `counterpart
pairs recipe`: the set is then its twins of at most so many characters, which are read sooner. A
judge grades the pooled results of a query as its qrels do, and errs with the stated probability (a
grade one step off, or a positive not seen). Each run trains a version as `counterpart train
--from-judgements` does and measures it on queries that no run ever trains on. Arms differ in the
negatives only:

- verified: what was judged 0 or 1, filled up with mined and random ones
- guessed: mined from the ranks, filled up with random ones; of the judgements there are only the
  counterparts, so that the guess is made among all results
- random: random ones only; of the judgements, again, only the counterparts

The cross-encoder that is trained alone is the one that is trained with the encoder: it is the same
training, so a run of the first takes it from the second, if that was run before it.

Runs that are in `--out` already are not repeated, so that it can be stopped and goes on; they come
in the order of `--seeds`, then of `--queries`. `--compare-at` measures guessed and random
negatives at these counts of queries only. The table and the plot are made of whatever is there:
`--report` makes them and runs nothing. `--cells` is a file of all runs with what each gave every
held-out query: those that are in it are not repeated either, and at the end it holds all there are.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from engine.code.normal import text_key
from engine.commands.output import ProgressPrinter
from engine.engine import Engine
from engine.evaluation.beir import QRELS, BeirSet, load_beir
from engine.job import run_to_end
from engine.learning import finetune_share
from engine.learning.finetune_child import DONE
from engine.learning.finetune_evaluate import Asked, values_of
from engine.learning.finetune_share import ANY, SHARES, try_shares
from engine.models.catalogue import ModelChoice, load_cross_encoder, load_encoder
from engine.models.own_share import NAME, OwnShare, own_share, write_share
from engine.models.remembered import RememberedCrossEncoder
from engine.paths import Paths
from engine.retrieval.search import Searcher
from engine.retrieval.weights import load_weights
from engine.types import Grade, Mark, Progress, Query
from engine.types_corpora import DatasetRequest
from engine.types_judging import QuerySource, QueueSpec, Verdict
from engine.types_training import MiningOptions, Origin, TrainingSpec
from tests.benchmarks import learning_curve
from tests.benchmarks.beir_folder import write_jsonl
from tests.benchmarks.twin_sets import twin_sets

ARMS = {
    "verified": tuple(Origin),
    "guessed": (Origin.MINED, Origin.RANDOM),
    "random": (Origin.RANDOM,),
}
RANKER = "cross-encoder"
STAGES = {"both": (RANKER, "encoder"), RANKER: (RANKER,)}
CORPUS = "development"
MOST_QUERIES = 2000
Rows = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Cell:
    """One run: an arm, which stages, how many judged queries, a seed."""

    arm: str
    stages: str
    queries: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm}-{self.stages}-{self.queries}-{self.seed}"


class Bench:
    """The set as a corpus, its queries in two sides, and the runs."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self._chosen = chosen
        self._out: Path = chosen.out
        self._out.mkdir(parents=True, exist_ok=True)
        self._folder: Path = chosen.set
        if chosen.twins:
            self._folder = self._out / "twins"
            if not self._folder.exists():
                found = twin_sets(chosen.twins, MOST_QUERIES, chosen.longest)["twins"]
                found.write(self._folder)
        if chosen.documents:
            self._folder = cut(self._folder, chosen.documents, self._out / "set")
        self._set: BeirSet = load_beir(self._folder)
        queries = list(self._set.queries)
        random.Random(1).shuffle(queries)
        self._held_out = queries[: chosen.held_out]
        seen = {key for query in self._held_out for key in self._set.qrels[query.id]}
        # What answers a held-out query is not shown as the answer to another.
        self._judged = [
            query
            for query in queries[chosen.held_out :]
            if seen.isdisjoint(self._set.qrels[query.id])
        ]
        self._printer = ProgressPrinter()
        self._asked_before: RememberedCrossEncoder | None = None  # each run mines with it
        self._trained: RememberedCrossEncoder | None = None

    def run(self) -> None:
        """Do the runs that are missing."""
        self._prepare()
        for cell in self._cells():
            place = self._out / f"{cell.name}.json"
            if not place.exists():
                found = self._values(cell)
                place.write_text(json.dumps({**vars(cell), **found}) + "\n", "utf-8")
                tried = [
                    round(mean(column), 4) for column in zip(*found["under_shares"], strict=True)
                ]
                words = f"{mean(found['values']):.4f}, {found['shares']}, of {SHARES}: {tried}"
                sys.stderr.write(f"{cell.name}: {words}\n")

    def _cells(self) -> Iterator[Cell]:
        chosen = self._chosen
        yield Cell("none", "none", 0, 0)
        for seed in chosen.seeds:
            for count in filter(None, chosen.queries):
                for arm in chosen.arms:
                    if arm == "verified" or count in (chosen.compare_at or chosen.queries):
                        for stages in chosen.stages:
                            yield Cell(arm, stages, count, seed)

    def _prepare(self) -> None:
        """Import the set once; each run works on a copy of nothing but its judgements."""
        engine = Engine(Paths(self._out / "home"))
        if CORPUS not in [info.name for info in engine.corpora()]:
            request = DatasetRequest(str(self._folder), CORPUS)
            run_to_end(engine.import_dataset(request), self._printer)
        run_to_end(engine.load_models(), self._printer)
        run_to_end(engine.embed(CORPUS), self._printer)
        engine.close()

    def _values(self, cell: Cell) -> dict[str, Any]:
        engine = Engine(Paths(self._out / "home"))
        try:
            run_to_end(engine.load_models(), self._printer)
            ranker = engine._models.cross_encoder
            assert ranker is not None
            self._asked_before = self._asked_before or RememberedCrossEncoder(ranker)
            engine._models.cross_encoder = self._asked_before
            folders: dict[str, str] = {}
            shares = None
            fitting: list[dict[str, Any]] = []
            if cell.queries:
                self._forget(engine, cell)  # what a run left that was killed
                self._judge(engine, cell)
                if cell.stages == RANKER and (kept := self._kept(cell)).exists():
                    place = engine._work / cell.name / RANKER
                    shutil.copytree(kept, place / "run" / "model", dirs_exist_ok=True)
                    (place / DONE).write_text("{}", "utf-8")
                job = engine.train_from_judgements(self._spec(cell))
                with recorded(fitting):
                    version = run_to_end(job, self._printer)
                folders, shares = dict(version.folders), version.settings["shares"]
                if cell.stages == "both":
                    own = shutil.ignore_patterns(NAME)  # fitted beside its encoder
                    shutil.copytree(
                        folders[RANKER], self._kept(cell), ignore=own, dirs_exist_ok=True
                    )
            found = self._measure(engine, folders, shares or {})
            return {"shares": shares, "fitting": fitting, **found}
        finally:
            if cell.queries:
                self._forget(engine, cell)
            engine.close()

    def _kept(self, cell: Cell) -> Path:
        """Where the cross-encoder of a run stays for the run of the cross-encoder alone."""
        steps = self._chosen.steps
        return self._out / "trained" / f"{cell.arm}-{cell.queries}-{cell.seed}-{steps}"

    def _spec(self, cell: Cell) -> TrainingSpec:
        mining = MiningOptions(
            corpus=CORPUS, seed=cell.seed, num_negatives=8, origins=ARMS[cell.arm]
        )
        return TrainingSpec(
            name=cell.name,
            stages=STAGES[cell.stages],
            corpus=CORPUS,
            held_out=0.1,  # what counts is measured on the queries of the bench
            steps=self._chosen.steps,
            learning_rate=self._chosen.learning_rate,
            seed=cell.seed,
            mining=mining,
            sample=False,
        )

    def _judge(self, engine: Engine, cell: Cell) -> None:
        """Pool and grade the first queries of a shuffle of this seed, erring now and then.

        All arms of a seed see the same queries and the same errors, and more queries include the
        fewer.
        """
        texts = {query.text: query.id for query in self._judged}
        asked = sorted(texts)
        random.Random(cell.seed).shuffle(asked)
        asked = asked[: cell.queries]
        spec = QueueSpec(
            cell.name,
            CORPUS,
            QuerySource(texts=tuple(asked)),
            depth=self._chosen.depth,
            runs=("bm25", "dense"),
            repeats=0.0,
        )
        run_to_end(engine.make_queue(spec), self._printer)
        view = engine.open_queue(cell.name, "simulated")
        while view.upcoming:
            candidate = view.upcoming[0]
            document, query = candidate.chunk.path, texts[candidate.query.text]
            rng = random.Random(f"{cell.seed}:{query}:{document}")
            right = top(self._set.qrels[query].get(document, 0))
            grade = noisy(right, self._chosen.noise, rng)
            if document in self._set.excluded.get(query, ()):  # a copy of the query: no result
                view = engine.answer(Verdict(candidate.slot, None, Mark.UNSURE))
            elif cell.arm == "verified" or grade >= Grade.STRONG:
                view = engine.answer(Verdict(candidate.slot, grade))
            else:  # no judgement at all: the guess is made among all results
                view = engine.answer(Verdict(candidate.slot, None, Mark.UNSURE))

    def _forget(self, engine: Engine, cell: Cell) -> None:
        """Take the judgements and the version away: the next run starts from nothing."""
        names = [info.name for info in engine.queues()]
        if cell.name in names:
            engine.remove_queue(cell.name)
        db = engine._store.database
        with db.conn:
            of_judge = "(SELECT id FROM judgements WHERE judge = 'simulated')"
            db.execute(f"DELETE FROM changes WHERE judgement IN {of_judge}")
            db.execute("DELETE FROM judgements WHERE judge = 'simulated'")
        if cell.name in [version.name for version in engine.versions()]:
            engine.remove_version(cell.name)

    def _measure(
        self, engine: Engine, folders: dict[str, str], shares: Mapping[str, float]
    ) -> dict[str, Any]:
        """nDCG@10 of each held-out query, and what it is under each share there could be."""
        encoder, ranker = engine._models.encoder, engine._models.cross_encoder
        if RANKER in folders:
            found = load_cross_encoder(ModelChoice(RANKER, folders[RANKER]))
            before = self._trained
            known = before is not None and before.fingerprint == found.fingerprint
            self._trained = before.elsewhere(found) if known else RememberedCrossEncoder(found)
            ranker = self._trained
            own = own_share(ranker.name, ranker.fingerprint)
            write_share(Path(ranker.name), OwnShare(own.start))  # as before
        if "encoder" in folders:
            encoder = load_encoder(ModelChoice("encoder", folders["encoder"]))
            run_to_end(engine._library.embed_with(CORPUS, encoder), self._printer)
        run_to_end(engine.prepare(CORPUS))
        collection = engine._library.collection(CORPUS)
        searcher = Searcher(collection, encoder, ranker)
        always = Searcher(collection, encoder, ranker, load_weights().changed(rerank=ANY))
        keys: dict[str, list[int]] = {}
        for chunk in collection.chunks(range(len(collection.table.ids))):
            keys.setdefault(chunk.path, []).append(text_key(chunk.text))
        asked = [
            Asked(
                Query(query.text, CORPUS),
                {k: top(g) for d, g in self._set.qrels[query.id].items() for k in keys.get(d, ())},
                frozenset(k for d in self._set.excluded.get(query.id, ()) for k in keys.get(d, ())),
            )
            for query in self._held_out
        ]
        values, under_shares, as_before = [], [], []
        for done, one in enumerate(asked):
            self._printer(Progress("measuring", done, len(asked)))
            kind, tried = try_shares(one, always)
            under_shares.append(tried)
            as_before.append(values_of(one, searcher)[0])
            if kind in shares:
                values.append(tried[SHARES.index(shares[kind])])
            else:
                values.append(as_before[-1])
        return {"values": values, "under_shares": under_shares, "as_before": as_before}


@contextmanager
def recorded(into: list[dict[str, Any]]) -> Iterator[None]:
    """Keep what the share is fitted on, and what it becomes."""
    fit = finetune_share.best_share

    def told(values: Rows, known: Rows = ()) -> float | None:
        found = fit(values, known)
        into.append({"tuning": list(values), "known": list(known), "share": found})
        return found

    finetune_share.best_share = told
    try:
        yield
    finally:
        finetune_share.best_share = fit


def cut(whole: Path, count: int, folder: Path) -> Path:
    """A set with all that is judged, and others up to so many documents."""
    found = load_beir(whole)
    judged = {key for grades in found.qrels.values() for key in grades}
    judged |= {key for keys in found.excluded.values() for key in keys}
    others = [document.id for document in found.documents if document.id not in judged]
    random.Random(1).shuffle(others)
    kept = judged.union(others[: max(0, count - len(judged))])
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    rows = (
        {"_id": document.id, "title": document.title, "text": document.text}
        for document in found.documents
        if document.id in kept
    )
    write_jsonl(folder / "corpus.jsonl", rows)
    for name in ("queries.jsonl", QRELS, "exclude.tsv"):
        if (whole / name).exists():
            shutil.copyfile(whole / name, folder / name)
    return folder


def top(grade: int) -> Grade:
    """A grade of the set as one of ours: binary qrels mean exact."""
    return Grade(0 if grade <= 0 else 3 if grade == 1 else min(grade, 3))


def noisy(grade: Grade, noise: float, rng: random.Random) -> Grade:
    """What a judge says who errs: a step off, and for a counterpart now and then a plain no."""
    if rng.random() >= noise:
        return grade
    if grade >= Grade.STRONG:
        return rng.choice([Grade.IRRELEVANT, Grade(grade - 1)])
    return Grade(min(grade + 1, 3)) if grade == 0 else rng.choice([Grade.IRRELEVANT, Grade.STRONG])


def main() -> None:
    """Run what is missing; print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--set", type=Path, help="a development set in BEIR layout")
    source.add_argument("--twins", type=Path, help="groups: the set is of their twins")
    parser.add_argument("--longest", type=int, default=0, help="characters of a twin; 0: all")
    parser.add_argument("--documents", type=int, default=0, help="0: all")
    parser.add_argument("--out", type=Path, default=Path("simulated-judge"))
    parser.add_argument("--queries", type=int, nargs="*", default=[25, 50, 100, 200])
    parser.add_argument("--compare-at", type=int, nargs="*", help="counts of the other two arms")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--noise", type=float, default=0.1)
    parser.add_argument("--arms", nargs="*", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--stages", nargs="*", choices=list(STAGES), default=list(STAGES))
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--learning-rate", type=float, default=0.0, help="0: of each stage")
    parser.add_argument("--held-out", type=int, default=100)
    parser.add_argument("--depth", type=int, default=10)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--report", action="store_true", help="of what is there; run nothing")
    parser.add_argument("--cells", type=Path, help="all runs in one file, read and written")
    chosen = parser.parse_args()
    if chosen.cells and chosen.cells.exists():
        learning_curve.spread(chosen.cells, chosen.out)
    if not chosen.report:
        if not (chosen.set or chosen.twins):
            parser.error("one of --set and --twins is needed")
        Bench(chosen).run()
    if chosen.cells:
        learning_curve.gather(chosen.out, chosen.cells)
    lines = learning_curve.table(chosen.out)
    print("\n".join(lines))
    if chosen.table:
        chosen.table.write_text("\n".join(lines) + "\n", "utf-8")
    if chosen.plot:
        learning_curve.plot(chosen.out, chosen.plot)


if __name__ == "__main__":
    main()
