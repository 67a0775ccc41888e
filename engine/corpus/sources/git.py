"""Shallow clones of repositories that nobody vouches for, made by the git executable.

git never asks for anything, runs no hooks, follows no submodules, speaks only the protocols named
here, and writes symbolic links as plain files, so that a clone cannot point out of its folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from engine.corpus.sources.kept import CONTENT, KeptFolder, key_of
from engine.corpus.sources.naming import is_local_url, split_reference
from engine.errors import ConsentError, CorpusError
from engine.job import Job
from engine.types import Progress
from engine.types_corpora import Fetching

_STEP_SECONDS = 0.05
_UNFINISHED = "refresh-unfinished"

_SAFE = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "filter.lfs.process": "",
    "filter.lfs.smudge": "",
    "filter.lfs.required": "false",
}

_ACCESS = re.compile(r"^unable to access '[^']*': ")
_PERCENT = re.compile(rb"([A-Z][a-z ]+):\s+(\d+)%")


def clone_key(url: str) -> str:
    """The key under which a repository's clone is kept."""
    return key_of(url.rsplit("/", 1)[-1], "git", url)


def clone(cache: Path, url: str, fetching: Fetching) -> Job[Path]:
    """The clone of a repository (`#REF` for a branch or tag), made or refreshed where allowed.

    Raises `ConsentError` if it is not there and may not be fetched, `CorpusError` if git is
    missing or fails. Closing the job stops git and leaves the clone as it was, or none.
    """
    kept = KeptFolder(cache, clone_key(url))
    with kept.hold(url):
        if kept.manifest() is None:
            if not (fetching.clone or is_local_url(url)):
                raise ConsentError(
                    f"{url} is not here yet and has to be downloaded; agree with --allow-download"
                )
            yield from _make(kept, url)
        elif fetching.refresh:
            yield from _refresh(kept.content, url)
        elif _mark(kept.content).exists():  # killed while the files were being replaced
            yield from _check_out(kept.content, url)
    return kept.content


def _make(kept: KeptFolder, url: str) -> Job[None]:
    address, reference = split_reference(url)
    with kept.making() as folder:
        options = ["--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules"]
        options += ["--template=", *([f"--branch={reference}"] if reference else [])]
        command = ["clone", "--progress", *options, "--", address, str(folder / CONTENT)]
        yield from _run(command, url, folder)
        kept.keep(folder, {"source": url})


def _refresh(clone: Path, url: str) -> Job[None]:
    """Fetch the newest commit; only the files that differ are written again."""
    reference = split_reference(url)[1] or "HEAD"
    fetch = ["fetch", "--progress", "--depth=1", "--no-tags", "--no-recurse-submodules"]
    yield from _run([*fetch, "origin", reference], url, clone)
    _mark(clone).touch()
    yield from _check_out(clone, url)


def _check_out(clone: Path, url: str) -> Job[None]:
    """Give the files what was fetched last."""
    with contextlib.suppress(FileNotFoundError):
        (clone / ".git" / "index.lock").unlink()  # of a git that was killed; we hold the clone
    yield from _run(["reset", "--hard", "--quiet", "FETCH_HEAD"], url, clone)
    yield from _run(["clean", "-ffdxq"], url, clone)
    _mark(clone).unlink(missing_ok=True)


def _mark(clone: Path) -> Path:
    return clone / ".git" / _UNFINISHED


def _run(command: Sequence[str], url: str, folder: Path) -> Job[None]:
    """Run git in a folder. Raises `CorpusError` with git's own last words if it fails."""
    with tempfile.TemporaryFile() as said, _process(command, url, folder, said) as process:
        while True:
            try:
                process.wait(_STEP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                yield _progress(url, said)
        if process.returncode:
            raise CorpusError(f"git could not fetch {url}: {_complaint(said)}")


@contextlib.contextmanager
def _process(
    command: Sequence[str], url: str, folder: Path, said: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A running git, stopped with its children when left early."""
    git = shutil.which("git")
    if git is None:
        raise CorpusError(f"git is not installed, so {url} cannot be fetched; install git")
    safe = [part for key, value in _SAFE.items() for part in ("-c", f"{key}={value}")]
    process = subprocess.Popen(
        [git, *safe, *command],
        cwd=folder,
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,  # Ctrl+C is ours to answer, and its children end with it
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(url: str) -> dict[str, str]:
    """This process's environment without what would lead git elsewhere or let it ask."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    passed_on = {
        key: os.environ[key] for key in ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH") if key in os.environ
    }
    return {
        **inherited,
        **passed_on,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GCM_INTERACTIVE": "never",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        "GIT_ALLOW_PROTOCOL": "file" if is_local_url(url) else "https:ssh",
        "GIT_LFS_SKIP_SMUDGE": "1",
    }


def _progress(url: str, said: IO[bytes]) -> Progress:
    """What git said last, as `Receiving objects: 45%`."""
    found = _PERCENT.findall(_tail(said))
    if not found:
        return Progress("fetching", 0, None, url)
    return Progress("fetching", int(found[-1][1]), 100, f"{url} · {found[-1][0].decode().lower()}")


def _complaint(said: IO[bytes]) -> str:
    """The line of git's that says why."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", _tail(said).decode("utf-8", "replace"))]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))]
    last = telling[0] if telling else next((line for line in reversed(lines) if line), "no reason")
    last = _ACCESS.sub("", last.removeprefix("fatal:").strip())  # the URL is said already
    return f"{last}; check the URL and the network"


def _tail(said: IO[bytes]) -> bytes:
    # Through the descriptor's own position: git writes to the same one meanwhile.
    size = os.fstat(said.fileno()).st_size
    if hasattr(os, "pread"):
        return os.pread(said.fileno(), 4096, max(0, size - 4096))
    said.seek(max(0, size - 4096))
    return said.read()
