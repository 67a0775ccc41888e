"""Downloads of models by the real client, from a server that stands in for huggingface.co."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from os import environ
from pathlib import Path

import pytest

from engine.cli import main
from engine.engine import Engine
from engine.errors import DiskError, ModelError
from engine.job import run_to_end
from engine.models import memory
from engine.models.hub import needed_files
from engine.paths import Paths
from engine.types import Progress
from engine.types_models import ModelPlace
from tests.models.hub_server import SHA, Hub, environment_for, go_there, serve
from tests.models.tiny import make_encoder_folder

ROOT = Path(__file__).resolve().parents[2]
NAME = "somebody/tiny"
WEIGHTS = "model.safetensors"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    make_encoder_folder(tmp_path / "hub" / NAME)
    (tmp_path / "hub" / NAME / "README.md").write_text("not needed")
    with serve(tmp_path / "hub") as hub:
        go_there(hub, tmp_path, monkeypatch)
        yield hub


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(Paths(tmp_path / "home"))
    yield engine
    engine.close()


def parts(engine: Engine) -> list[Path]:
    return [path for path in engine.paths.models.rglob("*") if path.name.endswith(".incomplete")]


def weights_asked(hub: Hub) -> list[str]:
    return [file for file in hub.files() if file.startswith(WEIGHTS)]


def test_nothing_is_asked_of_the_hub_without_leave(hub: Hub, engine: Engine) -> None:
    with pytest.raises(ModelError, match="is not on this machine"):
        run_to_end(engine.choose_model("encoder", NAME))
    with pytest.raises(ModelError, match="is not on this machine"):
        run_to_end(engine.plan_model("encoder", NAME))
    run_to_end(engine.list_models())
    assert hub.asked == []


def test_a_plan_fetches_no_weights_and_says_what_it_would_take(hub: Hub, engine: Engine) -> None:
    hub.licence = "cc-by-nc-4.0"
    plan = run_to_end(engine.plan_model("encoder", NAME, ask=True))
    there = [p for p in (hub.root / NAME).iterdir() if p.name != "README.md"]
    assert plan.size == plan.missing == sum(path.stat().st_size for path in there)
    assert (plan.licence, plan.commercial, plan.revision) == ("cc-by-nc-4.0", False, SHA)
    assert plan.memory > 0 and plan.fits
    assert hub.files() == ["config.json"]
    assert not engine.paths.models.exists()


def test_a_model_is_fetched_checked_and_used(hub: Hub, engine: Engine) -> None:
    news: list[Progress] = []
    plan = run_to_end(engine.download_model("encoder", NAME), news.append)
    assert plan.missing == 0
    assert {progress.unit for progress in news if progress.total} == {"B"}
    folder = engine.paths.models / "somebody--tiny"
    assert (folder / WEIGHTS).read_bytes() == (hub.root / NAME / WEIGHTS).read_bytes()
    assert not (folder / "README.md").exists()
    assert json.loads((folder / ".counterpart.json").read_text())["revision"] == SHA
    hub.asked.clear()
    models = run_to_end(engine.choose_model("encoder", NAME))
    assert next(m for m in models if m.role == "encoder").name == NAME
    assert run_to_end(engine.download_model("encoder", NAME)).missing == 0
    assert hub.asked == []
    listed = {m.name: m for m in run_to_end(engine.list_models())}
    assert listed[NAME].in_use and listed[NAME].place is ModelPlace.HERE
    with pytest.raises(ModelError, match="in use as the encoder"):
        engine.remove_model(NAME)
    run_to_end(engine.choose_model("encoder", "bundled"))
    engine.remove_model(NAME)
    assert not folder.exists()
    assert NAME not in {m.name for m in run_to_end(engine.list_models())}


@pytest.mark.parametrize("name", ["..", ".", "", "../corpora", "a/../..", "..\\x", "/", "a/b/c"])
def test_only_what_lies_on_the_shelf_can_be_removed(hub: Hub, engine: Engine, name: str) -> None:
    run_to_end(engine.download_model("encoder", NAME))
    precious = engine.paths.models.parent / "precious.txt"
    precious.write_text("grades", encoding="utf-8")
    before = sorted(engine.paths.models.rglob("*"))
    with pytest.raises(ModelError, match=r"no id of a model|not downloaded"):
        engine.remove_model(name)
    assert precious.exists()
    assert sorted(engine.paths.models.rglob("*")) == before


def test_a_broken_connection_is_taken_up_where_it_broke(hub: Hub, engine: Engine) -> None:
    hub.troubles.break_after = {WEIGHTS: [1000, 500]}
    run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == [WEIGHTS, f"{WEIGHTS} from=1000", f"{WEIGHTS} from=1500"]


def test_a_server_without_ranges_gives_the_same_file(hub: Hub, engine: Engine) -> None:
    hub.troubles.break_after = {WEIGHTS: [1000]}
    hub.troubles.no_ranges = True
    run_to_end(engine.download_model("encoder", NAME))
    folder = engine.paths.models / "somebody--tiny"
    assert (folder / WEIGHTS).read_bytes() == (hub.root / NAME / WEIGHTS).read_bytes()


def test_a_busy_hub_is_asked_again(hub: Hub, engine: Engine) -> None:
    hub.troubles.busy = {WEIGHTS: 2}
    run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == [WEIGHTS] * 3


def test_what_came_before_giving_up_is_kept_for_the_next_time(hub: Hub, engine: Engine) -> None:
    hub.troubles.break_after = {WEIGHTS: [2000, 0, 0, 0, 0]}
    with pytest.raises(ModelError, match=r"broke off at .*; what came is kept") as caught:
        run_to_end(engine.download_model("encoder", NAME))
    assert "\n" not in str(caught.value)
    assert [path.stat().st_size for path in parts(engine)] == [2000]
    listed = {m.name: m for m in run_to_end(engine.list_models())}
    assert listed[NAME].place is ModelPlace.PARTIAL
    hub.troubles.break_after = {}
    hub.asked.clear()
    plan = run_to_end(engine.plan_model("encoder", NAME, ask=True))
    assert 0 < plan.missing <= plan.size - 2000
    run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == [f"{WEIGHTS} from=2000"]
    assert set(hub.files()) == {"config.json", f"{WEIGHTS} from=2000"}  # the plan's, and the rest


@pytest.mark.parametrize("file", [WEIGHTS, "tokenizer.json"])
def test_a_wrong_checksum_leaves_nothing_of_that_file(hub: Hub, engine: Engine, file: str) -> None:
    hub.troubles.damaged = {file}
    with pytest.raises(ModelError, match=f"{file} of {NAME} came damaged"):
        run_to_end(engine.download_model("encoder", NAME))
    assert parts(engine) == []
    with pytest.raises(ModelError, match="is not on this machine"):
        run_to_end(engine.choose_model("encoder", NAME))
    hub.troubles.damaged = set()
    run_to_end(engine.download_model("encoder", NAME))


def test_a_bad_beginning_is_fetched_again(hub: Hub, engine: Engine) -> None:
    hub.troubles.break_after = {WEIGHTS: [2000, 0, 0, 0, 0]}
    with pytest.raises(ModelError, match="broke off"):
        run_to_end(engine.download_model("encoder", NAME))
    (part,) = parts(engine)
    part.write_bytes(b"x" * 2000)
    hub.troubles.break_after = {}
    hub.asked.clear()
    run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == [f"{WEIGHTS} from=2000", WEIGHTS]


def test_another_revision_drops_what_it_does_not_share(hub: Hub, engine: Engine) -> None:
    hub.troubles.break_after = {WEIGHTS: [2000, 0, 0, 0, 0]}
    with pytest.raises(ModelError, match="broke off"):
        run_to_end(engine.download_model("encoder", NAME))
    make_encoder_folder(hub.root / NAME, seed=7)
    hub.sha = SHA[::-1]
    hub.troubles.break_after = {}
    hub.asked.clear()
    run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == [WEIGHTS]
    folder = engine.paths.models / "somebody--tiny"
    assert (folder / WEIGHTS).read_bytes() == (hub.root / NAME / WEIGHTS).read_bytes()


def test_a_download_that_is_stopped_keeps_what_came(hub: Hub, engine: Engine) -> None:
    hub.troubles.hold = threading.Event()
    job = engine.download_model("encoder", NAME)
    while not any(p.name.startswith(WEIGHTS) and p.stat().st_size > 1000 for p in parts(engine)):
        next(job)  # half of it has come, the rest is held back
    job.close()
    hub.troubles.hold.set()
    hub.troubles.hold = None
    hub.asked.clear()
    run_to_end(engine.download_model("encoder", NAME))
    assert all("from=" in file for file in weights_asked(hub))


def test_a_full_disk_is_said_before_anything_is_fetched(
    hub: Hub, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type(shutil.disk_usage("/"))(10**9, 10**9, 50_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DiskError, match="50 MB are free there"):
        run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == []


def test_what_needs_code_of_its_own_is_refused_before_its_weights(hub: Hub, engine: Engine) -> None:
    config = hub.root / NAME / "config.json"
    own = {**json.loads(config.read_text()), "model_type": "odd", "auto_map": {"AutoModel": "m.M"}}
    config.write_text(json.dumps(own))
    with pytest.raises(ModelError, match="needs code of its own"):
        run_to_end(engine.plan_model("encoder", NAME, ask=True))
    config.write_text(json.dumps({**own, "model_type": "bert"}))  # transformers has its own
    run_to_end(engine.plan_model("encoder", NAME, ask=True))
    (hub.root / NAME / "modules.json").write_text('[{"path": "", "type": "custom_st.Transformer"}]')
    with pytest.raises(ModelError, match=r"its module custom_st\.Transformer"):
        run_to_end(engine.download_model("encoder", NAME))
    assert weights_asked(hub) == []


@pytest.mark.parametrize("file", ["config.json", "modules.json"])
def test_a_description_that_is_none_is_one_line(hub: Hub, engine: Engine, file: str) -> None:
    (hub.root / NAME / file).write_text("5")
    with pytest.raises(ModelError, match=f"{file} of {NAME} is damaged on the hub"):
        run_to_end(engine.plan_model("encoder", NAME, ask=True))


def test_what_the_hub_refuses_is_one_line(hub: Hub, engine: Engine) -> None:
    for name, words in {"nobody/nothing": "there is no model nobody/nothing"}.items():
        with pytest.raises(ModelError, match=words) as caught:
            run_to_end(engine.download_model("encoder", name))
        assert "\n" not in str(caught.value)
    hub.troubles.gated = True
    with pytest.raises(ModelError, match="asks for an agreement first"):
        run_to_end(engine.download_model("encoder", NAME))


def test_which_files_are_needed() -> None:
    modules = [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}]
    files = [
        "config.json",
        "tokenizer.json",
        "merges.txt",
        "chat_template.jinja",
        "LICENSE",
        "README.md",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
        "model_fp16.safetensors",
        "pytorch_model.bin",
        "1_Pooling/config.json",
        "2_Dense/model.safetensors",
        "2_Dense/pytorch_model.bin",
        "onnx/config.json",
        "onnx/model.onnx",
        "custom_st.py",
    ]
    assert needed_files("a/b", files, modules) == [
        "1_Pooling/config.json",
        "2_Dense/model.safetensors",
        "LICENSE",
        "chat_template.jinja",
        "config.json",
        "merges.txt",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
        "tokenizer.json",
    ]
    with pytest.raises(ModelError, match="only pickled weights"):
        needed_files("a/b", ["config.json", "pytorch_model.bin"], [])
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        needed_files("a/b", ["config.json", "model.gguf"], [])


def command(hub: Hub, home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gui", "models", *arguments, "--basedir", str(home / "home")],
        cwd=ROOT,
        env={**environ, **environment_for(hub, home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_download_goes_on_from_the_command_line(hub: Hub, tmp_path: Path) -> None:
    hub.troubles.hold = threading.Event()
    shelf = tmp_path / "home" / "models"
    with command(hub, tmp_path, "download", NAME, "--role", "encoder") as process:
        deadline = time.monotonic() + 120
        while not any(p.stat().st_size > 1000 for p in shelf.rglob(f"{WEIGHTS}.incomplete")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.communicate()
    hub.troubles.hold.set()
    hub.troubles.hold = None
    hub.asked.clear()
    with command(hub, tmp_path, "use", NAME, "--role", "encoder", "--download") as process:
        out, err = process.communicate()
    assert process.returncode == 0, err
    assert "apache-2.0" in err
    assert f"encoder        {NAME}" in out
    assert weights_asked(hub) and all("from=" in file for file in weights_asked(hub))


def test_the_command_fetches_nothing_that_does_not_fit(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "_free_main_memory", lambda: 1_000_000)
    command = ["models", "download", NAME, "--role", "encoder", "--basedir", str(tmp_path / "home")]
    assert main(command) == 1
    assert "say --anyway" in capsys.readouterr().err
    assert weights_asked(hub) == []
    assert main([*command, "--anyway"]) == 0
    assert weights_asked(hub)


def test_the_command_line_asks_for_a_yes(hub: Hub, tmp_path: Path) -> None:
    name = "jinaai/jina-code-embeddings-0.5b"
    with command(hub, tmp_path, "use", name) as process:
        out, err = process.communicate()
    assert (process.returncode, out) == (1, "")
    last = err.splitlines()[-1]
    assert "CC-BY-NC-4.0: not for commercial use" in last and "--download" in last
    assert hub.asked == []
