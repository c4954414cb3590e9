"""The house: imports run one way, the engine knows no sheet, one file lives with student code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "grader"
STAGES = {"intake", "platforms", "sandbox", "run", "team", "judge", "report"}
FOUNDATION = {"records", "errors", "rubric", "store", "changes", "syntax", ""}
ALLOWED = {
    "cli": {"prove", "desk", "batch", "pipeline", "engine", "course", *STAGES},
    "__main__": {"cli"},
    "__init__": {"pipeline"},
    "prove": {"batch", "pipeline", "engine", "digests", "course", *STAGES, "prove"},
    "desk": {"pipeline", "engine", "course", *STAGES, "desk"},
    "batch": {"pipeline", "engine", "digests", "course", "report"},
    "pipeline": {"course", "engine", "digests", *STAGES},
    "engine": {"course", "sandbox", "judge"},
    "digests": {"course", "engine"},
    "course": set(),
    "intake": {"intake", "platforms"},
    **{stage: {stage} for stage in STAGES - {"intake"}},
}


def room(path: Path) -> str:
    """The room a file belongs to: its folder below the package, or its own name."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def imported_rooms(path: Path) -> set[str]:
    """Rooms of the package that a file imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "grader":
            parts = (node.module or "").split(".")
            rooms.update([parts[1]] if len(parts) > 1 else [alias.name for alias in node.names])
        elif isinstance(node, ast.Import):
            rooms.update(
                ([*alias.name.split("."), ""])[1]
                for alias in node.names
                if alias.name.split(".")[0] == "grader"
            )
    return rooms - {"__version__"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path: Path) -> None:
    own = room(path)
    allowed = ALLOWED.get(own, set()) | FOUNDATION
    assert imported_rooms(path) <= allowed, f"{path.name} reaches into {imported_rooms(path) - allowed}"


def test_the_import_rule_sees_a_forbidden_import(tmp_path: Path) -> None:
    source = tmp_path / "x.py"
    source.write_text("from grader.judge import scoring\nimport grader.team.wire\nfrom grader import batch\n")
    assert imported_rooms(source) == {"judge", "team", "batch"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_engine_knows_no_sheet(path: Path) -> None:
    said = _code_only(path.read_text(encoding="utf-8"))
    found = {word for word in words_of_sheets() if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", said)}
    assert not found


@cache
def words_of_sheets() -> frozenset[str]:
    """Names of sheets and roles, and words that only a sheet would say."""
    from grader.course import Course

    course = Course(ROOT)
    roles = {role for name in course.sheets() for role in course.sheet(name).rubric.roles if len(role) > 2}
    return frozenset(
        {*course.sheets(), *roles, "make_moons", "load_digits", "KernelDensity", "GaussianMixture"}
    )


def _code_only(text: str) -> str:
    """Names and string constants of a module, without docstrings and comments."""
    words: list[str] = []
    tree = ast.parse(text)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words.append(node.value)
        elif isinstance(node, ast.Name):
            words.append(node.id)
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
    return "\n".join(words)


def test_the_file_that_lives_with_student_code_needs_only_numpy() -> None:
    import sys

    tree = ast.parse((PACKAGE / "team" / "agent.py").read_text(encoding="utf-8"))
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").split(".")[0])
    assert modules <= set(sys.stdlib_module_names) | {"numpy"}


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work|farm|root|home/\w+)/")
    tracked = [
        p
        for d in ("grader", "reference", "rubrics", "docs", "tests", "benchmarks")
        for p in (ROOT / d).rglob("*")
    ]
    bad = [
        str(path.relative_to(ROOT))
        for path in tracked
        if path.suffix in {".py", ".md", ".yaml", ".json"}
        and path != Path(__file__)
        and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not bad
