"""What a sheet hands out, and how it is laid beside a hand-in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from grader.records import Workspace


def handed_out(folder: Path, provides: Mapping[str, str]) -> tuple[str, ...]:
    """The sources of the modules that the sheet hands out."""
    files = {folder / name for name in provides.values()}
    return tuple(f.read_text("utf-8") for f in sorted(files) if f.suffix == ".py" and f.is_file())


def lay_provided(folder: Path, provides: Mapping[str, str], workspace: Workspace) -> None:
    """Lay the modules and data that the sheet hands out beside the work, never in the way of a file of the team.

    A file of that name anywhere in the hand-in counts; one that differs in upper and lower case only is laid
    under the sheet's name, as it is found on the systems where that makes no difference.
    """
    if not workspace.folder.is_dir():
        return
    own = {PurePosixPath(name).name.casefold(): name for name in reversed(workspace.files)}
    parts = workspace.parts or (workspace.main,)
    homes = dict.fromkeys(["", *(PurePosixPath(part).parent.as_posix() for part in parts)])
    for name, source in provides.items():
        theirs = own.get(PurePosixPath(name).name.casefold())
        if theirs is None:
            for home in homes:
                target = workspace.folder / home / name
                if not target.exists():
                    shutil.copyfile(folder / source, target)
        elif not (target := (workspace.folder / theirs).with_name(PurePosixPath(name).name)).exists():
            shutil.copyfile(workspace.folder / theirs, target)
