"""Shared by all tests: no network, no screen, no thread left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples in every run of the CI: what it says of a change is due to the change.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
if os.environ.get("PYTEST_XDIST_WORKER"):  # a core for each process, rather than all for all
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def no_dangling_threads() -> Iterator[None]:
    """Fail a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(max(0.0, deadline - time.monotonic()))
    alive = [thread.name for thread in left if thread.is_alive()]
    assert not alive, f"threads still running after the test: {alive}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small repository of Python files in two frameworks."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "torch_attention.py").write_text(
        '"""Attention in PyTorch."""\n'
        "import torch\n"
        "import torch.nn.functional as F\n\n\n"
        "def dot_product_attention(query, key, value, mask=None):\n"
        '    """Scaled dot-product attention over a batch of sequences."""\n'
        "    scores = torch.matmul(query, key.transpose(-2, -1)) / query.shape[-1] ** 0.5\n"
        "    if mask is not None:\n"
        "        scores = scores.masked_fill(mask == 0, -1e9)\n"
        "    return torch.matmul(F.softmax(scores, dim=-1), value)\n",
        encoding="utf-8",
    )
    (folder / "tf_attention.py").write_text(
        '"""Attention in TensorFlow."""\n'
        "import tensorflow as tf\n\n\n"
        "def attend(q, k, v):\n"
        '    """Weighted sum of the values by softmax of the scaled scores."""\n'
        "    depth = tf.cast(tf.shape(k)[-1], tf.float32)\n"
        "    logits = tf.matmul(q, k, transpose_b=True) / tf.sqrt(depth)\n"
        "    return tf.matmul(tf.nn.softmax(logits, axis=-1), v)\n",
        encoding="utf-8",
    )
    (folder / "csv_reader.py").write_text(
        "import csv\n\n\n"
        "def read_rows(path):\n"
        '    """Read a csv file and return its rows as dictionaries."""\n'
        "    with open(path, newline='') as handle:\n"
        "        return list(csv.DictReader(handle))\n",
        encoding="utf-8",
    )
    return folder
