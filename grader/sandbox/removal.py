"""Remove what a hand-in left, however deep, many and locked its folders are (standard library only)."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(folder: str | os.PathLike[str]) -> None:
    """Remove ``folder`` and all below it; links are removed, never followed, and nothing is raised.

    Recursion would end at a thousand folders in folders, and a path at 4,096 characters. So every folder that
    is found is emptied by moving the folders in it up to the top, where their turn comes.
    """
    with contextlib.suppress(OSError):
        top = open_folder(os.fspath(folder))
        try:
            while True:
                found = empty(top)
                gone = [dissolve(top, name) for name in found]
                if not any(gone):
                    break
        finally:
            os.close(top)
        Path(folder).rmdir()


def open_folder(name: str, above: int | None = None) -> int:
    """A descriptor of a folder, whose owner gets back the right to look into it and to change it."""
    with contextlib.suppress(OSError, AttributeError):  # a link is not opened, so nothing outside is changed
        handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        try:
            if os.fstat(handle).st_mode & 0o700 != 0o700:
                Path(f"/proc/self/fd/{handle}").chmod(0o700)
        finally:
            os.close(handle)
    return os.open(name, FOLDER, dir_fd=above)


def empty(handle: int) -> list[str]:
    """Remove all but the folders from a folder; their names."""
    folders = []
    with os.scandir(handle) as listing:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing]
    for name, is_folder in entries:
        if is_folder:
            folders.append(name)
        else:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=handle)
    return folders


def dissolve(top: int, name: str) -> bool:
    """Remove one folder of the top, moving the folders in it up; True when it is gone."""
    try:
        handle = open_folder(name, top)
        try:
            for inner in empty(handle):
                os.close(open_folder(inner, handle))  # a locked folder cannot be moved
                os.rename(inner, secrets.token_hex(8), src_dir_fd=handle, dst_dir_fd=top)
        finally:
            os.close(handle)
        os.rmdir(name, dir_fd=top)
    except OSError:
        return False
    return True
