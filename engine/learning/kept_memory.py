"""What a training step frees stays with the process, for the next step asks for as much."""

from __future__ import annotations

import ctypes
import platform

# Parameters of mallopt(3), as malloc.h numbers them.
_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8
_NEVER = -1


def keep_memory() -> bool:
    """Let glibc keep what is freed, and say whether it does: elsewhere nothing changes.

    By itself it asks the system for every large tensor and gives it back, and the kernel clears the
    pages each time anew. For processes that train and do nothing else: they stay as large as they
    once were.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    settings = ((_ARENA_MAX, 1), (_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER))
    return all(mallopt(name, value) == 1 for name, value in settings)
