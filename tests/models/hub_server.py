"""A server that answers as huggingface.co does, with the troubles that a real network has."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SHA = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Troubles:
    """What goes wrong, by file name; each entry is used up as far as it says."""

    break_after: dict[str, list[int]] = field(default_factory=dict)  # bytes before the break
    damaged: set[str] = field(default_factory=set)
    busy: dict[str, int] = field(default_factory=dict)  # answers of 503 before a good one
    no_ranges: bool = False
    gated: bool = False
    hold: threading.Event | None = None  # weights stop half way until it is set


@dataclass
class Hub:
    """The folders below `root` as models, and what was asked for."""

    root: Path
    url: str = ""
    sha: str = SHA
    licence: str = "apache-2.0"
    troubles: Troubles = field(default_factory=Troubles)
    asked: list[str] = field(default_factory=list)  # "path" or "path from=N"

    def files(self) -> list[str]:
        """The files that were asked for, with where from."""
        return [path.partition(f"/{self.sha}/")[2] for path in self.asked if "/resolve/" in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, hub: Hub, *arguments: Any) -> None:
        self.hub = hub
        super().__init__(*arguments)

    def log_message(self, *_arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.hub.asked.append(f"{path} from={start}" if start else path)
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            self._describe("/".join(parts[2:4]))
        elif parts[2:4] == ["resolve", self.hub.sha]:
            self._send_file("/".join(parts[:2]), "/".join(parts[4:]), start)
        else:
            self._fail("RepoNotFound", 404)

    def _describe(self, name: str) -> None:
        folder = self.hub.root / name
        if not folder.is_dir():
            self._fail("RepoNotFound", 404)
            return
        if self.hub.troubles.gated:
            self._fail("GatedRepo", 403)
            return
        siblings = [_sibling(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
        card = {"license": self.hub.licence} if self.hub.licence else {}
        answer = {
            "id": name,
            "sha": self.hub.sha,
            "siblings": siblings,
            "tags": [],
            "private": False,
            "cardData": card,
        }
        self._answer(200, json.dumps(answer).encode())

    def _send_file(self, name: str, file: str, start: int) -> None:
        troubles = self.hub.troubles
        if troubles.busy.get(file, 0) > 0:
            troubles.busy[file] -= 1
            self._answer(503, b"")
            return
        data = (self.hub.root / name / file).read_bytes()
        if file in troubles.damaged:
            data = data[:-1] + bytes([data[-1] ^ 1])
        whole = len(data)
        if troubles.no_ranges:
            start = 0
        data = data[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        breaks = troubles.break_after.get(file)
        if breaks:
            self._break_off(data[: breaks.pop(0)])
        elif troubles.hold is not None and file.endswith(".safetensors"):
            self._write(data[: len(data) // 2])
            troubles.hold.wait(60)
            self._write(data[len(data) // 2 :])
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:  # the client has gone
            self.close_connection = True

    def _break_off(self, data: bytes) -> None:
        self._write(data)
        self.close_connection = True

    def _fail(self, code: str, status: int) -> None:
        self._answer(status, b"", {"X-Error-Code": code})

    def _answer(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self._write(data)


def _sibling(path: Path, folder: Path) -> dict[str, Any]:
    data = path.read_bytes()
    entry: dict[str, Any] = {
        "rfilename": path.relative_to(folder).as_posix(),
        "size": len(data),
        "blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(),
    }
    if path.suffix in (".safetensors", ".bin"):
        digest = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
        entry["blobId"] = "0" * 40
    return entry


@contextmanager
def serve(root: Path) -> Iterator[Hub]:
    """Serve the models below `root` (owner/model/files) until the end of the block."""
    hub = Hub(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, hub))
    server.daemon_threads = False
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        if hub.troubles.hold is not None:
            hub.troubles.hold.set()
        from huggingface_hub import close_session

        close_session()  # kept connections would keep the server's threads
        server.shutdown()
        server.server_close()
        thread.join()


def go_there(hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the hub's real client in this process talk to the server, not to huggingface.co."""
    from huggingface_hub import constants

    template = hub.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hf"))
    monkeypatch.setattr("engine.models.transfer.PAUSES", (0.0,) * 3)


def environment_for(hub: Hub, home: Path) -> dict[str, str]:
    """The same for another process."""
    return {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_OFFLINE": "",
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
