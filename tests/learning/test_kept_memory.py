import platform
import subprocess
import sys

import pytest

LEFT = """
import sys
import psutil
import torch
from engine.learning.kept_memory import keep_memory

assert sys.argv[1] == "as it is" or keep_memory()
tensors = [torch.ones(1_000_000) for _ in range(40)]
del tensors
print(psutil.Process().memory_info().rss)
"""


def left(how: str) -> int:
    """Bytes that the process holds after 160 MB of tensors have been freed."""
    command = [sys.executable, "-c", LEFT, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc of glibc")
def test_what_a_step_frees_stays_with_the_process():
    assert left("kept") - left("as it is") > 100_000_000
