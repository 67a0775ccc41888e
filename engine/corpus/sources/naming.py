"""What a user may name as a source, and how it is kept in a corpus's specification."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from engine.corpus.sources.archive_format import archive_stem, is_archive
from engine.corpus.sources.packages import find_package, split_package
from engine.errors import DataError, UserError
from engine.types_corpora import Source, SourceKind

PACKAGE = "package:"

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_SCP = re.compile(r"[\w.-]+@[\w.-]+:(?!//)[^\\]+")
"""git's short form of an SSH address: `git@host:path`."""

_PACKAGE_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_]\w*)*")
_REF = re.compile(r"[A-Za-z0-9_][\w./+@-]*")


def parse_source(text: str) -> Source:
    """The source that a text names: a path that exists, else a package or a git URL.

    Takes `~`, quotes and `file://` from a file manager; a package may be said as `package:NAME`
    (see `engine.corpus.sources.packages`) or by its bare name, a git URL with `#REF` for a branch
    or tag. Raises `DataError` if there is nothing of that name.
    """
    try:
        return _parsed(text)
    except (OSError, RuntimeError, ValueError) as error:  # no such home, too long, no URL
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{text.strip()[:80]} cannot be read as a place ({reason})") from None


def _parsed(text: str) -> Source:
    text = text.strip().strip("\"'")
    if not text:
        raise DataError("name a folder, a file, an archive, an installed package or a git URL")
    if text.startswith(PACKAGE):
        return package_source(text.removeprefix(PACKAGE))
    if text.startswith("git+"):
        url = text.removeprefix("git+")
        return _git(Path(url).as_uri() if Path(url).is_absolute() else url)
    local = _local_path(text)
    if local is not None and local.exists():
        return _path(local)
    if _SCHEME.match(text) or _SCP.fullmatch(text):
        return _git(text)
    if os.sep in text or text.startswith((".", "~")):
        raise DataError(f"there is no folder or file {text}; check its spelling")
    if _PACKAGE_NAME.fullmatch(text):
        try:
            return package_source(text)
        except UserError:
            pass
    raise DataError(f"there is no folder, file or installed package called {text}")


def package_source(name: str) -> Source:
    """The installed package `NAME` or `NAME@ENVIRONMENT`. Raises `DataError` if it is not found."""
    package, environment = split_package(name)
    if not package.strip():
        raise DataError(f"name an installed package after {PACKAGE}")
    if environment is not None:
        environment = Path(os.path.abspath(environment.expanduser()))  # noqa: PTH100 - see `_path`
    find_package(package, environment)
    place = f"@{environment}" if environment else ""
    return Source(f"{PACKAGE}{package}{place}", SourceKind.PACKAGE, package)


def kind_of(text: str) -> SourceKind:
    """What kind a source is that is kept in a specification."""
    if text.startswith(PACKAGE):
        return SourceKind.PACKAGE
    if _SCHEME.match(text) or _SCP.fullmatch(text):
        return SourceKind.GIT
    path = Path(text)
    if is_archive(path):
        return SourceKind.ARCHIVE
    return SourceKind.FILE if path.is_file() else SourceKind.FOLDER


def split_reference(url: str) -> tuple[str, str]:
    """A git URL without its `#REF`, and the branch or tag; empty for the default branch."""
    address, _, reference = url.partition("#")
    return address, reference


def is_local_url(url: str) -> bool:
    """Whether a git URL is one of this machine."""
    return url.startswith("file://")


def _local_path(text: str) -> Path | None:
    scheme = _SCHEME.match(text)
    if scheme is not None and scheme[1].lower() != "file":
        return None
    return Path(text.removeprefix("file://")).expanduser()


def _path(path: Path) -> Source:
    # Without `..`, but with links: what the user named is what is shown and watched.
    path = Path(os.path.abspath(path))  # noqa: PTH100
    if path.is_dir():
        if _is_bare(path):
            return _git(path.as_uri())
        return Source(str(path), SourceKind.FOLDER, _suggestion(path.name))
    if is_archive(path):
        return Source(str(path), SourceKind.ARCHIVE, _suggestion(archive_stem(path)))
    return Source(str(path), SourceKind.FILE, _suggestion(path.stem))


def _is_bare(folder: Path) -> bool:
    """Whether a folder is a git repository without a working tree."""
    return (
        (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()
    )


def _git(url: str) -> Source:
    """A git URL. Raises `DataError` if it is one that is not cloned."""
    address, reference = split_reference(url)
    scheme = _SCHEME.match(address)
    protocol = scheme[1].lower() if scheme else "ssh"
    if protocol not in {"https", "ssh", "file"}:
        raise DataError(
            f"{protocol} URLs are not cloned; give one that begins with https:// or ssh"
        )
    if reference and not _REF.fullmatch(reference):
        raise DataError(f"{reference} cannot be a branch or tag; check what follows the #")
    if protocol == "https" and urlsplit(address).password:
        raise DataError("leave the password out of the URL; git's credential helper may supply it")
    path = re.split(r"[/:]", address.rstrip("/"))[-1].removesuffix(".git")
    return Source(url, SourceKind.GIT, _suggestion(path), remote=not is_local_url(address))


def _suggestion(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-") or "corpus"
