"""From judgements to a new version of the models, measured against the old ones.

Mine negatives → train in another process → measure before and after on held-out queries and on the
sample corpus → keep as a version. Each part leaves its result in a folder, so that a training that
was stopped or killed goes on from there when it is begun again under its name.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import DataError, DiskError
from engine.job import Job
from engine.judgements.records import content_key
from engine.judgements.store import JudgementStore
from engine.learning import finetune_data, finetune_evaluate, mine
from engine.learning.finetune_child import Stage, train_apart, write_stage
from engine.learning.finetune_closeness import fit_closeness
from engine.learning.finetune_evaluate import HELD_OUT, SAMPLE, Asked, Sides, of_judgements
from engine.learning.finetune_folder import held, name_of_now
from engine.learning.finetune_plan import (
    PLAN,
    check_in_use,
    read_plan,
    record_of,
    spec_of,
    write_plan,
)
from engine.learning.finetune_sample import sample_queries
from engine.learning.finetune_share import ANY, MOST_KNOWN, Ranking, fit_shares
from engine.learning.finetune_split import split, trainable
from engine.learning.mine_judged import JudgedQuery, judged_queries
from engine.learning.negatives import write_examples
from engine.learning.versions import STAGES, Versions
from engine.library import Library
from engine.models.catalogue import BUNDLED, ModelChoice, load_cross_encoder, load_encoder
from engine.models.cross_encoder import CrossEncoder
from engine.models.encoder import Encoder
from engine.models.own_share import OwnShare, own_share, write_share
from engine.models.remembered import RememberedCrossEncoder
from engine.retrieval.search import Searcher
from engine.retrieval.weights import Weights, load_weights
from engine.types import Chunk, Progress
from engine.types_training import Comparison, MiningOptions, TrainingSpec, Version

LEAST_STEPS, MOST_STEPS = 20, 600
EPOCHS = {"cross-encoder": 4, "encoder": 8}
RATES = {"cross-encoder": 2e-5, "encoder": 5e-5}
"""Learning rates: at 1e-4 both forgot more of what they knew than a hundred queries teach."""
KEPT = 0.6
"""The share of an encoder's trained weights in the mean with those before the training: near as
good on the queries that it was trained for, if not better, and it forgets half as much."""

MOST = 2**31
"""Of whole numbers: what torch is seeded with is a million times as much, and has 64 bits."""

TUNING = 0.2
"""The share of the train queries that are kept to fit the cross-encoder's share on."""

_NEGATIVES = 5


@dataclass(frozen=True)
class Workshop:
    """What a training needs of the engine. `start` has the folder each stage starts from."""

    store: JudgementStore
    library: Library
    versions: Versions
    work: Path  # the folder of unfinished trainings
    start: Callable[[str], Path]
    in_use: Callable[[], Mapping[str, str]]
    encoder: Callable[[], Encoder | None]
    cross_encoder: Callable[[], CrossEncoder | None]


@dataclass(frozen=True)
class Pair:
    """The two models of a search; what was not trained is as it was before."""

    encoder: Encoder | None
    cross_encoder: CrossEncoder | None


def finetune(shop: Workshop, spec: TrainingSpec) -> Job[Version]:
    """Train and measure; a training of that name that was stopped goes on.

    Closing the job keeps what is done. Raises `DataError` if there is too little to train on,
    `BusyError` if another process trains under that name.
    """
    check(spec)
    name = spec.name or name_of_now()
    shop.versions.folder(name)  # raises for an unfit name, before a lock gets it
    with held(shop.work, name) as folder:
        return (yield from _finetune(shop, replace(spec, name=name), folder))


def _finetune(shop: Workshop, spec: TrainingSpec, folder: Path) -> Job[Version]:
    name = spec.name
    if shop.versions.folder(name).exists():
        raise DataError(f"there is a version {name} already; choose another name")
    if (folder / PLAN).exists():  # what it was begun with holds
        plan = read_plan(folder)
        check_in_use(plan, shop.in_use())
        spec = spec_of(plan, name)
    useful = [query for query in judged(shop, spec) if trainable(query)]
    if not (folder / PLAN).exists():
        yield from _prepare(shop, spec, folder, useful)
    plan = read_plan(folder)
    models: dict[str, Path] = {}
    for stage in plan["stages"]:
        models[stage] = yield from train_apart(folder / stage)
    check_in_use(plan, shop.in_use())
    trained = yield from _trained(shop, models, {query.query.corpus for query in useful})
    held_out = _named(useful, plan["held_out"])
    if "encoder" in models and trained.encoder:  # before the share, which depends on it
        asked = [query.query for query in useful if query not in held_out]
        before, after = (Pair(one, None) for one in (shop.encoder(), trained.encoder))
        searchers = (_searchers(shop, before), _searchers(shop, after))
        yield from shop.library.measure_closeness()  # of the one before, if it is from elsewhere
        encoders = (shop.encoder(), trained.encoder)
        yield from fit_closeness(models["encoder"], encoders, asked, *searchers)
    if "cross-encoder" in models:
        plan["shares"] = yield from _fit_shares(shop, trained, models, useful, plan)
    compared, changed = yield from _measure(shop, spec, trained, held_out)
    version = Version(
        name=name,
        created=datetime.now(UTC),
        stages=tuple(models),
        folders={},
        parents=plan["parents"],
        judgements=plan["judgements"],
        queries=plan["train"],
        comparisons=tuple(compared),
        changes=tuple(changed),
        warning=finetune_evaluate.warning(compared),
        settings=_settings(spec, plan),
    )
    kept = shop.versions.add(version, models)
    shutil.rmtree(folder, ignore_errors=True)
    return kept


def check(spec: TrainingSpec) -> None:
    """Raise `DataError` for settings that make no sense."""
    if not spec.stages or set(spec.stages) - set(STAGES):
        raise DataError(f"what can be trained is {' and '.join(STAGES)}")
    if not 0.1 <= spec.held_out <= 0.9:
        raise DataError(f"between 0.1 and 0.9 of the queries are held out, not {spec.held_out:g}")
    if not (spec.steps >= 0 and 0 <= spec.minutes < math.inf and 0 <= spec.learning_rate <= 0.1):
        raise DataError("steps, minutes and learning rate are 0 or more; a rate is at most 0.1")
    if spec.batch < 1 or spec.max_tokens < 8:
        raise DataError("a batch has 1 query or more, and a pair 8 tokens or more")
    if max(spec.steps, spec.batch, spec.max_tokens, abs(spec.seed)) > MOST:
        raise DataError(f"seed, steps, batch and tokens are at most {MOST:,}")
    mine.check(spec.mining)


def _prepare(
    shop: Workshop, spec: TrainingSpec, folder: Path, useful: Sequence[JudgedQuery]
) -> Job[None]:
    """Mine, and write down all that the training depends on. The plan comes last."""
    train, tuning, held_out = sides(useful, spec)
    for corpus in sorted({query.query.corpus for query in useful}):
        yield from shop.library.prepare(corpus)
    # The others have no place in the examples: they would only take up the quota.
    usable = tuple(one for one in spec.mining.origins if one in finetune_data.AGAINST)
    mining = replace(spec.mining, origins=usable or spec.mining.origins)
    mined = yield from mine.mine(
        train, lambda corpus: source_of(shop.library, corpus, shop.cross_encoder()), mining
    )
    found = finetune_data.examples(mined.queries)
    if len({example.positive.content for example in found}) < 2:
        raise DataError("all judged queries have the same counterpart; judge others as well")
    graded = finetune_data.graded_pairs(train, spec.mining.origins)
    parents = dict(shop.in_use())
    try:
        for stage in spec.stages:
            place = folder / stage
            place.mkdir(parents=True, exist_ok=True)
            write_examples(place / "examples.jsonl", found)
            finetune_data.write_pairs(place / "pairs.jsonl", graded)
            write_stage(place, stage_of(spec, stage, shop.start(stage), len(found)))
        plan = {
            "spec": record_of(spec),
            "stages": list(spec.stages),
            "rates": {stage: spec.learning_rate or RATES[stage] for stage in spec.stages},
            "in_use": parents,
            "parents": {stage: parents[stage] for stage in spec.stages},
            "judgements": sum(len(query.graded) for query in train),
            "train": len(train),
            "held_out": [[query.query.corpus, query.query.text] for query in held_out],
            "tuning": [[query.query.corpus, query.query.text] for query in tuning],
            "negatives": {
                origin.value: count
                for origin, count in mine.report(mined, spec.mining).counts.items()
            },
        }
        write_plan(folder, plan)
    except OSError as error:
        raise DiskError(f"cannot write {folder}: {error.strerror or error}") from error


def judged(shop: Workshop, spec: TrainingSpec | MiningOptions) -> list[JudgedQuery]:
    """What was judged in corpora that are still there.

    Raises `DataError` for a corpus or a judge that is not there.
    """
    there = {info.name: None for info in shop.library.infos()}
    if spec.corpus and spec.corpus not in there:
        raise DataError(f"there is no corpus named {spec.corpus}; known are: {', '.join(there)}")
    found = judged_queries(shop.store.database, spec.corpus, spec.judges)
    return [query for query in found if query.query.corpus in there]


def sides(
    useful: Sequence[JudgedQuery], spec: TrainingSpec
) -> tuple[list[JudgedQuery], list[JudgedQuery], list[JudgedQuery]]:
    """Queries to train on, to fit the share on, and held out. Raises `DataError` for too few."""
    train, held_out = split(useful, spec.held_out, spec.seed)
    train, tuning = split(train, TUNING, spec.seed + 1)
    if len(train) < 2 or not held_out:
        raise DataError(
            f"{len(useful)} queries have a counterpart (grade 2 or 3): too few to train on some "
            "and measure on others; judge more"
        )
    return train, tuning, held_out


def stage_of(spec: TrainingSpec, role: str, start: Path, examples: int) -> Stage:
    """What is to be done for one stage, with so many examples."""
    batch = _batch(spec, role, examples)
    options: dict[str, Any] = {
        "seed": spec.seed,
        "batch": batch,
        "learning_rate": spec.learning_rate or RATES[role],
        "max_tokens": spec.max_tokens,
    }
    if role == "cross-encoder":
        options |= {"negatives": _NEGATIVES, "random": 0, "loss": "both"}
    else:
        options |= {"hard": 1, "hard_share": 0.7, "temperature": 0.05, "most_rows": 16}
        options |= {"share": KEPT}
    return Stage(role, str(start), steps_of(spec, role, examples), options, spec.minutes)


def _batch(spec: TrainingSpec, role: str, examples: int) -> int:
    return min(spec.batch if role == "cross-encoder" else 4 * spec.batch, examples)


def steps_of(spec: TrainingSpec, role: str, examples: int) -> int:
    """The steps of a stage: what was asked for, or as many as so many examples are worth."""
    batch = _batch(spec, role, examples)
    return spec.steps or min(MOST_STEPS, max(LEAST_STEPS, EPOCHS[role] * examples // batch))


def source_of(library: Library, corpus: str, cross_encoder: CrossEncoder | None) -> mine.Source:
    """Where mining takes unjudged candidates from."""
    collection = library.collection(corpus)
    count = len(collection.table.ids)

    def draw(rng: random.Random) -> Iterator[Chunk]:
        return (collection.chunks([number])[0] for number in _shuffled(count, rng))

    return mine.Source(library.searcher(corpus), cross_encoder, draw)


def _shuffled(count: int, rng: random.Random) -> Iterator[int]:
    """The numbers below `count` in random order, each once; only those that are taken cost."""
    moved: dict[int, int] = {}  # what lies elsewhere than in its own place (Fisher and Yates)
    for last in range(count - 1, -1, -1):
        place = rng.randrange(last + 1)
        yield moved.get(place, place)
        moved[place] = moved.pop(last, last)


def _named(queries: Sequence[JudgedQuery], names: Sequence[Sequence[str]]) -> list[JudgedQuery]:
    """The queries of these corpora and texts, however those are laid out by now."""
    wanted = {(corpus, content_key(text)) for corpus, text in names}
    keys = ((query.query.corpus, content_key(query.query.text)) for query in queries)
    return [query for query, key in zip(queries, keys, strict=True) if key in wanted]


def _trained(shop: Workshop, models: Mapping[str, Path], corpora: Set[str]) -> Job[Pair]:
    """The models of afterwards; the corpora have the vectors of the encoder."""
    yield Progress("measuring", 0, None, "reading the trained models")
    encoder, cross_encoder = shop.encoder(), shop.cross_encoder()
    if "cross-encoder" in models:
        choice = ModelChoice("cross-encoder", str(models["cross-encoder"]))
        cross_encoder = load_cross_encoder(choice)
    if "encoder" in models:
        encoder = load_encoder(ModelChoice("encoder", str(models["encoder"])))
    trained = Pair(encoder, cross_encoder)
    yield from _make_ready(shop, trained, corpora)
    return trained


def _make_ready(shop: Workshop, trained: Pair, corpora: Iterable[str]) -> Job[None]:
    """Of two encoders both have all their vectors, or what differs would be how many there are."""
    for corpus in sorted(corpora):
        yield from shop.library.prepare(corpus)
        if trained.encoder is not shop.encoder():
            for encoder in (shop.encoder(), trained.encoder):
                if encoder is not None:
                    yield from shop.library.embed_with(corpus, encoder)


def _fit_shares(
    shop: Workshop,
    trained: Pair,
    models: Mapping[str, Path],
    useful: Sequence[JudgedQuery],
    plan: Mapping[str, Any],
) -> Job[dict[str, float]]:
    """Fit the trained cross-encoder's shares and keep them in its folder."""
    model, new, start = models["cross-encoder"], trained.cross_encoder, shop.cross_encoder()
    assert new is not None
    tuning = _named(useful, plan["tuning"])
    held_out = _named(useful, plan["held_out"])
    known = [query for query in useful if query not in held_out]
    if plan["parents"].get("cross-encoder") != BUNDLED:
        known = []  # an earlier version may have been trained on them
    known = random.Random(len(known)).sample(known, min(MOST_KNOWN, len(known)))
    yield Progress("fitting the cross-encoder's share", 0, len(tuning))
    former = own_share(start.name, start.fingerprint) if start is not None else OwnShare()
    if start is not None and not former.start:
        former = OwnShare(start.fingerprint)
    write_share(model, former)
    shares = yield from fit_shares(
        of_judgements(tuning),
        _ranking(shop, trained.encoder, new),
        of_judgements(known) if start is not None else [],
        _ranking(shop, shop.encoder(), start or new),
    )
    write_share(model, OwnShare(former.start, {**former.shares, **shares}))
    return {kind.value: share for kind, share in shares.items()}


def _ranking(shop: Workshop, encoder: Encoder | None, ranker: CrossEncoder) -> Ranking:
    """A cross-encoder under the shares that it brings along, and under any."""
    weights = load_weights()
    pair = Pair(encoder, RememberedCrossEncoder(ranker))  # both read the same texts
    return Ranking(
        _searchers(shop, pair, weights), _searchers(shop, pair, weights.changed(rerank=ANY))
    )


def _searchers(
    shop: Workshop, pair: Pair, weights: Weights | None = None
) -> Callable[[str], Searcher]:
    made: dict[str, Searcher] = {}

    def searcher(corpus: str) -> Searcher:
        if corpus not in made:
            collection = shop.library.collection(corpus)
            made[corpus] = Searcher(collection, pair.encoder, pair.cross_encoder, weights)
        return made[corpus]

    return searcher


def _measure(
    shop: Workshop, spec: TrainingSpec, trained: Pair, held_out: Sequence[JudgedQuery]
) -> Job[tuple[list[Comparison], list[Any]]]:
    """Before and after, on the held-out queries and, if asked for, on the sample corpus."""
    asked: dict[str, list[Asked]] = {HELD_OUT: of_judgements(held_out)}
    if spec.sample:
        yield from _make_ready(shop, trained, [SAMPLE])
        asked[SAMPLE] = sample_queries(shop.library.collection(SAMPLE))
    after = _searchers(shop, trained)
    compared: list[Comparison] = []
    changed: list[Any] = []
    for name, found in asked.items():
        sides = Sides(shop.library.searcher, after)
        first, second = yield from finetune_evaluate.measure(name, found, sides)
        compared += finetune_evaluate.comparisons(name, first, second)
        if name == HELD_OUT:
            changed = finetune_evaluate.changes(found, first, second)
    return compared, changed


def _settings(spec: TrainingSpec, plan: Mapping[str, Any]) -> dict[str, object]:
    settings = record_of(spec)
    counts = {"held_out_queries": len(plan["held_out"]), "tuning_queries": len(plan["tuning"])}
    now = {stage: spec.learning_rate or RATES[stage] for stage in plan["stages"]}
    rates = plan.get("rates", now)
    return {
        **settings,
        **counts,
        "learning_rate": rates,
        "negatives": plan["negatives"],
        "shares": plan.get("shares"),
    }
