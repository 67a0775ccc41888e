"""Whether a folder is on a drive that other machines write to."""

from __future__ import annotations

import re
from pathlib import Path

_REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|beegfs|fuse\.(?:sshfs|rclone)"
)
_MOUNTS = Path("/proc/self/mounts")


def network_drive(path: Path, mounts: str | None = None) -> str:
    """The kind of network drive that a path is on; empty if it is on none, or that is not known.

    `mounts` is a table in the form of `/proc/self/mounts`; by default this machine's.
    """
    if str(path).startswith("\\\\"):
        return "a Windows share"
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text("utf-8", "replace")
        except OSError:
            return ""
    kind, best = "", 0
    for line in mounts.splitlines():
        place, _, rest = line.partition(" ")[2].partition(" ")
        place = place.replace("\\040", " ")
        if len(place) > best and path.is_relative_to(place):
            kind, best = rest.partition(" ")[0], len(place)
    return kind if _REMOTE.fullmatch(kind) else ""
