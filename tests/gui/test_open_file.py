"""Which command opens a file at a line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui.open_file import editor_command, open_in_editor, reveal

FILE = Path("/project/net.py")


def which(*known: str):
    return lambda name: f"/bin/{name}" if name in known else None


def command(
    configured: str = "", visual: str = "", known: tuple[str, ...] = ()
) -> list[str] | None:
    environ = {"VISUAL": visual} if visual else {}
    return editor_command(FILE, 12, configured, environ, which(*known))


def test_the_users_own_command_is_filled_in() -> None:
    found = command("mine --at {line} {file}", known=("mine",))
    assert found == ["/bin/mine", "--at", "12", str(FILE)]


def test_a_known_editor_gets_its_own_way_to_name_a_line() -> None:
    assert command("code", known=("code",)) == ["/bin/code", "-g", f"{FILE}:12"]
    assert command("kate", known=("kate",)) == ["/bin/kate", "--line", "12", str(FILE)]


def test_an_unknown_editor_gets_the_file() -> None:
    assert command("myedit --new", known=("myedit",)) == ["/bin/myedit", "--new", str(FILE)]


def test_visual_comes_before_code_but_not_if_it_needs_a_terminal() -> None:
    both = ("gvim", "vim", "code")
    assert command(visual="gvim -f", known=both) == ["/bin/gvim", "-f", "+12", str(FILE)]
    assert command(visual="vim", known=both) == ["/bin/code", "-g", f"{FILE}:12"]


def test_a_terminal_editor_is_taken_if_the_user_says_so() -> None:
    found = command("vim", known=("vim",))
    assert found == ["/bin/vim", str(FILE)]


def test_without_any_editor_it_is_left_to_the_desktop() -> None:
    assert command("gone {file}", visual="gone-too") is None


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone.py"
    assert open_in_editor(gone, 1).startswith(f"{gone} is no longer there")
    assert reveal(gone).startswith(f"{gone} is no longer there")
    (tmp_path / "dataset.json").touch()
    assert "document of an imported data set" in open_in_editor(tmp_path / "a" / "code-1", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="needs touch")
def test_the_command_is_run(tmp_path: Path, qtbot) -> None:
    file, mark = tmp_path / "a.py", tmp_path / "opened"
    file.touch()
    assert open_in_editor(file, 3, f"touch '{mark}' {{file}}") == ""
    qtbot.waitUntil(mark.exists, timeout=10_000)
