"""Vectors follow what is saved: only new texts are embedded, also while embedding goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.job import run_to_end
from engine.models.catalogue import ModelChoice, load_encoder
from engine.paths import Paths
from engine.types import Progress
from engine.types_corpora import CorpusInfo, CorpusSpec
from tests.corpus.support import module, write
from tests.corpus.test_following import take_in
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder

FILES = 30


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "encoder": str(make_encoder_folder(folder / "encoder")),
        "cross-encoder": str(make_cross_encoder_folder(folder / "cross-encoder")),
    }


@pytest.fixture
def engine(tmp_path: Path, models: dict[str, str]) -> Iterator[Engine]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.json").write_text(json.dumps(models), encoding="utf-8")
    made = Engine(Paths(home))
    yield made
    made.close()


@pytest.fixture
def code(tmp_path: Path, engine: Engine) -> Path:
    """A corpus `mine` that is followed, without vectors yet."""
    folder = tmp_path / "code"
    for number in range(FILES):
        write(folder / f"m{number}.py", module(f"f{number}"))
    run_to_end(engine.index(CorpusSpec("mine", (str(folder),))))
    engine.follow_corpora()
    return folder


def embed(engine: Engine) -> tuple[CorpusInfo, int]:
    """Embed to the end; also how many chunks that took."""
    seen: list[Progress] = []
    info = run_to_end(engine.embed("mine"), seen.append)
    return info, max((p.done for p in seen if p.stage == "dense vectors"), default=0)


def test_what_moved_is_not_embedded_again(engine: Engine, code: Path) -> None:
    info, embedded = embed(engine)
    assert info.vectors == info.chunks == embedded
    (code / "sub").mkdir()
    for number in range(10):
        (code / f"m{number}.py").rename(code / "sub" / f"renamed{number}.py")
    (code / "m10.py").write_text(f"import os\n\n\n{module('f10')}")
    (code / "m12.py").write_text((code / "m11.py").read_text() + "\n\n" + module("f12"))
    (code / "m11.py").unlink()
    while len(take_in(engine)) == 0:
        pass
    info, embedded = embed(engine)
    assert (info.vectors, embedded) == (info.chunks, 0)
    (code / "m13.py").write_text(module("something_else"))
    take_in(engine)
    info, embedded = embed(engine)
    assert info.vectors == info.chunks
    assert embedded == 2  # its function and its block


def test_embedding_goes_on_while_files_are_saved(engine: Engine, code: Path) -> None:
    job = engine.embed("mine")
    while next(job).stage != "dense vectors":
        pass
    for number in range(3):  # more generations than the chunks of the first are kept for
        (code / "m1.py").write_text(module(f"saved_{number}"))
        take_in(engine)
    info = run_to_end(job)
    assert info.vectors == info.chunks


def test_another_encoder_has_all_vectors_although_files_are_saved(
    engine: Engine, code: Path, tmp_path: Path
) -> None:
    run_to_end(engine.load_models())
    other = load_encoder(
        ModelChoice("encoder", str(make_encoder_folder(tmp_path / "other", seed=7)))
    )
    job = engine._library.embed_with("mine", other)
    next(job)
    (code / "m1.py").write_text(module("saved"))
    take_in(engine)
    run_to_end(job)
    assert not len(engine._library.collection("mine").missing_vectors(other.fingerprint))
