from __future__ import annotations

from pathlib import Path

import pytest
import tqdm

from engine.models.cross_encoder import BertCrossEncoder
from engine.models.device import Device, Precision
from engine.models.encoder import BertEncoder
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder, words_of
from tests.retrieval.corpora import FUNCTIONS

# bm25s' own builder would start a thread that outlives a test.
tqdm.tqdm.monitor_interval = 0

CPU = Device("cpu", Precision.FP32)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    words = words_of(" ".join(FUNCTIONS.values()))
    make_encoder_folder(folder / "encoder", words)
    make_cross_encoder_folder(folder / "cross-encoder", words)
    return folder


@pytest.fixture(scope="session")
def encoder(model_folder: Path) -> BertEncoder:
    return BertEncoder.load(model_folder / "encoder", CPU)


@pytest.fixture(scope="session")
def cross_encoder(model_folder: Path) -> BertCrossEncoder:
    return BertCrossEncoder.load(model_folder / "cross-encoder", CPU)
