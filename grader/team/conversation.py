"""One conversation with the process that holds a team's code: a question, a deadline, an answer or a fault."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from grader.errors import Died, Exited, Flooded, GraderFault, Malformed, Overtime, Raised, TeamFault
from grader.team import wire

GRACE_SECONDS = 1.0
_CHUNK = 1 << 20
_ENDINGS = {
    0: "it ended itself with exit code 0, for example by os._exit",
    71: "a forked copy of it took its place",
    72: "it closed the channel through which it is questioned",
    73: "it broke the part that answers questions, for example by replacing built-in functions",
    128 + signal.SIGABRT: "it was aborted by a library",
    128 + signal.SIGSEGV: "it crashed with a memory error of compiled code (segmentation fault)",
    128 + signal.SIGKILL: "it was killed, most likely because it needed more memory than allowed",
    128 + signal.SIGXCPU: "it used more processor time than allowed",
}


class Process(Protocol):
    """What the sandbox gives for a running child."""

    pidfd: int

    def interrupt(self) -> None:
        """Send SIGINT to the student's process."""

    def kill(self) -> Any:
        """End everything inside and give the ending, with the exit code as ``code`` where it is known."""


class Conversation:
    """Questions over one channel, each with a deadline; ``dead`` once nothing more can be asked."""

    def __init__(
        self, channel: socket.socket, child: Process, call_seconds: float = 5.0, generation: int = 0
    ) -> None:
        self.call_seconds, self.generation, self.dead = call_seconds, generation, False
        self.printed = 0
        """Characters printed during the last question, as the process claims."""
        self._channel, self._child, self._number = channel, child, 0
        channel.setblocking(False)

    def ask(self, op: str, *, seconds: float | None = None, **header: Any) -> Any:
        """Ask one question and give the answer as data.

        ``seconds`` is the deadline (``call_seconds`` if None); then the code is interrupted, and killed one
        second later if it goes on. Raises ``Raised``, ``Exited``, ``Overtime``, ``Died``, ``Flooded`` or
        ``Malformed``; after the last three kinds of ending ``dead`` may be set and a new process is needed.
        """
        if self.dead:
            raise Died("The process with the team's code has ended.")
        limit = self.call_seconds if seconds is None else seconds
        self._number += 1
        pieces = wire.encode_frame({"id": self._number, "op": op, **header})
        deadline, late = time.monotonic() + limit, False
        exchange = self._exchange(pieces)
        try:
            try:
                reply, blobs = self._drive(exchange, deadline)
            except TimeoutError:
                late = True
                self._child.interrupt()
                reply, blobs = self._drive(exchange, time.monotonic() + GRACE_SECONDS)
            if reply.get("id") != self._number:
                raise Malformed("the process with the team's code answered another question than ours")
        except TimeoutError:
            self.end()
            raise self._overtime(limit, "and could not be interrupted") from None
        except EOFError:
            ending = self.end()
            if late:
                raise self._overtime(limit, "and ended when it was interrupted") from None
            raise _died(ending) from None
        except Malformed:
            self.end()
            raise
        if late:
            raise self._overtime(limit, "and was interrupted")
        return self._value(reply, blobs)

    def end(self) -> Any:
        """End the process and close the channel; gives the sandbox's ending."""
        self.dead = True
        self._channel.close()
        return self._child.kill()

    # ---- bytes --------------------------------------------------------------------------------------

    def _exchange(self, pieces: list[bytes]) -> _Exchange:
        return _Exchange(self._channel, b"".join(pieces))

    def _drive(self, exchange: _Exchange, deadline: float) -> tuple[dict[str, Any], list[bytearray]]:
        """Move bytes until the reply is whole; ``TimeoutError`` at the deadline, ``EOFError`` at the end."""
        poll = select.poll()
        poll.register(self._child.pidfd, select.POLLIN)
        while not exchange.complete:
            poll.register(self._channel, select.POLLIN | (select.POLLOUT if exchange.unsent else 0))
            left = deadline - time.monotonic()
            events = dict(poll.poll(max(left, 0) * 1000)) if left > 0 else {}
            if not events:
                raise TimeoutError
            moved = exchange.move()
            if self._child.pidfd in events and not moved and not exchange.complete:
                raise EOFError
        return exchange.header, exchange.blobs

    # ---- meaning ------------------------------------------------------------------------------------

    def _overtime(self, seconds: float, how: str) -> Overtime:
        return Overtime(
            f"The code gave no answer within {seconds:g} s {how}.",
            next_step="Look for loops over all pairs of points that NumPy could do at once.",
        )

    def _value(self, reply: dict[str, Any], blobs: list[bytearray]) -> Any:
        printed = reply.get("printed")
        self.printed = printed if type(printed) is int else 0
        if "ok" in reply:
            try:
                return wire.decode_value(reply["ok"], blobs, generation=self.generation)
            except Malformed:
                self.end()
                raise
        raise self._fault(reply)

    def _fault(self, reply: dict[str, Any]) -> TeamFault:
        if "flood" in reply:
            return Flooded(
                "The code printed more than 4 million characters during one call.",
                next_step="Remove prints from loops.",
            )
        if "exit" in reply:
            return Exited(
                f"The code ended Python by exit({_text(reply['exit'])}).",
                next_step="Classes and functions return or raise; they never call exit.",
            )
        if "refused" in reply:
            return Malformed(_text(reply["refused"]).rstrip(".") + ".")
        told = reply.get("raise")
        if not isinstance(told, dict):
            self.end()
            return Malformed("the process with the team's code sent an answer of no known kind")
        kind, message = _text(told.get("kind")), _text(told.get("message"))
        if kind == "KeyboardInterrupt" and reply.get("interrupted") is True:
            return Overtime("The code was interrupted.")
        lines = told.get("lines")
        trace = tuple(_text(line) for line in lines[-8:]) if isinstance(lines, list) else ()
        where = trace[-1].partition(":")[0] if trace else ""
        return Raised(f"{kind}: {message}" if message else kind, kind=kind, lines=trace, where=where)


class _Exchange:
    """The bytes of one question and its answer, moved without ever blocking."""

    def __init__(self, channel: socket.socket, outgoing: bytes) -> None:
        self._channel, self._outgoing, self._sent = channel, memoryview(outgoing), 0
        self.header: dict[str, Any] = {}
        self.blobs: list[bytearray] = []
        self.complete = False
        self._part, self._wanted = bytearray(), 4
        self._next: Callable[[], None] = self._prefix
        self._lengths: list[int] = []

    @property
    def unsent(self) -> bool:
        """Whether a part of the question is still to be written."""
        return self._sent < len(self._outgoing)

    def move(self) -> bool:
        """Write and read what can be moved now; ``EOFError`` when the other side is closed."""
        moved = False
        try:
            while self.unsent:
                self._sent += self._channel.send(self._outgoing[self._sent : self._sent + _CHUNK])
                moved = True
        except BlockingIOError:
            pass
        except OSError:
            self._sent = len(self._outgoing)
        while not self.complete:
            try:
                data = self._channel.recv(min(self._wanted - len(self._part), _CHUNK))
            except BlockingIOError:
                return moved
            except OSError:
                raise EOFError from None
            if not data:
                raise EOFError
            moved = True
            self._part += data
            if len(self._part) == self._wanted:
                self._next()
        return moved

    def _prefix(self) -> None:
        self._wanted, self._next = wire.header_length(bytes(self._part)), self._head
        self._part = bytearray()

    def _head(self) -> None:
        self.header = wire.decode_header(bytes(self._part))
        self._lengths = list(self.header["blobs"])
        self._next_blob()

    def _blob(self) -> None:
        self.blobs.append(self._part)
        self._next_blob()

    def _next_blob(self) -> None:
        while self._lengths and self._lengths[0] == 0:
            self._lengths.pop(0)
            self.blobs.append(bytearray())
        self._part, self._next = bytearray(), self._blob
        self.complete = not self._lengths
        self._wanted = 0 if self.complete else self._lengths.pop(0)


def _text(value: Any) -> str:
    return value.encode("utf-8", "replace").decode()[:2000] if isinstance(value, str) else repr(value)[:200]


def exit_code(ending: Any) -> int | None:
    """Exit code of an ending as the sandbox gives it (128 + signal for a signal), None if it is unknown."""
    for name in ("code", "exit_code", "returncode"):
        code = getattr(ending, name, None)
        if isinstance(code, int):
            return 128 - code if code < 0 else code
    return ending if isinstance(ending, int) else None


def _died(ending: Any) -> Died:
    code = exit_code(ending)
    said = getattr(ending, "memory", False)
    why = _ENDINGS[137] if said else _ENDINGS.get(code, f"exit code {code}") if code is not None else ""  # type: ignore[arg-type]
    return Died(
        f"The process with the team's code ended during the question{': ' + why if why else ''}.",
        next_step="Call the method in a fresh kernel and watch the memory.",
    )


__all__ = ["GRACE_SECONDS", "Conversation", "Process", "exit_code", "os"]
