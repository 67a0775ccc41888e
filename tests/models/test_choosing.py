"""The catalogue, what fits, and changing a model while searches go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from engine.cli import main
from engine.commands.models import run
from engine.commands.output import describe
from engine.engine import Engine
from engine.errors import ModelError
from engine.job import JobContext, run_to_end
from engine.models import memory
from engine.models.catalogue import BUNDLED_FOLDER, ModelRole
from engine.models.device import Device, Precision
from engine.models.offers import allows_commercial_use, find_offer, model_offers
from engine.models.outside import batch_tokens
from engine.models.shelf import RECORD, ModelShelf, Record, write_record
from engine.models.stage import SERVES_BOTH, refuse_other_stage
from engine.paths import Paths
from engine.types import Progress, Query
from engine.types_corpora import CorpusSpec
from engine.types_models import ModelPlace, ModelState
from tests.models.conftest import CPU
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder, words_of

GPU = Device("cuda", Precision.BF16)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(Paths(tmp_path / "home"))
    engine.set_setting("cross-encoder", str(make_cross_encoder_folder(tmp_path / "cross")))
    yield engine
    engine.close()


# The catalogue


def test_every_entry_says_what_one_needs_to_know() -> None:
    offers = model_offers()
    assert len({(offer.role, offer.name) for offer in offers}) == len(offers)
    for offer in offers:
        assert offer.role in ("encoder", "cross-encoder")
        assert offer.group in ("bundled", "small", "large")
        assert offer.purpose and offer.licence and offer.parameters > 0 and offer.most_tokens > 0
        assert (offer.dimension > 0) == (offer.role == "encoder")
        assert offer.commercial == allows_commercial_use(offer.licence)
    for role in ("encoder", "cross-encoder"):
        assert {offer.group for offer in offers if offer.role == role} == {
            "bundled",
            "small",
            "large",
        }


def test_the_bundled_entries_are_true() -> None:
    for role in ("encoder", "cross-encoder"):
        offer = find_offer(role, "bundled")
        assert offer is not None
        from engine.models.catalogue import BUNDLED_FOLDER

        assert memory.count_parameters(BUNDLED_FOLDER / role) == offer.parameters


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("apache-2.0", True),
        ("mit", True),
        ("cc-by-nc-4.0", False),
        ("CC-BY-NC-SA-4.0", False),
        ("cc-by-4.0", True),
        ("jina-non-commercial", False),
        ("mistral-research", False),
        ("", True),
    ],
)
def test_licences_that_forbid_commercial_use(licence: str, allowed: bool) -> None:
    assert allows_commercial_use(licence) is allowed


# What fits


@given(st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=5))
def test_parameters_are_counted_in_the_headers(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[list[int]]
) -> None:
    folder = tmp_path_factory.mktemp("weights")
    tensors = {str(n): np.zeros(shape, dtype=np.float16) for n, shape in enumerate(shapes)}
    save_file(tensors, folder / "model.safetensors")
    assert memory.count_parameters(folder) == sum(tensor.size for tensor in tensors.values())


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 20, b"\x02\0\0\0\0\0\0\0[]", b"\x09\0\0\0\0\0\0\0"]
)
def test_a_damaged_header_is_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="damaged or incomplete"):
        memory.count_parameters(tmp_path)


@given(
    st.integers(1, 10**10), st.integers(1, 8192), st.integers(1, 10**5), st.sampled_from([CPU, GPU])
)
def test_the_estimate_grows_with_everything(
    parameters: int, width: int, tokens: int, device: Device
) -> None:
    least = memory.estimate(parameters, width, tokens, device)
    size = 4 if device is CPU else 2
    assert least >= parameters * size
    assert memory.estimate(parameters + 10, width, tokens, device) > least
    assert memory.estimate(parameters, width + 1, tokens, device) > least
    assert memory.estimate(parameters, width, tokens + 1, device) > least


def test_a_batch_is_bounded_whatever_a_model_could_read() -> None:
    for role in ("encoder", "cross-encoder"):
        for device in (CPU, GPU):
            assert batch_tokens(role, 32_768, device) <= 131_072
            assert batch_tokens(role, 512, device) <= batch_tokens(role, 32_768, device)


def test_what_does_not_fit_is_said_before_it_is_tried(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_encoder_folder(tmp_path / "large")
    before = run_to_end(engine.load_models())
    monkeypatch.setattr(memory, "_free_main_memory", lambda: 1_000_000)
    (folder / "tokenizer.json").write_text("trying it would fail on this")
    with pytest.raises(ModelError, match=r"takes about \d+ MB of memory, and 1 MB are free"):
        run_to_end(engine.choose_model("encoder", str(folder)))
    assert engine.models() == before
    make_encoder_folder(folder)
    run_to_end(engine.choose_model("encoder", str(folder), anyway=True))
    again = Engine(engine.paths)  # it is tried at the next start as well
    assert all(
        not model.problem for model in run_to_end(again.load_models()) if model.role == "encoder"
    )
    again.close()


def test_a_container_counts_its_own_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    alone = memory.free_bytes(CPU)
    assert alone is not None and alone > 0
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    (tmp_path / "memory.stat").write_text("anon 300000\ninactive_file 100000\n")
    assert memory.free_bytes(CPU) == 700_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_bytes(CPU) != 700_000


# One stage's model is none for the other


@pytest.mark.parametrize("role", ["encoder", "cross-encoder"])
def test_a_model_for_the_other_stage_is_refused(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str], role: ModelRole
) -> None:
    own, other = BUNDLED_FOLDER / role, make_cross_encoder_folder(tmp_path / "scores")
    if role == "cross-encoder":
        other = BUNDLED_FOLDER / "encoder"
    run_to_end(engine.choose_model(role, str(own)))
    base = ["--basedir", str(engine.paths.base)]
    assert main(["models", "use", str(other), "--role", role, *base]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    made_for = "cross-encoder" if role == "encoder" else "encoder"
    assert f"{other} is a" in said and f"use it as the {made_for}, or choose a" in said
    with pytest.raises(ModelError, match=f"use it as the {made_for}"):  # as the window does
        run_to_end(engine.choose_model(role, str(other)))
    with pytest.raises(ModelError, match=f"use it as the {made_for}"):  # before it is asked about
        run_to_end(engine.plan_model(role, str(other)))
    assert Engine(engine.paths).setting(role) == str(own)


@pytest.mark.parametrize(
    ("description", "refused"),
    [
        ({"config_sentence_transformers.json": {"model_type": "CrossEncoder"}}, True),
        ({"config_sentence_transformers.json": {"model_type": "SentenceTransformer"}}, False),
        ({"modules.json": [{"type": "sentence_transformers.models.Pooling"}]}, False),
        ({"config.json": {"architectures": ["BertForSequenceClassification"]}}, True),
        ({"config.json": {"architectures": ["BertForMaskedLM"]}}, False),
        (
            {
                "config.json": {
                    "architectures": ["BertForSequenceClassification"],
                    SERVES_BOTH: True,
                }
            },
            False,
        ),
        ({"config.json": {"architectures": "BertForSequenceClassification"}}, False),
    ],
)
def test_what_a_folder_is_for_is_read_from_its_descriptions(
    tmp_path: Path, description: dict[str, object], refused: bool
) -> None:
    for name, value in {"config.json": {}, **description}.items():
        (tmp_path / name).write_text(json.dumps(value))
    with pytest.raises(ModelError) if refused else nullcontext():
        refuse_other_stage("encoder", tmp_path, "x")


# Changing the encoder


def dense_first(engine: Engine, text: str) -> tuple[str, float]:
    hit = engine.search(Query(text, "code", k=1, rerank=0), JobContext()).hits[0]
    return hit.chunk.id, hit.scores.dense or 0.0


def test_the_former_vectors_serve_until_there_are_new_ones(
    engine: Engine, tmp_path: Path, project: Path
) -> None:
    words = words_of("".join(path.read_text() for path in project.glob("*.py")))
    first = str(make_encoder_folder(tmp_path / "first", words))
    second = str(make_encoder_folder(tmp_path / "second", words, seed=5))
    run_to_end(engine.choose_model("encoder", first))
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    run_to_end(engine.embed("code"))
    text = "softmax of the scaled scores"
    before = dense_first(engine, text)
    assert before[1] > 0
    run_to_end(engine.choose_model("encoder", second))
    assert dense_first(engine, text) == before
    assert next(info for info in engine.corpora() if info.name == "code").vectors == 0
    run_to_end(engine.embed("code"))
    assert dense_first(engine, text)[1] != before[1]
    assert engine._models.former_encoder is None  # its memory is free again
    run_to_end(engine.choose_model("encoder", first))  # its vectors were kept
    assert dense_first(engine, text) == before


def test_vectors_under_way_go_on_with_the_encoder_chosen_meanwhile(
    engine: Engine, tmp_path: Path, project: Path
) -> None:
    run_to_end(engine.choose_model("encoder", str(make_encoder_folder(tmp_path / "first"))))
    run_to_end(engine.index(CorpusSpec("code", (str(project),), watch=False)))
    job = engine.embed("code")
    next(job)
    run_to_end(engine.choose_model("encoder", str(make_encoder_folder(tmp_path / "b", seed=5))))
    info = run_to_end(job)
    assert info.vectors == info.chunks > 0


# The command line


@pytest.mark.parametrize(
    "changed", [{"name": 5}, {"role": None}, {"parameters": "many"}, {"of a later release": 1}]
)
def test_a_damaged_record_on_the_shelf_hides_no_other(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    shelf = ModelShelf(tmp_path)
    for name in ("a/sound", "a/damaged"):
        shelf.folder(name).mkdir()
        write_record(shelf.folder(name), Record(name, "encoder", "r", "mit", 5))
    file = shelf.folder("a/damaged") / RECORD
    file.write_text(json.dumps({**json.loads(file.read_text()), **changed}))
    assert [record.name for record in shelf.records()] == ["a/sound"]


def test_progress_in_bytes_reads_as_such() -> None:
    news = Progress("downloading", 31_000_000, 1_207_458_807, "x", 5_200_000.0, 226.0, unit="B")
    said = "downloading · 31.0 MB of 1.21 GB · 5.2 MB/s · 3 min 46 s left · x"
    assert describe(news) == said


def test_the_list_names_what_is_in_use(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.cli import build_parser, main

    base = ["--basedir", str(engine.paths.base)]
    assert main(["models", "list", "--json", *base]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    in_use = {model["role"]: model["name"] for model in models if model["in_use"]}
    assert in_use["encoder"] == "bundled" and in_use["cross-encoder"].endswith("cross")
    assert {model["place"] for model in models if model["name"] == "bundled"} == {ModelPlace.HERE}
    assert main(["models", "list", *base]) == 0
    printed = capsys.readouterr().out
    assert "CC-BY-NC-4.0: not for commercial use" in printed
    assert "1.21 GB to download" in printed
    arguments = build_parser().parse_args(["models", "use", "a/b", "--allow-download"])
    assert arguments.allow_download and arguments.models_command == "use"
    arguments = build_parser().parse_args(["models", "--download", "--anyway", "use", "a/b"])
    assert (arguments.allow_download, arguments.anyway) == (True, True)
    arguments = build_parser().parse_args(["models", "use", "a/b"])
    assert (arguments.allow_download, arguments.anyway) == (False, False)
    assert run.__module__ == "engine.commands.models"


def test_a_stage_must_be_known(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["models", "use", "somebody/unheard-of", "--basedir", str(engine.paths.base)])
    assert code == 1
    assert "say --role encoder or --role cross-encoder" in capsys.readouterr().err
    assert main(["models", "look", "bundled", "--basedir", str(engine.paths.base)]) == 1
    assert "bundled is the name of one of each" in capsys.readouterr().err


def test_what_need_not_be_fetched_is_used_by_what_is_said_then(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(make_encoder_folder(tmp_path / "mine"))
    more = ["--role", "encoder", "--basedir", str(engine.paths.base)]
    assert main(["models", "download", folder, *more]) == 0
    assert capsys.readouterr().err.rstrip().endswith(f"models use {folder} --role encoder")


def test_what_is_chosen_while_another_model_loads_is_what_is_used(
    tmp_path: Path, engine: Engine
) -> None:
    first, second = (
        str(make_encoder_folder(tmp_path / n, seed=s)) for n, s in (("a", 1), ("b", 2))
    )
    engine.set_setting("encoder", first)
    loading = engine.load_models()
    while engine._models.infos[0].state is not ModelState.LOADING:
        next(loading)
    choosing = engine.choose_model("encoder", second)
    for _ in range(3):
        next(choosing)
    run_to_end(loading)
    run_to_end(choosing)
    assert engine.setting("encoder") == second
    assert engine._models.encoder is not None
    assert engine._models.encoder.name == second
