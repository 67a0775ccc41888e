"""Packages as text: pip downloads them, nothing installs or imports them."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

from engine.errors import DataError, DiskError
from engine.job import Job
from engine.learning.licences import Stated, is_under_another
from engine.learning.packages import Release, SourceFile
from engine.types import Progress

_MAX_FILE_BYTES = 600_000
_HEAD = 3_000  # characters in which a file states its own licence
_INCOMING = ".incoming"
_WAIT = 0.2  # seconds between two looks at pip
_UNWANTED = frozenset(
    {"tests", "test", "testing", "_vendor", "vendor", "vendored", "third_party", "migrations"}
)


def fetch(release: Release, cache: Path) -> Job[Path]:
    """The release's wheel in `cache`, downloaded by pip if it is not there, whole and right.

    A wheel whose SHA-256 is not the listed one is downloaded again. Raises `DataError` if pip
    cannot get it, or gets another file than the listed one.
    """
    found = find(release, cache)
    if found is not None and problem_of(found, release) is None:
        return found
    incoming = cache / _INCOMING
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        yield from _download(release, incoming)
        fresh = find(release, incoming)
        if fresh is None:
            raise DataError(f"pip could not download {release}; check the network and the version")
        problem = problem_of(fresh, release)
        if problem is not None:
            raise DataError(f"{release} from pip {problem}; correct the list or try again")
        target = cache / fresh.name
        fresh.replace(target)  # from the same folder tree, so that no half of it is ever seen
        return target
    except OSError as error:
        raise DiskError(f"cannot write to {cache}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def find(release: Release, cache: Path) -> Path | None:
    """The release's wheel, if `cache` holds one; of several, the one with the listed SHA-256."""
    found = [path for path in sorted(cache.glob("*.whl")) if _is_of(path, release)]
    if release.sha256 and len(found) > 1:
        found = [path for path in found if sha256_of(path) == release.sha256] or found
    return found[0] if found else None


def problem_of(wheel: Path, release: Release) -> str | None:
    """What is wrong with a wheel, None if it is whole and the listed one."""
    if release.sha256:
        return None if sha256_of(wheel) == release.sha256 else "is not the listed file"
    try:
        with zipfile.ZipFile(wheel) as archive:
            return None if archive.testzip() is None else "is damaged"
    except (OSError, zipfile.BadZipFile):
        return "is no whole wheel"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_python(wheel: Path, skip: tuple[str, ...] = (), package: str = "") -> Iterator[SourceFile]:
    """The wheel's Python files as text.

    Left out are tests, other people's and generated files, and files whose head names a licence
    that is not permissive.
    """
    with zipfile.ZipFile(wheel) as archive:
        for entry in sorted(archive.infolist(), key=lambda item: item.filename):
            path = entry.filename
            if not path.endswith(".py") or entry.file_size > _MAX_FILE_BYTES:
                continue
            if any(path.startswith(prefix) for prefix in skip) or _is_unwanted(path):
                continue
            try:
                text = archive.read(entry).decode("utf-8")
            except UnicodeDecodeError:
                continue
            if not is_under_another(text[:_HEAD]):
                yield SourceFile(path, text, package)


def read_stated(wheel: Path) -> Stated:
    """The wheel's metadata and the texts of its licence files. Raises `DataError` without any."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            inside = [name for name in names if ".dist-info/" in name]
            metadata = next(name for name in inside if name.endswith("/METADATA"))
            licences = [n for n in inside if re.search(r"licen[cs]e|copying", n, re.I)]
            texts = tuple(
                archive.read(name).decode("utf-8", "replace")
                for name in sorted(licences, key=len)
                if not name.endswith("/")
            )
            return Stated(BytesParser().parsebytes(archive.read(metadata)), texts)
    except (OSError, zipfile.BadZipFile, StopIteration) as error:
        raise DataError(f"{wheel.name} is no wheel with metadata; download it again") from error


def repositories_of(metadata: Message) -> frozenset[str]:
    """`owner/name` in lower case of every GitHub repository that the metadata names as its own."""
    urls = [metadata.get("Home-page") or "", *(metadata.get_all("Project-URL") or ())]
    found = (re.search(r"github\.com/([\w.-]+/[\w.-]+)", str(url), re.I) for url in urls)
    return frozenset(match.group(1).lower().removesuffix(".git") for match in found if match)


def _download(release: Release, folder: Path) -> Job[None]:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--ignore-requires-python"]
    # Only wheels: pip runs a source distribution's own code to learn what it is.
    command += ["--only-binary", ":all:", "--dest", str(folder)]
    if release.platform:
        command += ["--platform", release.platform, "--python-version", release.python]
        command += ["--implementation", "cp"]
    command.append(f"{release.name}=={release.version}")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                process.wait(_WAIT)
                return
            except subprocess.TimeoutExpired:
                yield Progress("downloading", 0, None, str(release))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _is_of(path: Path, release: Release) -> bool:
    name, version, *tags = path.name.removesuffix(".whl").split("-")
    stem = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}"
    return stem == release.stem and (not release.platform or release.platform in tags[-1])


def _is_unwanted(path: str) -> bool:
    *folders, name = path.lower().split("/")
    if name.startswith(("test_", "conftest")) or name.endswith(("_pb2.py", "_pb2_grpc.py")):
        return True
    return any(folder in _UNWANTED or folder.startswith("test_") for folder in folders)
