"""One confined child as the judge sees it: its channel, its end, and how it ended."""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderFault
from grader.sandbox.removal import remove

MESSAGE_BYTES = 1 << 17
START_SECONDS, END_SECONDS = 30.0, 30.0


@dataclass(frozen=True)
class Ending:
    """How a child ended: by exit ``code`` or by ``signal``; ``limit`` names the budget that ended it, if one did."""

    code: int | None
    signal: int | None
    killed_by_us: bool = False
    out_of_memory: bool = False
    limit: str = ""

    def describe(self) -> str:
        """The ending in words that a student understands."""
        if self.limit == "disk":
            return "the process was stopped because it wrote more files than its disk budget allows"
        if self.out_of_memory:
            return "the process was stopped because it needed more memory than its budget allows"
        if self.killed_by_us:
            return "the process was stopped by the grader"
        if self.signal is not None:
            words = {signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "abort", signal.SIGKILL: "kill"}
            names = {int(number): number.name for number in signal.Signals}
            word = words.get(signal.Signals(self.signal), "signal") if self.signal in names else "signal"
            return f"the process died by {names.get(self.signal, self.signal)} ({word})"
        if self.code is None:
            return "the process is gone, and how it ended is not known"
        return f"the process ended by itself with exit code {self.code}"


class Child:
    """One confined process; ``channel`` is our end of its socket, ``pidfd`` turns readable when all of it is gone."""

    def __init__(
        self, channel: socket.socket, report: socket.socket, folder: Path, runtime: Path, level: int
    ) -> None:
        self.channel, self.folder, self.runtime, self.level = channel, folder, runtime, level
        self.pidfd = -1
        self._report, self._process = report, -1
        self._ending: Ending | None = None
        self._facts: dict[str, dict[str, Any]] = {}
        self._killed = self._hung_up = False
        self._lock = threading.Lock()

    def _receive(self, timeout: float) -> bool:
        """Take one message of the monitor, init or child; False when none came in time or none will come."""
        source = self.pidfd if self._hung_up else self._report
        if not select.select([source], [], [], max(0.0, timeout))[0] or self._hung_up:
            return False
        message, handles = receive(self._report)
        if not message:
            self._hung_up = True
            return False
        facts = json.loads(message)
        self._facts["failed" if "failed" in facts else facts["what"]] = facts
        if handles and facts["what"] == "init":
            self.pidfd = handles.pop()
        elif handles:
            self._process = handles.pop()
        return True

    def await_start(self) -> None:
        """Wait until confinement stands and the agent listens; raises GraderFault saying what failed."""
        deadline = time.monotonic() + START_SECONDS
        while not ({"init", "child", "ready"} <= self._facts.keys()):
            alive = self._receive(deadline - time.monotonic())
            if "failed" in self._facts or "gone" in self._facts or not alive:
                reason = self._facts.get("failed", {}).get(
                    "failed", "the confined process ended while it started"
                )
                self.close()
                raise GraderFault(
                    "a confined process could not be started",
                    got=str(reason),
                    next_step="Run 'grader doctor'.",
                )

    @property
    def ending(self) -> Ending | None:
        """How it ended, as far as that was noticed; None while it lives or nobody waited for it."""
        return self._ending

    def interrupt(self) -> None:
        """Send an interrupt to the hand-in's process, as Ctrl-C would."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._process, signal.SIGINT)

    def cpu_seconds(self) -> float | None:
        """Processor time of the hand-in's own process so far, all its threads together; None when it is gone."""
        try:
            facts = Path(f"/proc/self/fdinfo/{self._process}").read_text()
            pid = int(facts.split("Pid:")[1].split()[0])
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (OSError, ValueError, IndexError):
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> Ending:
        """End the child and everything it started; returns when nothing of it is left. Any thread may call it."""
        if self._ending is None and not self._over():
            self._killed = True
            if self.level >= 3:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
            with contextlib.suppress(OSError):
                self._report.send(b"kill")
        ending = self.wait(END_SECONDS)
        if ending is None:
            raise GraderFault("a confined process could not be ended", where=str(self.folder))
        return ending

    def _over(self) -> bool:
        """True when the hand-in's own process has ended already."""
        try:
            return bool(select.select([self._process], [], [], 0)[0])
        except (OSError, ValueError):  # given back in the meantime
            return True

    def wait(self, timeout: float | None) -> Ending | None:
        """Wait until nothing of the child is left: how it ended, or None when it still lives after ``timeout``."""
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        with self._lock:
            while self._ending is None:
                left = min(deadline - time.monotonic(), 3600.0)
                if "gone" in self._facts or (self._hung_up and self._is_drained()):
                    self._finish()
                elif not self._receive(left) and time.monotonic() >= deadline:
                    return None
            return self._ending

    def _is_drained(self) -> bool:
        """True when the process that stands for all of the child is gone, with or without a word."""
        return bool(select.select([self.pidfd], [], [], 0)[0])

    def _finish(self) -> None:
        ended, gone = self._facts.get("ended", {}), self._facts.get("gone", {})
        status = ended.get("status", gone.get("status"))
        code = os.WEXITSTATUS(status) if status is not None and os.WIFEXITED(status) else None
        number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else None
        limit = "disk" if gone.get("why") == "disk" else ""
        starved = bool(gone.get("kills")) and number == signal.SIGKILL and not self._killed and not limit
        self._ending = Ending(code, number, self._killed, starved, limit)
        self._release()

    def _release(self) -> None:
        handle, self._process = self._process, -1
        if handle >= 0:
            os.close(handle)
        self._report.close()
        remove(self.runtime)

    def close(self) -> None:
        """Kill what lives, close every descriptor of this child; safe to call more than once."""
        if self.pidfd >= 0 and self._ending is None:
            with contextlib.suppress(GraderFault):
                self.kill()
        self._release()
        self.channel.close()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """One message with at most one descriptor, closed on exec from the start."""
    size = array.array("i").itemsize
    try:
        message, extra, _, _ = connection.recvmsg(
            MESSAGE_BYTES, socket.CMSG_SPACE(size), socket.MSG_CMSG_CLOEXEC
        )
    except ConnectionError:
        return b"", []
    handles = array.array("i")
    for _, _, data in extra:
        handles.frombytes(data[: len(data) - len(data) % size])
    for handle in handles:
        os.set_inheritable(handle, False)
    return message, list(handles)
