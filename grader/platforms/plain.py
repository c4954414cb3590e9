"""No platform: the name of the file or folder is the team's label."""

from __future__ import annotations

from grader.platforms.label import FEEDBACK, Label, parts_of

NAME = "plain"
EXAMPLE = "team_a.zip"
STRONG = False
FOLDERS = False
ENDINGS = (
    *(".tar.gz", ".tar.bz2", ".tar.xz", ".zip", ".tgz", ".tbz2", ".txz", ".tar", ".gz", ".rar", ".7z"),
    *(".ipynb", ".py", ".pdf", ".html", ".htm", ".eml", ".mbox"),
)


def stem(name: str) -> str:
    """The name without the extensions of archives, notebooks, scripts and exports."""
    for end in ENDINGS:
        if name.lower().endswith(end) and len(name) > len(end):
            return stem(name[: -len(end)])
    return name


def parse(name: str) -> Label | None:
    """Read any name: the label is its stem, or the folder it lies in if it is a page of ours."""
    parts = parts_of(name)
    own = len(parts) > 1 and parts[-1] == FEEDBACK
    label = "/".join(stem(part) for part in (parts[:-1] if own else parts))
    if not label or ".." in parts:
        return None
    return Label(platform=NAME, team=label, id=label, rest=parts[-1], kept=label, matched="/".join(parts))


def return_name(label: Label) -> str:
    """The page's place: a folder named as the team."""
    return f"{label.kept}/{FEEDBACK}"


def accepts(name: str, kind: str, size: int | None = None) -> str:
    """Nothing is refused where there is no platform, except a name that leaves its folder."""
    outside = ".." in parts_of(name) or name.startswith("/")
    return f"'{name}' leads out of its folder." if outside else ""
