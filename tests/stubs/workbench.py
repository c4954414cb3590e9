"""Questions stub hand-ins: cuts them into statements, opens them in a forked copy, finds roles, measures answers."""

from __future__ import annotations

import ast
import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats
import sklearn.datasets
import sklearn.mixture
import sklearn.neighbors
import yaml

from grader.records import Slice, Statement
from grader.rubric import Role, Rubric
from grader.team.agent import Agent
from grader.team.finding import Probe
from grader.team.session import Session

HERE = Path(__file__).parent
PRELOADED = (scipy.stats, sklearn.datasets, sklearn.mixture, sklearn.neighbors)
"""Imported here once, so that the copies need not."""


@dataclass(frozen=True)
class Ended:
    """How a forked child ended."""

    code: int | None

    def describe(self) -> str:
        """In words."""
        return f"exit code {self.code}"


class ForkedChild:
    """A copy of this process in which the agent answers; no confinement, for stubs of our own only."""

    def __init__(self, folder: Path) -> None:
        self.channel, theirs = socket.socketpair()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self.channel.close()
                os.chdir(folder)
                Agent(theirs).serve()
            finally:
                os._exit(0)
        theirs.close()
        self.pidfd = os.pidfd_open(self._pid)
        self._code: int | None = None

    def interrupt(self) -> None:
        """Send SIGINT."""
        os.kill(self._pid, signal.SIGINT)

    def kill(self) -> Ended:
        """End it and wait."""
        if self._pid:
            if not select.select([self.pidfd], [], [], 0)[0]:
                os.kill(self._pid, signal.SIGKILL)
            _, status = os.waitpid(self._pid, 0)
            self._pid, self._code = 0, os.waitstatus_to_exitcode(status)
        return Ended(self._code)

    def close(self) -> None:
        """Give the descriptor back."""
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1


def cut(source: str) -> Slice:
    """Imports, definitions and assignments of a script, one statement each."""
    statements = []
    for node in ast.parse(source).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        text = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            kind, names = ("class" if isinstance(node, ast.ClassDef) else "function"), (node.name,)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            kind, names = "import", tuple((a.asname or a.name).split(".")[0] for a in node.names)
        elif isinstance(node, ast.Assign):
            kind, names = "assignment", tuple(t.id for t in node.targets if isinstance(t, ast.Name))
        else:
            continue
        statements.append(Statement(text, f"cell 1, line {node.lineno}", names, kind, 0))
    return Slice(tuple(statements))


@contextmanager
def opened(
    source: str, folder: Path, modules: dict[str, str] | None = None
) -> Iterator[tuple[Slice, Session]]:
    """The slice of a stub and a session that answers for it."""
    for name, text in (modules or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    cut_source = cut(source)
    with Session(lambda: ForkedChild(folder), cut_source, seed=3) as session:
        yield cut_source, session


def stubs(*files: str) -> list[dict[str, Any]]:
    """The stub hand-ins of these YAML files."""
    return [stub for name in files for stub in yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))]


def rubric_with(roles: dict[str, Any]) -> Rubric:
    """A rubric that has nothing but roles."""
    parsed = {name: Role.model_validate(role) for name, role in roles.items()}
    return Rubric(sheet="stubs", title="Stubs", draft=True, max=0, tasks={}, items=(), roles=parsed)


def moons_probe() -> Probe:
    """Sixty points on two arcs and nine points among them."""
    rng = np.random.default_rng(11)
    return Probe(train=arcs(60, rng), points=arcs(9, rng))


def arcs(count: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Two interleaved half circles with noise, shape (count, 2)."""
    angle, upper = rng.uniform(0, np.pi, count), rng.random(count) < 0.5
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return np.column_stack([x, y]) + rng.normal(0, 0.1, (count, 2))
