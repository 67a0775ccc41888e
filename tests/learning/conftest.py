"""Shared by the tests of learning."""

from __future__ import annotations

import tqdm

# sentence-transformers' progress bars start a thread that outlives them.
tqdm.tqdm.monitor_interval = 0
