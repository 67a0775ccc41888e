"""Vectors go with the encoder that made them, and with no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cli import main
from engine.engine import Engine
from engine.errors import ModelError
from engine.job import JobContext, run_to_end
from engine.learning.finetune_plan import PLAN
from engine.learning.versions import Versions
from engine.models.catalogue import BUNDLED_FOLDER, ModelChoice, load_encoder
from engine.models.marks import marks_of
from engine.models.runtime import device_for
from engine.models.shelf import ModelShelf, Record, write_record
from engine.paths import Paths
from engine.types import Query
from engine.types_corpora import CorpusSpec
from tests.learning.test_versions import version
from tests.models.test_outside import modern_bert
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder


@pytest.fixture
def engine(tmp_path: Path, project: Path) -> Iterator[Engine]:
    engine = Engine(Paths.default(tmp_path / "home"))
    engine.set_setting("cross-encoder", str(make_cross_encoder_folder(tmp_path / "cross")))
    for seed, name in enumerate(("one", "two"), 1):
        add(engine, name, make_encoder_folder(tmp_path / name, seed=seed))
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    yield engine
    engine.close()


def add(engine: Engine, name: str, encoder: Path) -> None:
    made = replace(version(name), stages=("encoder",))
    Versions(engine.paths.base / "versions").add(made, {"encoder": encoder})


def use(engine: Engine, name: str) -> str:
    """Activate a version and make its vectors; its fingerprint."""
    run_to_end(engine.activate_version(name))
    run_to_end(engine.embed("code"))
    encoder = engine._models.encoder
    assert encoder is not None
    return encoder.fingerprint


def kept(engine: Engine) -> frozenset[str]:
    """The encoders that have vectors, as another process sees it."""
    another = Engine(engine.paths)
    try:
        return another._library._store("code").kept_encoders()
    finally:
        another.close()


def test_vectors_go_with_a_version_that_is_removed(engine: Engine) -> None:
    one, two, bundled = (use(engine, name) for name in ("one", "two", "bundled"))
    run_to_end(engine.activate_version("two"))
    assert kept(engine) == {one, two, bundled}
    with pytest.raises(ModelError, match="two is in use"):
        engine.remove_version("two")
    assert kept(engine) == {one, two, bundled}
    chunks = next(info for info in engine.corpora() if info.name == "code").chunks
    assert engine.remove_version("one") == chunks * (8 + 2 * 32)  # a key, and float16
    assert kept(engine) == {two, bundled}
    assert engine.search(Query("attention", "code", rerank=0), JobContext()).hits


@pytest.mark.parametrize("by", ["version", "setting", "former", "loaded"])
def test_vectors_stay_as_long_as_another_can_use_them(
    engine: Engine, tmp_path: Path, by: str
) -> None:
    one = use(engine, "one")
    same = make_encoder_folder(tmp_path / "same", seed=1)
    if by != "loaded":
        use(engine, "bundled")
        engine.set_setting("former-models", None)
        engine.close()
        engine = Engine(engine.paths)  # in which no model is loaded
    if by == "version":
        add(engine, "copy", same)
    elif by == "setting":
        engine.set_setting("encoder", str(same))
    elif by == "former":
        engine.set_setting("former-models", {"encoder": str(same)})
    else:
        engine.set_setting("encoder", None)
    assert engine.remove_version("one") == 0
    assert one in kept(engine)
    engine.close()


def test_vectors_go_with_a_download(engine: Engine, tmp_path: Path) -> None:
    shelf = ModelShelf(engine.paths.models)
    folder = make_encoder_folder(shelf.folder("some/body"), seed=7)
    write_record(folder, Record("some/body", "encoder", "r", "mit"))
    run_to_end(engine.choose_model("encoder", "some/body"))
    run_to_end(engine.embed("code"))
    mark = engine._models.encoder.fingerprint  # type: ignore[union-attr]
    run_to_end(engine.choose_model("encoder", "bundled"))
    run_to_end(engine.embed("code"))
    assert mark in kept(engine)
    assert engine.remove_model("some/body") > 0
    assert mark not in kept(engine)


def test_vectors_go_with_an_unfinished_training(engine: Engine) -> None:
    work = engine.paths.base / "training" / "mine"
    encoder = load_encoder(
        ModelChoice("encoder", str(make_encoder_folder(work / "encoder/run/model", seed=8)))
    )
    (work / PLAN).write_text("{}")
    run_to_end(engine._library.embed_with("code", encoder))
    assert encoder.fingerprint in kept(engine)
    assert engine.remove_training("mine") > 0
    assert encoder.fingerprint not in kept(engine)


def test_a_removed_version_that_comes_back_gets_its_vectors_anew(
    engine: Engine, tmp_path: Path
) -> None:
    one = use(engine, "one")
    use(engine, "bundled")
    engine.remove_version("one")
    assert one not in kept(engine)
    add(engine, "one", tmp_path / "one")
    assert use(engine, "one") == one
    assert one in kept(engine)


def test_the_command_says_how_much_that_was(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    one = use(engine, "one")
    use(engine, "bundled")
    base = ["--basedir", str(engine.paths.base)]
    capsys.readouterr()
    assert main(["models", "remove", "one", *base]) == 0
    said = capsys.readouterr().err
    assert said.startswith("removed the trained version one, and ")
    assert said.endswith(" of its vectors\n")
    assert one not in kept(engine)


def test_every_way_to_compute_a_model_is_known_by_its_folder(tmp_path: Path) -> None:
    plain = make_encoder_folder(tmp_path / "plain")
    for name in ("torch-fp32", "torch-bf16", "torch-int8"):
        device = device_for(name)
        assert load_encoder(ModelChoice("encoder", str(plain)), device).fingerprint in marks_of(
            plain
        )
    other = modern_bert(tmp_path / "modern")
    for limit in ("", '{"max_seq_length": 33}'):
        if limit:
            (other / "sentence_bert_config.json").write_text(limit)
        assert load_encoder(ModelChoice("encoder", str(other))).fingerprint in marks_of(other)
    assert not marks_of(plain) & marks_of(BUNDLED_FOLDER / "encoder")
    assert marks_of(tmp_path / "nothing") == frozenset()
