"""Open a result where it lives: in the user's editor at its line, or in the file manager."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices

# How graphical editors take a line. Editors that need a terminal are left out on purpose: a window
# has none to give them.
_AT_LINE: Mapping[str, tuple[str, ...]] = {
    "code": ("-g", "{file}:{line}"),
    "code-insiders": ("-g", "{file}:{line}"),
    "codium": ("-g", "{file}:{line}"),
    "cursor": ("-g", "{file}:{line}"),
    "zed": ("{file}:{line}",),
    "subl": ("{file}:{line}",),
    "gvim": ("+{line}", "{file}"),
    "mvim": ("+{line}", "{file}"),
    "gedit": ("+{line}", "{file}"),
    "kate": ("--line", "{line}", "{file}"),
    "pycharm": ("--line", "{line}", "{file}"),
    "idea": ("--line", "{line}", "{file}"),
    "emacsclient": ("-n", "+{line}", "{file}"),
    "notepad++": ("-n{line}", "{file}"),
}
MANIFEST = "dataset.json"
"""Lies in the folder of an imported data set, whose documents are rows of one file."""

_IN_A_TERMINAL = frozenset(
    {"vi", "vim", "nvim", "nano", "pico", "ed", "emacs", "micro", "hx", "helix", "ne", "joe"}
)


def editor_command(
    file: Path,
    line: int,
    configured: str = "",
    environ: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
) -> list[str] | None:
    """The command that opens `file` at `line`, or None to leave it to the desktop.

    `configured` is the user's own: `{file}` and `{line}` are filled in, and without `{file}` the
    file goes last. After it come `$VISUAL`, unless it needs a terminal, and Visual Studio Code.
    """
    for command in (configured, environ.get("VISUAL", ""), "code"):
        words = shlex.split(command, posix=os.name != "nt")
        if not words:
            continue
        program = which(words[0])
        name = Path(words[0]).stem.lower()
        if program is None or (name in _IN_A_TERMINAL and command is not configured):
            continue
        words = [program, *words[1:]]
        if not any("{file}" in word for word in words):
            words += _AT_LINE.get(name, ("{file}",))
        return [w.replace("{file}", str(file)).replace("{line}", str(line)) for w in words]
    return None


def open_in_editor(file: Path, line: int, configured: str = "") -> str:
    """Open a file at a line. Returns "" or one line that says why not."""
    if not file.exists():
        return _why_not_there(file)
    command = editor_command(file, line, configured)
    if command is not None and _start(command):
        return ""
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
        return ""
    return f"no editor could be started for {file}; set one under Edit, Editor Command"


def _why_not_there(file: Path) -> str:
    if any((folder / MANIFEST).is_file() for folder in file.parents):
        return "this is a document of an imported data set; it has no file of its own"
    return f"{file} is no longer there; re-index the corpus to forget it"


def reveal(file: Path) -> str:
    """Show a file in the file manager. Returns "" or one line that says why not."""
    if not file.exists():
        return _why_not_there(file)
    command = _reveal_command(file)
    if command is not None and _start(command):
        return ""
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent))):
        return ""
    return f"no file manager could be started for {file.parent}"


def _reveal_command(file: Path) -> list[str] | None:
    if sys.platform == "darwin":
        return ["open", "-R", str(file)]
    if sys.platform == "win32":
        return ["explorer", f"/select,{file}"]
    program = shutil.which("dbus-send")
    if program is None:
        return None
    return [
        program,
        "--session",
        "--print-reply",
        "--dest=org.freedesktop.FileManager1",
        "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1.ShowItems",
        f"array:string:{file.as_uri()}",
        "string:",
    ]


def _start(command: list[str]) -> bool:
    started, _ = QProcess.startDetached(command[0], command[1:])  # type: ignore[misc]
    return started
