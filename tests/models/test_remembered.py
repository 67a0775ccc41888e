"""A cross-encoder that keeps its scores, also for a copy of itself in another folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.models.catalogue import ModelChoice, load_cross_encoder
from engine.models.own_share import OwnShare, own_share, write_share
from engine.models.remembered import RememberedCrossEncoder
from engine.types import QueryKind

TEXTS = ["sum of a list", "read a file"]


def test_a_copy_has_the_scores_and_its_own_share(
    cross_encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [Path(shutil.copytree(cross_encoder_folder, tmp_path / name)) for name in "ab"]
    write_share(places[1], OwnShare("", {QueryKind.CODE: 0.75}))
    first, second = (load_cross_encoder(ModelChoice("cross-encoder", str(p))) for p in places)
    remembered = RememberedCrossEncoder(first)
    scores = remembered.score("sum", TEXTS)
    shutil.rmtree(places[0])  # a version that was removed
    again = remembered.elsewhere(second)
    assert own_share(again.name, again.fingerprint).shares == {QueryKind.CODE: 0.75}

    def computed(*_arguments: object) -> None:
        raise AssertionError("it was scored before")

    monkeypatch.setattr(second, "score", computed)
    assert again.score("sum", TEXTS).tolist() == scores.tolist()
