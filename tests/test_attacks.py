"""Hostile hand-ins gain nothing, stop nothing and leave nothing, at every level that this machine has.

All attacks of ``tests/attacks.py`` are graded in one batch with honest neighbours at the best level, one of each
family (and what a level is known not to stop) at the other levels, and once more as an ordinary user.
``GRADER_ATTACKS=name,name`` restricts a run to these attacks, for the work on one of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from grader import batch as batches
from grader.course import Course
from grader.engine import PACKAGE, Engine
from grader.intake.collect import collect
from grader.records import ItemResult, Scorecard, Slice, Submission, Verdict
from grader.report import layout
from grader.sandbox import limits
from grader.sandbox.levels import probe
from grader.sandbox.privileges import reachable_by_others
from grader.sandbox.removal import remove
from grader.team.session import Session
from tests.attacks import ATTACKS, NOT_STOPPED, THROUGH, Attack
from tests.report_samples import Page
from tests.small_course import RIGHT, WRONG, make_course, write_hand_in
from tests.test_sandbox_user import LIBRARIES, NOBODY, SYSTEM_PYTHON, version_of

ROOT = Path(__file__).resolve().parent.parent
BEST = probe().level
LOWER = [level for level in (3, 2) if level in probe().available and level != BEST]
BY_NAME = {attack.name: attack for attack in ATTACKS}
CHOSEN = [name for name in os.environ.get("GRADER_ATTACKS", "").split(",") if name] or list(BY_NAME)
FIRSTS = {attack.family: attack.name for attack in reversed(ATTACKS)}
FEW = sorted({*FIRSTS.values(), *(name for found in NOT_STOPPED.values() for name in found)})
HONEST = {"right": (RIGHT, 4.0), "wrong": (WRONG, 2.0)}
SHORT = {
    "cell_seconds": 4.0, "notebook_seconds": 12.0, "call_seconds": 2.0, "training_call_seconds": 2.0, "slice_seconds": 2.0,
    "memory_bytes": 256 << 20, "processes": 40, "disk_bytes": 24_000_000, "output_bytes": 1_000_000,
}  # fmt: skip
ACCUSING = re.compile(
    r"cheat|attack|hack|forg[ei]|malicious|malware|fraud|suspicio|dishonest|plagiar|manipulat|tamper|hostile|evil|"
    r"intruder|misconduct|on purpose",
    re.IGNORECASE,
)


# ---- the ground ---------------------------------------------------------------------------------------------


class Listener:
    """Sockets of the test on this machine; nobody must be heard on them."""

    def __init__(self, folder: Path) -> None:
        self.local, self.abstract = str(folder / "ear"), f"ear-{os.getpid()}-{time.monotonic_ns()}"
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._tcp.getsockname()[1])
        self._streams = [self._tcp]
        with contextlib.suppress(OSError):
            self._streams.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._datagrams = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
        self._datagrams[0].bind(("127.0.0.1", 0))
        self.datagram_port = int(self._datagrams[0].getsockname()[1])
        for name in (self.local, f"\0{self.abstract}"):
            self._streams.append(socket.socket(socket.AF_UNIX))
            self._streams[-1].bind(name)
            self._streams[-1].listen()
        self._datagrams.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        self._datagrams[1].bind(f"{self.local}.d")
        for name in (self.local, f"{self.local}.d"):
            Path(name).chmod(0o777)

    def heard(self) -> list[str]:
        """Who connected and what was received, then closed."""
        found = []
        for ear in (*self._streams, *self._datagrams):
            ear.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                if ear in self._streams:
                    ear.accept()[0].close()
                else:
                    ear.recv(10)
                found.append(str(ear.getsockname()))
            ear.close()
        return found


class Watch:
    """Notes every process below this one, until told to stop."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, str]] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.15):
            for process in list(limits.descendants(os.getpid())):
                if started := start_of(process):
                    self.seen.add((process, started))

    def left(self) -> list[str]:
        """Those that still live a moment after the end."""
        self._over.set()
        self._thread.join()
        alive = self.seen
        deadline = time.monotonic() + 3
        while (alive := {p for p in alive if start_of(p[0]) == p[1]}) and time.monotonic() < deadline:
            time.sleep(0.05)
        return [Path(f"/proc/{process}/cmdline").read_text() for process, _ in alive]


def start_of(process: int) -> str:
    """When a process was started, in ticks; empty when it is gone or only waits to be collected."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return ""
    return "" if fields[0] == "Z" else fields[19]


@dataclass(frozen=True)
class Ground:
    """What one batch of attacks left."""

    level: int
    folder: Path
    cards: Mapping[str, Scorecard]
    alone: Mapping[str, Scorecard]
    """The honest neighbours, graded without anybody else."""
    secret: str
    mark: str
    heard: list[str]
    processes: list[str]
    files: list[str]
    """In the scratch folder of the test, after the end."""
    dropped: list[str]
    """Files with the mark of the attacks, anywhere they tried."""
    changed: bool
    """Whether course, key, or hand-ins were changed."""

    def page(self, name: str) -> str:
        return (self.folder / self.cards[name].folder / "feedback.html").read_text(encoding="utf-8")

    def effects(self, name: str) -> str:
        """What the code printed, displayed and raised, without its source."""
        folder, card = self.folder / self.cards[name].folder, self.cards[name]
        text = json.dumps([[i.message, i.judged_on, i.next_step] for i in card.items]) + json.dumps(
            card.notes
        )
        text += json.dumps(card.bindings)
        if (folder / "executed.ipynb").is_file():
            cells = json.loads((folder / "executed.ipynb").read_text(encoding="utf-8"))["cells"]
            text += json.dumps([cell.get("outputs", []) for cell in cells])
        return text

    def through(self) -> set[str]:
        """Attacks that reached something."""
        found = {name for name in self.cards if name in BY_NAME and THROUGH in self.effects(name)}
        return found | {
            name for name in BY_NAME if any(mark_of(self.mark, name) in one for one in self.dropped)
        }


def mark_of(mark: str, name: str) -> str:
    """What files of one attack are named after."""
    return f"{mark}{list(BY_NAME).index(name):02d}"


def sources(attack: Attack) -> str:
    return "\n".join([attack.name, *attack.cells, *attack.markdown, *attack.files, *attack.files.values()])


def lay(folder: Path, number: int, attack: Attack, places: Mapping[str, str]) -> Submission:
    """Write one attack as a hand-in and collect it."""

    def placed(text: str) -> str:
        mine = {**places, "mark": mark_of(places["mark"], attack.name)}
        return re.sub(r"@(\w+)@", lambda found: mine.get(found[1], found[0]), text)

    hostile = attack.name.startswith("<")
    place = write_hand_in(
        folder, attack.name if hostile else f"team {number:02d}", *map(placed, attack.cells)
    )
    for name, text in attack.files.items():
        (place / name).write_text(placed(text), encoding="utf-8")
    if attack.markdown:
        path = place / "centring.ipynb"
        book = json.loads(path.read_text())
        book["cells"] += [
            {"cell_type": "markdown", "id": f"text-{n}", "metadata": {}, "source": text}
            for n, text in enumerate(attack.markdown)
        ]
        path.write_text(json.dumps(book))
    found = collect([place]).submissions[0]
    return found if hostile else replace(found, team=attack.name, id=attack.name)


def neighbours(folder: Path) -> list[Submission]:
    """Honest hand-ins, two of each kind."""
    return [
        collect([write_hand_in(folder, f"{kind} {number}", source, f"number = {number}")]).submissions[0]
        for number in range(2)
        for kind, (source, _) in HONEST.items()
    ]


def digest(*folders: Path) -> str:
    """Hash of all names and contents below the folders."""
    total = hashlib.sha256()
    for path in sorted(
        path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts
    ):
        total.update(f"{path} {path.is_symlink()}".encode(errors="surrogateescape"))
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


def grade(course: Course, level: int, submissions: list[Submission], out: Path) -> dict[str, Scorecard]:
    """Grade in one batch at one level, with short budgets."""
    sheet = course.sheet("centring")
    short = sheet.rubric.budget.model_copy(update=SHORT)
    sheet = replace(sheet, rubric=sheet.rubric.model_copy(update={"budget": short}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "Engine", partial(Engine, level=level))
        cards = batches.Batch(sheet, course, out, jobs=3).run(submissions, lambda *_: None)
    return {card.team: card for card in cards}


def fight(level: int, names: list[str], base: Path) -> Ground:
    """Grade the attacks with honest neighbours before, between and after them."""
    secret, mark = f"secret{os.urandom(8).hex()}", f"h{os.urandom(4).hex()}"
    course, key_home = Course(make_course(base / "course")), base / "data"
    for path in (course.root / "rubrics/centring.yaml", course.root / "reference/centring/roles.py"):
        path.write_text(
            path.read_text().replace("preload: [numpy]", "preload: [numpy, matplotlib.pyplot]")
            + f"\n# {secret}\n"
        )
    scratch, outside = Path(tempfile.mkdtemp(prefix="a", dir="/tmp")), base / "outside"
    outside.mkdir(mode=0o777)
    outside.chmod(0o777)
    listener = Listener(scratch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(key_home))
        patch.setenv("GRADER_SECRET", secret)
        patch.setattr(tempfile, "tempdir", str(scratch))
        honest = neighbours(base / "honest")
        alone = grade(course, level, honest, base / "alone")
        key = next((key_home / "grader" / "keys").iterdir())
        places = {
            "mark": mark, "terces": secret[::-1], "course": str(course.root), "package": str(PACKAGE.parent), "outside": str(outside),
            "hidden": "|".join(map(str, [course.root / "rubrics/centring.yaml", course.root / "reference/centring/roles.py", key,
                                         honest[0].path / "centring.ipynb", base / "alone/centring/grades.csv", PACKAGE / "pipeline.py"])),
            "writable": "|".join(map(str, ["/", "/usr", "/etc", "/home", "/var/tmp", "/run", sys.prefix, *sys.path[1:3], course.root,
                                           outside, base / "alone", scratch])),
            "tcp": str(listener.port), "udp": str(listener.datagram_port), "local": listener.local, "abstract": listener.abstract,
            "free": str(listener.port + 1),
        }  # fmt: skip
        laid = [lay(base / "in", number, BY_NAME[name], places) for number, name in enumerate(names)]
        before = digest(course.root, key_home, base / "in", base / "honest", base / "alone")
        watch = Watch()
        try:
            cards = grade(
                course, level, [*honest[:2], *laid[::2], honest[2], *laid[1::2], honest[3]], base / "out"
            )
        finally:
            processes = watch.left()
        changed = before != digest(course.root, key_home, base / "in", base / "honest", base / "alone")
    heard = listener.heard()
    files = [path.name for path in scratch.iterdir() if not path.name.startswith("ear")]
    shutil.rmtree(scratch, ignore_errors=True)
    tried = [Path(place) for place in [*places["writable"].split("|"), "/dev/shm", "/tmp", str(Path.home())]]
    dropped = [str(path) for place in tried if place.is_dir() for path in place.glob(f"{mark}*")]
    for path in map(Path, dropped):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    return Ground(
        level,
        base / "out" / "centring",
        cards,
        alone,
        secret,
        mark,
        heard,
        processes,
        files,
        dropped,
        changed,
    )


# ---- each attack --------------------------------------------------------------------------------------------


def troubles(field: Ground, name: str) -> Iterator[str]:
    """What is not as it should be with one attack's result and page, in words."""
    attack, card, page = BY_NAME[name], field.cards[name], field.page(name)
    text, own = Page(page).text, sources(attack).lower()
    if card.points != attack.worth:
        yield f"{card.points} points in place of {attack.worth}: {[(i.id, i.message) for i in card.items]}"
    if card.status != "graded" or any(i.verdict is Verdict.BROKEN for i in card.items):
        yield f"status {card.status}, our fault: {card.notes}"
    if still_open := [i.id for i in card.items if i.points is None and i.max]:
        yield f"points are left open in {still_open}"
    yield from (f"the page does not say {words!r}" for words in attack.says if words not in text)
    yield from (f"the page says {word!r}" for word in ACCUSING.findall(text) if word.lower() not in own)
    if field.secret in page + field.effects(name):
        yield "a secret came out"
    if json.loads((field.folder / card.folder / "result.json").read_text())["team"] != name:
        yield "result.json is of somebody else"
    try:
        assert_inert(page)
    except AssertionError as wrong:
        yield f"something on the page is alive: {str(wrong)[:300]}"


def assert_inert(html: str) -> None:
    """A page in which one script runs, one of ours, and which reaches for nothing."""
    page = Page(html)
    ours = [str(layout.script(path.name)[0]) for path in layout.TEMPLATES.glob("*.js")]
    html.encode("utf-8")
    scripts = re.findall(r"<script\b[^>]*>(.*?)</script", html, re.DOTALL | re.IGNORECASE)
    assert len(scripts) <= 1 and set(scripts) <= set(ours)
    assert page.unclosed == []
    policy = [
        m["content"] for m in page.all("meta") if m.get("http-equiv", "").lower() == "content-security-policy"
    ]
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    for tag, attributes in page.elements:
        assert tag not in {
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "video",
            "audio",
            "foreignobject",
            "animate",
            "set",
        }
        assert not [
            name for name in attributes if name.lower().startswith("on") or name.lower() == "srcdoc"
        ], tag
        assert tag != "meta" or attributes.get("http-equiv", "").lower() in {"", "content-security-policy"}
        for name in ("href", "src", "action", "formaction", "xlink:href", "poster", "data", "srcset"):
            assert re.match(
                r"#|data:(,|image/(png|jpeg);base64,)|[\w%.~-]+/feedback\.html|grades\.csv|\Z",
                attributes.get(name, ""),
            )
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


def test_the_look_at_pages_sees_what_runs() -> None:
    script, hashed = layout.script("page.js")
    clean = f"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; script-src {hashed}\"><p>x</p><script>{script}</script>"
    assert_inert(clean)
    for bad in (
        "<script>1</script>", "<b onclick=x>y</b>", "<a href='javascript:x'>y</a>", "<iframe></iframe>", "<img src='http://x.org/y.png'>",
        "<meta http-equiv=refresh content=0>", "<p>\x1b[31m</p>", "<p>", "<svg><a xlink:href='data:text/html,x'></a></svg>",
    ):  # fmt: skip
        with pytest.raises(AssertionError):
            assert_inert(clean + bad)


# ---- the whole batch ----------------------------------------------------------------------------------------


def judged(items: tuple[ItemResult, ...]) -> list[ItemResult]:
    """Results of items without the time that they took."""
    return [replace(item, seconds=0.0) for item in items]


def assert_neighbours_get_what_they_get_alone(field: Ground) -> None:
    for name, card in field.alone.items():
        assert card.points == HONEST[name.split()[0]][1], [(i.id, i.message) for i in card.items]
        assert judged(field.cards[name].items) == judged(card.items)


def assert_nothing_is_left_changed_or_reached(field: Ground) -> None:
    assert (field.processes, field.files, field.heard, field.changed) == ([], [], [], False)
    known = [mark_of(field.mark, name) for name in NOT_STOPPED.get(field.level, {})]
    assert not [path for path in field.dropped if not any(mark in path for mark in known)]


def assert_the_overview_and_the_grades_are_clean(field: Ground) -> None:
    assert_inert((field.folder / "index.html").read_text(encoding="utf-8"))
    grades = (field.folder / "grades.csv").read_text(encoding="utf-8")
    assert len(grades.splitlines()) == len(field.cards) + 1
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", grades)


@pytest.mark.parametrize("level", [BEST, *LOWER], ids=lambda level: f"level{level}")
def test_hostile_hand_ins_gain_nothing_stop_nothing_and_leave_nothing(
    level: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    names = [name for name in CHOSEN if level == BEST or name in FEW]
    field = fight(level, names, tmp_path_factory.mktemp("ground"))
    found = [f"{name}: {words}" for name in names for words in troubles(field, name)]
    assert not found, "\n".join(found)
    assert_neighbours_get_what_they_get_alone(field)
    assert_nothing_is_left_changed_or_reached(field)
    assert_the_overview_and_the_grades_are_clean(field)
    assert field.through() == {name for name in NOT_STOPPED.get(level, {}) if name in field.cards}


# ---- the lists ----------------------------------------------------------------------------------------------


def test_there_are_attacks_of_every_kind_and_their_names_differ() -> None:
    assert len(ATTACKS) == len(BY_NAME) >= 40
    assert len(FIRSTS) >= 14
    for attack in ATTACKS:
        assert THROUGH not in sources(attack), f"{attack.name} says it itself"
        assert not ACCUSING.search(sources(attack)), attack.name


def test_the_threat_model_lists_what_is_not_stopped() -> None:
    text = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
    table = text.split("## What a level does not stop", 1)[1].split("\n## ", 1)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("| ")
    ]
    header, *body = rows
    levels = [int(word.split()[1]) for word in header[1:-1]]
    told = {
        level: {row[0]: row[-1] for row in body if row[1 + place] == "no"}
        for place, level in enumerate(levels)
    }
    assert told == NOT_STOPPED


def test_an_ordinary_user_is_attacked_in_vain(tmp_path: Path) -> None:
    if os.getuid() != 0:
        assert probe().entry == "user"  # then all other tests ran as an ordinary user already
        return
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if version_of(SYSTEM_PYTHON) != ours or not reachable_by_others([str(LIBRARIES)]):
        pytest.xfail(f"no Python {ours} with libraries that an ordinary user can read")
    folder = Path(tempfile.mkdtemp(prefix="u", dir="/tmp"))
    try:
        finished = run_as_nobody(folder, FEW)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-1000:]
    assert " passed" in finished.stdout


def run_as_nobody(folder: Path, names: list[str]) -> subprocess.CompletedProcess[str]:
    """The attacks again, in an environment that everybody may read, as a user without rights."""
    folder.chmod(0o755)
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (packages / "more.pth").write_text(f"{LIBRARIES}\n")
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests").mkdir()
    for name in (
        "attacks.py",
        "test_attacks.py",
        "small_course.py",
        "report_samples.py",
        "test_sandbox_user.py",
    ):
        shutil.copy(ROOT / "tests" / name, folder / "tests")
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "home").mkdir()
    os.chown(folder / "home", NOBODY, NOBODY)
    test = "tests/test_attacks.py::test_hostile_hand_ins_gain_nothing_stop_nothing_and_leave_nothing"
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1",
        "GRADER_ATTACKS": ",".join(names),
    }  # fmt: skip
    return subprocess.run(
        [folder / "venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-x",
         "--basetemp", folder / "home/t", test,],
        cwd=folder, env=environment, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True, timeout=400,
    )  # fmt: skip


# ---- the repairs that attacks led to ------------------------------------------------------------------------


def test_a_folder_is_removed_however_deep_and_locked_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    top = tmp_path / "top"
    top.mkdir()
    (top / "link").symlink_to(kept)
    handle = os.open(top, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d" * 40, dir_fd=handle)
        inner = os.open("d" * 40, os.O_RDONLY, dir_fd=handle)
        os.close(os.open("x", os.O_CREAT | os.O_WRONLY, dir_fd=inner))
        os.close(handle)
        handle = inner
    os.fchmod(handle, 0)
    os.close(handle)
    (top / "locked" / "inner").mkdir(parents=True)
    (top / "locked" / "inner").chmod(0)
    (top / "locked").chmod(0)
    assert limits.used_bytes([str(top)]) > 10**12, "what is too deep to be counted is more than any budget"
    remove(top)
    assert not top.exists()
    assert (kept / "file").read_text() == "x"
    remove(top)  # what is not there is no trouble


def test_empty_files_and_folders_count_as_well(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}").touch()
        (tmp_path / f"folder {number}").mkdir()
    assert 200 * 4096 <= limits.used_bytes([str(tmp_path)]) < 10**7


@pytest.mark.parametrize(
    ("entry", "taken"),
    [
        ({"name": "f", "kind": "function", "parameters": [{"name": "X", "default": None}], "doc": ""}, True),
        (
            {"name": "C", "kind": "class", "methods": {"fit": [{"name": "X", "value": 3}]}, "bases": ["a.B"]},
            True,
        ),
        ({"kind": "function"}, False),
        ({"name": 5, "kind": "function"}, False),
        ({"name": "f", "kind": ["function"]}, False),
        ({"name": "f", "parameters": 7}, False),
        ({"name": "f", "parameters": [{"name": {}}]}, False),
        ({"name": "f", "parameters": [{"name": "X", "value": [1]}]}, False),
        ({"name": "C", "methods": {"fit": 3}}, False),
        ({"name": "C", "bases": [{}]}, False),
        ("f", False),
    ],
)
def test_only_descriptions_with_the_right_types_are_taken(entry: object, taken: bool) -> None:
    session = Session(lambda: None, Slice(()))  # type: ignore[arg-type, return-value]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "ask", lambda op: [entry])
        assert session.names() == ([entry] if taken else [])
