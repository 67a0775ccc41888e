"""Shared by the tests of learning."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tqdm

# sentence-transformers' progress bars start a thread that outlives them.
tqdm.tqdm.monitor_interval = 0


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the only index there is."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a small model to start from, `start`, and `groups.jsonl` to train on."""
    from transformers.utils import logging

    from engine.learning.groups import write_groups
    from tests.learning.small import make_groups, make_model  # here: it imports torch

    logging.set_verbosity_error()
    logging.disable_progress_bar()  # its monitor is a thread
    make_model(tmp_path / "start")
    write_groups(tmp_path / "groups.jsonl", make_groups())
    return tmp_path
