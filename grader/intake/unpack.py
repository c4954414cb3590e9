"""Unpack: a submission becomes a private folder of plain files. Nothing a team hands in raises here."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from grader.errors import GraderFault, Unreadable
from grader.intake.archives import Damaged, Entry, describe, head_of, magic_of
from grader.intake.choose import choose
from grader.intake.names import printable
from grader.intake.salvage import salvage
from grader.intake.sources import (
    archive_entries,
    by_worth,
    chosen,
    container_kind,
    folder_entries,
    is_archive_name,
    mail_entries,
    pieces_of,
)
from grader.intake.staging import Limits, Staging, make_folders
from grader.platforms import PLATFORMS
from grader.platforms.plain import stem
from grader.records import Blame, Submission, Workspace

__all__ = ["Limits", "unpack"]
ARCHIVES_DEEP = 2
"""Archives inside one another that are unpacked: the hand-in's own and one within."""
_TELLING = frozenset(
    (
        "encrypted",
        "method",
        "damaged",
        "bomb",
        "too_large",
        "limit",
        "unsafe_name",
        "too_deep",
        "link",
        "special",
    )
)
"""Kinds of remarks that explain why nothing came out."""


def unpack(
    submission: Submission,
    into: Path,
    limits: Limits | None = None,
    expected_notebook: str = "",
    handed_out: Sequence[str] | None = None,
) -> Workspace:
    """Unpack one hand-in into the folder ``into``, which must be new or empty.

    Whatever is wrong with the hand-in stands in the workspace's ``problem`` (nothing can be judged) or in its
    ``remarks``. ``expected_notebook`` is the name the sheet asks for; a sheet that asks for none gives the sources
    of the modules that it hands out, ``handed_out``, and all files that are work become ``parts``. Remarks of kind
    ``archive`` name in ``where`` an archive as the students called it. Raises ``GraderFault`` only when ``into``
    cannot be used.
    """
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        make_folders(into.parent, into)
        if any(into.iterdir()):
            raise GraderFault("the folder to unpack into is not empty", where=str(into))
        with tempfile.TemporaryDirectory(prefix=".unpack-", dir=into.parent) as scratch:
            staging = Staging(Path(scratch) / "files", limits or Limits())
            reasons = _Unpacking(staging, Path(scratch)).run(submission)
            if wrapper := staging.wrapper():
                text = f"Everything lies in the folder '{printable(wrapper)}', which was peeled off."
                staging.say("wrapper_folder", text, where=wrapper, blame=Blame.NOBODY)
            digests = staging.deliver(into)
    except OSError as error:
        raise GraderFault("the hand-in cannot be unpacked", where=str(into), got=str(error)) from error
    files = tuple(sorted(digests))
    choice = choose(into, files, expected_notebook, reasons, handed_out)
    return Workspace(
        folder=into,
        files=files,
        sha256=_fingerprint(digests),
        notebooks=choice.notebooks,
        scripts=choice.scripts,
        main=choice.main,
        remarks=tuple(one for one in (*staging.remarks(), *choice.remarks) if one.what not in choice.problem),
        problem=choice.problem,
        parts=choice.parts,
    )


def _fingerprint(digests: dict[str, str]) -> str:
    """Hash of names and contents, independent of the order in which they came."""
    total = hashlib.sha256()
    for name in sorted(digests):
        total.update(f"{name}\0{digests[name]}\n".encode())
    return total.hexdigest()


class _Unpacking:
    """One hand-in being unpacked; ``reasons`` are sentences that explain why nothing came out."""

    def __init__(self, staging: Staging, scratch: Path) -> None:
        self.staging, self.scratch = staging, scratch
        self.reasons: list[str] = []

    def run(self, submission: Submission) -> Sequence[str]:
        """Bring the submission's files into the staging folder; answers the reasons."""
        try:
            self._open(submission)
            self._unpack_nested()
        except (Unreadable, Damaged) as fault:
            self._fail(str(fault), submission.entry or submission.path.name)
        except OSError as error:
            if not _theirs(error, submission.path):
                raise
            self._fail(f"The hand-in cannot be read ({error.strerror}).", submission.path.name)
        told = [remark.what for remark in self.staging.remarks() if remark.kind in _TELLING]
        return [*self.reasons, *told]

    def _fail(self, sentence: str, where: str) -> None:
        self.reasons.append(sentence)
        self.staging.say("unreadable", sentence, where=where)

    def _open(self, submission: Submission) -> None:
        path, entry = submission.path, submission.entry
        if submission.platform == "email" and path.is_file():
            self._open_mail(path, entry)
        elif path.is_dir():
            entries: Iterable[Entry] = folder_entries(path)
            entries = _renamed(chosen(entries, entry), submission) if entry else entries
            self.staging.take(by_worth(entries), "", 0)
        elif not entry:
            self._open_file(path, path.name, _given_name(submission, path.name))
        elif "\n" in entry or entry.endswith("/"):
            with self._opened(path) as outer:
                self.staging.take(_renamed(chosen(outer, entry), submission), "", 0)
        else:
            last = entry.replace("\\", "/").rsplit("/", 1)[-1]
            self._open_file(self._fetch(submission), last, _given_name(submission, last))

    def _open_mail(self, path: Path, key: str) -> None:
        entries, links = mail_entries(path, key)
        self.staging.take(entries, "", 0)
        for link in links[:10]:
            text = f"The mail links to {printable(link, 200)}; links are not followed."
            self.staging.say("link_in_mail", text, blame=Blame.NOBODY)

    @contextmanager
    def _opened(self, path: Path, kind: str = "") -> Iterator[Iterable[Entry]]:
        """The entries of an archive; raises ``Unreadable`` when it cannot be opened."""
        limits = self.staging.limits
        found = kind or container_kind(path)
        if found in {"", "folder"}:
            raise Unreadable(f"'{path.name}' is no archive any more.")
        entries, close = archive_entries(path, found, limits.total_bytes + limits.file_bytes)
        try:
            yield entries
        finally:
            close()

    def _fetch(self, submission: Submission) -> Path:
        """Copy the hand-in's own entry out of the outer archive."""
        (self.scratch / "outer").mkdir()
        aside = Staging(self.scratch / "outer" / "files", self.staging.limits)
        with self._opened(submission.path) as outer:
            for entry in chosen(outer, submission.entry):
                aside.take([replace(entry, name="It")], "", 0)
                break
        if "It" not in aside.files:
            said = " ".join(remark.what for remark in aside.remarks()).replace("'It'", "The hand-in")
            raise Unreadable(said or f"'{printable(submission.entry)}' is not in the outer archive any more.")
        return aside.folder / "It"

    def _open_file(self, path: Path, name: str, given: str) -> None:
        """A hand-in that is one file: an archive is unpacked, everything else is taken as it is.

        ``name`` is the platform's, ``given`` the students' (empty if the platform lost it).
        """
        if kind := container_kind(path, name):
            self._expand(path, kind, given, "", 1)
        elif not is_archive_name(name):
            self._place(path, given or name)
        elif magic_of(head_of(path)) == "json":
            text = f"'{printable(name)}' is no archive but seems to be a notebook; it was read as one."
            self.staging.say("not_an_archive", text, where=name)
            self._place(path, f"{stem(given or name)}.ipynb")
        else:
            self._fail(_not_an_archive(name, head_of(path)), name)

    def _place(self, path: Path, name: str) -> None:
        entry = Entry(name.lstrip(".") or "file", path.stat().st_size, lambda: pieces_of(path))
        self.staging.take([entry], "", 0)

    def _expand(self, path: Path, kind: str, given: str, below: str, depth: int) -> None:
        """Unpack an archive below the folder ``below``; a broken zip is salvaged as far as possible."""
        if given:
            text = f"The archive '{printable(given)}' was unpacked."
            self.staging.say("archive", text, where=given, blame=Blame.NOBODY)
        before, had = self.staging.looked_at, len(self.staging.files)
        try:
            with self._opened(path, kind) as entries:
                self.staging.take(entries, below, depth)
        except (Unreadable, Damaged) as fault:
            if kind == "zip":
                self.staging.take(by_worth(salvage(path)), below, depth)
            self._say_saved(given, len(self.staging.files) - had, fault)
        else:
            if self.staging.looked_at == before:
                self._fail(f"The archive {_quoted(given)}holds no files.", given)

    def _say_saved(self, given: str, saved: int, fault: Exception) -> None:
        if not saved:
            self._fail(f"The archive {_quoted(given)}cannot be unpacked: {fault}.", given)
            return
        text = f"The archive {_quoted(given)}is damaged or cut off; {saved} of its files could be saved."
        self.staging.say("salvaged", text, where=given, next_step="Zip the files again.")

    def _unpack_nested(self) -> None:
        """Unpack archives among the files, each into a folder of its name (in place if it stands alone)."""
        waiting, number = sorted(filter(is_archive_name, self.staging.files)), 0
        while waiting and not self.staging.full:
            name, number = waiting.pop(0), number + 1
            if self.staging.files[name].depth >= ARCHIVES_DEEP:
                text = f"'{printable(name)}' is an archive in an archive in an archive and was not unpacked."
                self.staging.say("too_deep", text, where=name)
                continue
            had = set(self.staging.files)
            self._unpack_one(name, self.scratch / f"archive-{number}")
            waiting += sorted(filter(is_archive_name, self.staging.files.keys() - had))

    def _unpack_one(self, name: str, aside: Path) -> None:
        folder, _, last = name.rpartition("/")
        path = self.staging.folder / name
        kind = container_kind(path)
        if not kind:
            self._fail(_not_an_archive(last, head_of(path)), name)
            return
        inside = f"{folder}/" if folder else ""
        alone = not any(other != name and other.startswith(inside) for other in self.staging.files)
        depth = self.staging.files[name].depth
        path.replace(aside)
        self.staging.forget(name)
        below = folder if alone else self.staging.free_folder(f"{inside}{stem(last)}")
        self._expand(aside, kind, last, below, depth + 1)
        aside.unlink()


def _theirs(error: OSError, path: Path) -> bool:
    """Whether the fault lies with the hand-in on disk (gone, not readable) and not with our own folder."""
    return error.filename is not None and str(error.filename).startswith(str(path))


def _given_name(submission: Submission, name: str) -> str:
    """The file name the students gave, or an empty string where the platform lost it."""
    if submission.platform == "plain" or submission.platform not in PLATFORMS:
        return name
    label = PLATFORMS[submission.platform].parse(name)
    if label is None:
        return name
    return "" if submission.platform == "mampf" else label.rest


def _renamed(entries: Iterable[Entry], submission: Submission) -> Iterator[Entry]:
    """Entries under the names the students gave, where the platform put something in front."""
    for entry in entries:
        if "/" not in entry.name and (given := _given_name(submission, entry.name)):
            yield replace(entry, name=given)
        else:
            yield entry


def _not_an_archive(name: str, head: bytes) -> str:
    if not head:
        return f"'{printable(name)}' is empty (0 bytes). Hand it in again."
    kind = describe(magic_of(head))
    return f"'{printable(name)}' cannot be unpacked: it is {kind}. Hand in a .zip."


def _quoted(name: str) -> str:
    return f"'{printable(name)}' " if name else ""
