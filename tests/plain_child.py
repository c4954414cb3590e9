"""An unconfined process with the agent in it: what the sandbox gives, for tests that need no confinement."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

AGENT = Path(__file__).parent.parent / "grader" / "team" / "agent.py"
_PROGRAM = """
import importlib.util, os, socket, sys
spec = importlib.util.spec_from_file_location("_agent", sys.argv[2])
module = importlib.util.module_from_spec(spec)
sys.modules["_agent"] = module
spec.loader.exec_module(module)
module.Agent(socket.socket(fileno=int(sys.argv[1]))).serve()
os._exit(0)
"""


@dataclass(frozen=True)
class PlainEnding:
    """Exit code, or None and a signal."""

    code: int | None
    signal: int | None

    def describe(self) -> str:
        return f"exit code {self.code}" if self.signal is None else f"signal {self.signal}"


class PlainChild:
    """The agent in a process of its own, working in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.channel, inner = socket.socketpair()
        command = [sys.executable, "-c", _PROGRAM, str(inner.fileno()), str(AGENT)]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            pass_fds=[inner.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        inner.close()
        self.pidfd = os.pidfd_open(self._process.pid)

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> PlainEnding:
        if not select.select([self.pidfd], [], [], 0)[0]:
            self._process.kill()
        code = self._process.wait()
        return PlainEnding(code, None) if code >= 0 else PlainEnding(None, -code)

    def close(self) -> None:
        self.kill()
        self.channel.close()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
