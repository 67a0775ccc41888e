from __future__ import annotations

from pathlib import Path

import pytest
import tqdm

from engine.models.device import Device, Precision
from tests.models.tiny import make_cross_encoder_folder, make_encoder_folder

# Its progress bars would start a thread that outlives a test.
tqdm.tqdm.monitor_interval = 0

CPU = Device("cpu", Precision.FP32)


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder_folder(tmp_path_factory.mktemp("models") / "encoder")


@pytest.fixture(scope="session")
def cross_encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cross_encoder_folder(tmp_path_factory.mktemp("models") / "cross-encoder")
