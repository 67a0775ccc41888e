"""Downloads from the hub, by the real client, from a server that stands in for huggingface.co."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from engine.datasets.hub import HubFile, HubSet, choose_files, hub_id
from engine.datasets.records import UndecidedError
from tests.datasets import samples

ROOT = Path(__file__).resolve().parents[2]
SHA = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Serves the folders below `root` as data sets; `asked` notes what was asked for."""

    def __init__(self, root: Path, asked: list[str], damage: set[str], *arguments: Any) -> None:
        self.root, self.asked, self.damage = root, asked, damage
        super().__init__(*arguments)

    def log_message(self, *_arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.asked.append(path)
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "datasets"]:
            self._describe("/".join(parts[2:4]))
        elif parts[0] == "datasets" and parts[3:5] == ["resolve", SHA]:
            self._send((self.root / "/".join([*parts[1:3], *parts[5:]])).read_bytes(), parts[-1])
        else:
            self._fail()

    def _describe(self, name: str) -> None:
        folder = self.root / name
        if not folder.is_dir():
            self._fail()
            return
        files = []
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            data = file.read_bytes()
            entry: dict[str, Any] = {
                "rfilename": file.relative_to(folder).as_posix(),
                "size": len(data),
                "blobId": "0" * 40,
            }
            if file.suffix == ".parquet":
                digest = hashlib.sha256(data).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
            files.append(entry)
        answer = {"id": name, "sha": SHA, "siblings": files, "tags": [], "private": False}
        self._send(json.dumps(answer).encode(), "")

    def _send(self, data: bytes, name: str) -> None:
        if name in self.damage:
            data = data[:-1] + b"?"
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _fail(self) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()


class Fake:
    """The running hub, and the command line pointed at it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "hub"
        self.root.mkdir()
        self.home = folder / "home"
        self.asked: list[str] = []
        self.damage: set[str] = set()
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Hub, self.root, self.asked, self.damage)
        )
        self.server.daemon_threads = False
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def run(self, *arguments: str) -> tuple[int, Any, str]:
        environment = {
            **os.environ,
            "HF_ENDPOINT": f"http://127.0.0.1:{self.server.server_address[1]}",
            "HF_HUB_OFFLINE": "",
            "HF_HOME": str(self.home / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        command = [sys.executable, "-m", "gui", "datasets", *arguments]
        done = subprocess.run(
            [*command, "--basedir", str(self.home), "--json"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        said = [line for line in done.stderr.splitlines() if line.startswith("counterpart: ")]
        return done.returncode, json.loads(done.stdout or "null"), "\n".join(said)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Fake]:
    fake = Fake(tmp_path)
    yield fake
    fake.close()


NANO = ("hakari-bench/NanoToys", "--split", "NanoToy")
IMPORT = ("--name", "toy", "--lexical-only")


def test_nothing_is_asked_without_leave(hub: Fake) -> None:
    samples.nano(hub.root / "hakari-bench" / "NanoToys")
    code, _, err = hub.run("import", *NANO, *IMPORT)
    assert code == 1
    assert "--allow-download" in err
    code, found, _ = hub.run("preview", *NANO)
    assert (code, found["download"]) == (1, "hakari-bench/NanoToys")
    assert hub.asked == []


def test_a_set_is_fetched_and_its_revision_kept(hub: Fake) -> None:
    samples.nano(hub.root / "hakari-bench" / "NanoToys")
    code, info, err = hub.run("import", *NANO, *IMPORT, "--allow-download")
    assert (code, err) == (0, "")
    assert (info["documents"], info["queries"], info["judgements"]) == (4, 3, 3)
    assert (info["source"], info["revision"]) == ("hf:hakari-bench/NanoToys", SHA)
    assert sorted(info["candidates"]) == ["bm25", "harrier_oss_v1_270m", "reranking_hybrid"]
    fetched = [path for path in hub.asked if "/resolve/" in path]
    assert len(fetched) == 6
    assert not any("NanoOther" in path or "metadata" in path for path in fetched)
    hub.asked.clear()
    assert hub.run("import", *NANO, "--name", "again", "--lexical-only", "--allow-download")[0] == 0
    assert not any("/resolve/" in path for path in hub.asked)  # it is in the cache


def test_two_repositories_of_coir_are_one_set(hub: Fake) -> None:
    samples.coir_pair(hub.root / "CoIR-Retrieval")
    for name in ("toy-queries-corpus", "toy-qrels"):
        code, found, err = hub.run("preview", f"CoIR-Retrieval/{name}", "--allow-download")
        assert (code, err) == (0, "")
        assert (found["documents"], found["queries"], found["judgements"]) == (4, 3, 4)
        assert found["split"] == "test"


def test_the_choice_of_a_split_comes_before_the_download(hub: Fake) -> None:
    samples.nano(hub.root / "hakari-bench" / "NanoToys")
    code, found, err = hub.run("preview", "hakari-bench/NanoToys", "--allow-download")
    assert code == 1
    assert found["splits"] == ["NanoOther", "NanoToy"]
    assert "--split" in err
    assert not any("/resolve/" in path for path in hub.asked)


def test_a_damaged_download_leaves_nothing(hub: Fake) -> None:
    samples.nano(hub.root / "hakari-bench" / "NanoToys")
    hub.damage.add("NanoToy-00000-of-00001.parquet")
    code, _, err = hub.run("import", *NANO, *IMPORT, "--allow-download")
    assert code == 1
    assert "damaged" in err
    assert [p for p in (hub.home / "cache" / "hub").rglob("*") if p.is_file()] == []
    assert hub.run("list")[1] == {"datasets": []}
    hub.damage.clear()
    assert hub.run("import", *NANO, *IMPORT, "--allow-download")[0] == 0


def test_what_the_hub_does_not_have_is_one_line(hub: Fake) -> None:
    code, _, err = hub.run("import", "nobody/nothing", *IMPORT, "--allow-download")
    assert code == 1
    assert "there is no data set nobody/nothing" in err


def test_a_hub_that_is_not_there_is_one_line(hub: Fake) -> None:
    hub.server.socket.close()
    code, _, err = hub.run("import", "nobody/nothing", *IMPORT, "--allow-download")
    assert code == 1
    assert "cannot be reached" in err
    assert "\n" not in err


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("hakari-bench/NanoCoIR", "hakari-bench/NanoCoIR"),
        ("hf:CoIR-Retrieval/cosqa", "CoIR-Retrieval/cosqa"),
        ("https://huggingface.co/datasets/mteb/cosqa/", "mteb/cosqa"),
        ("/data/sets/cosqa", ""),
        ("cosqa", ""),
        ("tests/datasets", ""),  # a folder that is there
        ("a/b/c", ""),
    ],
)
def test_what_is_an_id(source: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert hub_id(source) == expected


def described(*names: str) -> HubSet:
    files = {name: HubFile("a/b", name, 1, "") for name in names}
    return HubSet("a/b", {"a/b": SHA}, files)


def test_only_what_a_split_needs_is_chosen() -> None:
    found = described(
        "data/test-00000-of-00001.parquet", "data/train-00000-of-00002.parquet", "dev.jsonl"
    )
    assert choose_files(found, "") == ["data/test-00000-of-00001.parquet"]
    several = described("python/a-00000-of-00001.parquet", "go/b-00000-of-00001.parquet")
    with pytest.raises(UndecidedError):
        choose_files(several, "")
