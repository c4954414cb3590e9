"""The judge's side of confinement: start the warm fork server, ask it for children, end them for sure."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.errors import GraderFault
from grader.sandbox.budget import Budget
from grader.sandbox.child import Child, Ending, receive
from grader.sandbox.levels import probe

PROGRAM = Path(__file__).with_name("server.py")
START_SECONDS = 180.0

__all__ = ["Child", "Ending", "ForkServer", "runtime_folder"]


def runtime_folder() -> Path:
    """Make a short folder for one child; its part ``p`` is for home, temporary files and kernel sockets."""
    base = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="k", dir=base if len(base) < 60 else "/tmp"))
    folder.chmod(0o711)
    return folder


def own_paths(python: str) -> list[Path]:
    """Everything of this package that a hand-in must not see: its folder and what installers wrote about it."""
    package = Path(__file__).resolve().parent.parent
    found = [package]
    library = Path(python).parent.parent / "lib"
    for pattern in ("grader-*.dist-info", "__editable__*grader*", "__editable___grader*", "grader.egg-link"):
        found += library.glob(f"python*/site-packages/{pattern}")
    return found


class ForkServer:
    """A warm process with the sheet's libraries loaded, from which confined children are forked in milliseconds."""

    def __init__(
        self,
        *,
        agent: Path,
        preload: Sequence[str],
        level: int,
        masked: Sequence[Path] = (),
        readonly: Sequence[Path] = (),
        python: str = sys.executable,
    ) -> None:
        capabilities = probe()
        if level not in capabilities.available:
            raise GraderFault(
                f"isolation level {level} is not to be had on this machine",
                got=capabilities.reason(level),
                next_step="Run 'grader doctor'.",
            )
        check_interpreter(python)
        self.level = level
        self.missing: tuple[str, ...] = ()
        self._children: weakref.WeakSet[Child] = weakref.WeakSet()
        self._lock = threading.Lock()
        config = {
            "agent": str(Path(agent).resolve()),
            "preload": list(preload),
            "level": level,
            "entry": capabilities.entry,
            "groups": capabilities.groups,
            "masked": [os.path.abspath(path) for path in [*masked, *own_paths(python)]],  # noqa: PTH100
            "readonly": [os.path.abspath(path) for path in readonly],  # noqa: PTH100
        }
        self._start(python, config)

    def _start(self, python: str, config: Mapping[str, Any]) -> None:
        self._control, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            **dict.fromkeys(
                ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
            ),
        }
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        command = [python, "-s", "-P", str(PROGRAM), str(inner.fileno()), json.dumps(config)]
        try:
            self._process = subprocess.Popen(
                command,
                pass_fds=[inner.fileno()],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
            )
        finally:
            inner.close()
        ready = select.select([self._control], [], [], START_SECONDS)[0]
        message = receive(self._control)[0] if ready else b""
        facts = json.loads(message) if message else {"fault": self._last_words() or "it did not answer"}
        self.missing = tuple(facts.get("missing", ()))
        self.modules = int(facts.get("modules", 0))
        if facts["fault"]:
            self.close()
            raise GraderFault("the fork server could not start cleanly", got=str(facts["fault"]))

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-2000:].decode(errors="replace")

    @property
    def pid(self) -> int:
        """Process id of the warm process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the warm process is still there."""
        return self._process.poll() is None

    def child(
        self, folder: Path, budget: Budget, *, seed: int, kernel: Mapping[str, Any] | None = None
    ) -> Child:
        """Fork a confined child whose working folder is ``folder``; the agent answers on ``child.channel``.

        ``folder`` is shown at its own path, writable, and nothing else of its kind; it must be a private copy,
        because as root we hand it over to a user id of the child's own. ``kernel`` is a Jupyter
        connection (ipc transport, its sockets in the part ``p`` of a folder from ``runtime_folder``);
        without it the child only answers questions. Raises GraderFault when the child cannot be started.
        """
        runtime = Path(kernel["ip"]).parent.parent if kernel else runtime_folder()
        channel, inner_channel = socket.socketpair()
        report, inner_report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = {
            "folder": str(Path(folder).resolve(strict=True)),
            "runtime": str(runtime),
            "budget": asdict(budget),
            "seed": seed,
            "kernel": None if kernel is None else dict(kernel),
        }
        child = Child(channel, report, Path(folder), runtime, self.level)
        handles = [inner_channel.fileno(), inner_report.fileno()]
        try:
            with self._lock:
                socket.send_fds(self._control, [json.dumps(request).encode()], handles)
        except OSError as error:
            child.close()
            raise GraderFault("the fork server is gone", got=self._last_words() or str(error)) from error
        finally:
            inner_channel.close()
            inner_report.close()
        child.await_start()
        self._children.add(child)
        return child

    def close(self) -> None:
        """End all children and the warm process; safe to call more than once."""
        for child in list(self._children):
            child.close()
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_interpreter(python: str) -> None:
    """Fail early where this user cannot read the interpreter; inside, it would only look like missing modules."""
    for path in (Path(python), Path(os.path.realpath(python))):
        if not os.access(path, os.R_OK | os.X_OK):
            raise GraderFault(
                "the Python interpreter cannot be read by this user",
                where=str(path),
                next_step="Use an interpreter outside private homes, for example the system's.",
            )
