"""The scale of an encoder, measured on the sample corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.closeness import (
    BUNDLED_FILE,
    TASKS,
    WAYS,
    bundled_scale,
    closeness_of,
    measure_bundled,
)
from engine.engine import Engine
from engine.errors import DataError
from engine.evaluation.bundled_closeness import main
from engine.job import Job, run_to_end
from engine.models import own_closeness
from engine.models.catalogue import ModelChoice, load_encoder
from engine.models.encoder import Encoder, Role
from engine.models.own_closeness import AS_IT_IS, kept_at, read_closeness
from engine.paths import Paths
from engine.types_corpora import CorpusSpec
from engine.types_models import MEASURING
from tests.models.tiny import make_encoder_folder
from tests.retrieval.conftest import CPU

FLOOR = 0.7
QUERIES = 2 * TASKS


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(Paths.default(tmp_path / "data"))
    yield engine
    engine.close()


class Remembering:
    """The bundled encoder, each text read once; with `floor`, all texts are that alike to it."""

    known: ClassVar[dict[str, NDArray[np.float32]]] = {}
    bundled: ClassVar[Encoder | None] = None

    def __init__(self, floor: float = 0.0) -> None:
        if Remembering.bundled is None:
            Remembering.bundled = load_encoder(ModelChoice("encoder"))
        self.name, self.fingerprint = "remembering", f"remembering-{floor}"
        self.dimension, self.device = self.bundled.dimension + 1, self.bundled.device
        self.closeness = None
        self._floor = floor

    def encode(
        self, texts: Sequence[str], *, role: Role, ctx: object = None
    ) -> NDArray[np.float32]:
        if new := [text for text in texts if text not in self.known]:
            self.known.update(zip(new, self.bundled.encode(new, role=role), strict=True))
        vectors = np.stack([self.known[text] for text in texts])
        same = np.full((len(vectors), 1), self._floor**0.5, dtype=np.float32)
        return np.hstack([vectors * np.float32((1.0 - self._floor) ** 0.5), same])


def test_what_is_kept_of_the_bundled_encoder_is_what_it_finds(tmp_path: Path) -> None:
    found, kept = run_to_end(measure_bundled(Remembering(), tmp_path)), bundled_scale()
    for name in WAYS:
        assert getattr(found, name) == pytest.approx(getattr(kept, name), abs=0.01)
    assert found.taken == pytest.approx(kept.taken, abs=0.01)


def test_an_encoder_to_which_all_is_alike_is_put_on_the_scale(tmp_path: Path) -> None:
    """Wherever its vectors point, and however much of that a corpus takes off the query's."""
    own, other = Remembering(), Remembering(FLOOR)
    assert run_to_end(measure_bundled(other, tmp_path)).words[0] > FLOOR
    other.closeness = run_to_end(closeness_of(other, tmp_path))
    found, kept = run_to_end(measure_bundled(other, tmp_path)), bundled_scale()
    for name in WAYS:
        assert getattr(found, name) == pytest.approx(getattr(kept, name), abs=0.01)
    assert run_to_end(closeness_of(own, tmp_path)) == AS_IT_IS  # it is on that scale already


def test_a_scale_is_measured_once(tmp_path: Path) -> None:
    first = run_to_end(closeness_of(Remembering(FLOOR), tmp_path))
    stages = []
    job = closeness_of(Remembering(FLOOR), tmp_path)
    try:
        while True:
            stages.append(next(job))
    except StopIteration as end:
        assert end.value == first
    assert stages == []
    assert read_closeness(kept_at(tmp_path, "remembering-0.7")) == first


def test_an_encoder_that_was_chosen_is_measured_before_it_searches(
    engine: Engine, project: Path, tmp_path: Path
) -> None:
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    run_to_end(engine.choose_model("encoder", str(make_encoder_folder(tmp_path / "own"))))
    assert not engine.models()[0].measured
    assert measured(engine)
    assert engine.models()[0].measured
    assert not measured(engine)  # it is known now
    again = Engine(engine.paths)
    try:
        assert not measured(again)
    finally:
        again.close()


def test_measuring_stops_for_an_encoder_that_is_no_longer_in_use(
    engine: Engine, project: Path, tmp_path: Path
) -> None:
    own = load_encoder(ModelChoice("encoder", str(make_encoder_folder(tmp_path / "own"))))
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    run_to_end(engine.choose_model("encoder", str(tmp_path / "own")))
    job = engine.embed("code")
    go_on_to_the_questions(job)
    run_to_end(engine.choose_model("encoder", "bundled"))
    info = run_to_end(job)
    assert info.vectors == info.chunks > 0
    assert not kept_at(engine.paths.cache, own.fingerprint).exists()


def test_two_corpora_wait_for_one_measuring(engine: Engine, project: Path, tmp_path: Path) -> None:
    """As the window does it, which fills in the vectors of all corpora in turn."""
    folder = make_encoder_folder(tmp_path / "own")
    alone = run_to_end(closeness_of(load_encoder(ModelChoice("encoder", str(folder))), tmp_path))
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    run_to_end(engine.prepare("sample"))
    run_to_end(engine.choose_model("encoder", str(folder)))
    first, second, third = (engine.embed(name) for name in ("code", "sample", "code"))
    go_on_to_the_questions(first)
    assert next(second).stage == next(third).stage == MEASURING
    third.close()
    first.close()  # the one that measured
    kept = kept_at(
        engine.paths.cache, load_encoder(ModelChoice("encoder", str(folder))).fingerprint
    )
    assert not kept.exists()
    fourth = engine.embed("code")
    for _ in range(40):  # in step, whichever measures
        next(second)
        next(fourth)
    run_to_end(second)
    run_to_end(fourth)
    assert read_closeness(kept) == alone


def test_what_cannot_be_kept_is_used_all_the_same(
    engine: Engine, project: Path, tmp_path: Path
) -> None:
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    (engine.paths.cache / "closeness").write_text("no folder")
    run_to_end(engine.choose_model("encoder", str(make_encoder_folder(tmp_path / "own"))))
    info = run_to_end(engine.embed("code"))
    assert info.vectors == info.chunks > 0
    assert engine.models()[0].measured
    assert not measured(engine)


def test_a_damaged_sample_takes_no_vectors_away(
    engine: Engine, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.closeness.SAMPLE", tmp_path / "gone")
    own = load_encoder(ModelChoice("encoder", str(make_encoder_folder(tmp_path / "own"))))
    with pytest.raises(DataError, match="install Counterpart again"):
        run_to_end(closeness_of(own, tmp_path))
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    run_to_end(engine.choose_model("encoder", str(tmp_path / "own")))
    info = run_to_end(engine.embed("code"))
    assert info.vectors == info.chunks > 0


def test_a_scale_holds_against_one_bundled_encoder_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = json.loads(BUNDLED_FILE.read_text())
    assert found["encoder"] == load_encoder(ModelChoice("encoder"), CPU).fingerprint
    before = kept_at(tmp_path, "own")
    (tmp_path / "other.json").write_text(json.dumps({**found, "encoder": "of a later release"}))
    monkeypatch.setattr(own_closeness, "BUNDLED_FILE", tmp_path / "other.json")
    own_closeness._bundled.cache_clear()
    try:
        assert kept_at(tmp_path, "own") != before
    finally:
        own_closeness._bundled.cache_clear()


def go_on_to_the_questions(job: Job[object]) -> None:
    """Past the models and the documents."""
    while (progress := next(job)).stage != MEASURING or progress.total != QUERIES:
        pass


def measured(engine: Engine) -> bool:
    """Whether giving a corpus its vectors had to find out how close things are."""
    job, found = engine.embed("code"), False
    for progress in job:
        found |= progress.stage == MEASURING
    return found


def test_the_command_writes_what_the_bundled_encoder_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found.json"
    arguments = ["--basedir", str(tmp_path / "base")]
    assert main([*arguments, "--out", str(out)]) == 0
    assert out.read_text() == capsys.readouterr().out
    found, kept = json.loads(out.read_text()), json.loads(BUNDLED_FILE.read_text())
    assert found["words"]["mean"] == pytest.approx(kept["words"]["mean"], abs=0.01)
    assert main([*arguments, "--out", str(tmp_path / "none" / "found.json")]) == 1
    assert "is no file in a folder that exists" in capsys.readouterr().err
