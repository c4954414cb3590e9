"""One conversation with the process that holds a team's code: a question, a deadline, an answer or a fault."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Protocol

from grader.errors import Died, Exited, Flooded, Malformed, Overtime, Raised, TeamFault
from grader.team import wire

PATIENCE = 4.0
"""Most times the limit that an answer may take in wall time on a busy machine."""
GRACE_SECONDS = 1.0
_CHUNK = 1 << 20
_PATIENCE = 0.3
_EXIT_CODES = {
    71: "a forked copy of it took its place",
    72: "it closed the channel through which it is questioned",
    73: "it broke the part that answers questions, for example by replacing built-in functions",
}


class Ending(Protocol):
    """How a process ended: an exit code, else a signal, and both in words."""

    @property
    def code(self) -> int | None:
        """Exit code; None when a signal ended the process."""

    def describe(self) -> str:
        """Say it so that a student understands."""


class Process(Protocol):
    """What the sandbox gives for a running child."""

    pidfd: int
    """Turns readable when the process is gone."""

    def interrupt(self) -> None:
        """Send SIGINT to the student's process."""

    def kill(self) -> Ending:
        """End everything inside, if anything lives, and say how it ended."""

    def close(self) -> None:
        """Give back what the process held here; safe to call more than once."""


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
        exchange = _Exchange(self._channel, b"".join(pieces))
        try:
            self._drive_fairly(exchange, limit)
        except TimeoutError:
            raise self._late(exchange, limit) from None
        except EOFError:
            select.select([self._child.pidfd], [], [], _PATIENCE)
            raise _died(self.end()) from None
        except Malformed:
            self.end()
            raise
        return self._value(exchange.header, exchange.blobs)

    def _drive_fairly(self, exchange: _Exchange, limit: float) -> None:
        """Drive to the deadline; where a busy machine kept the code waiting, until it had its processor time.

        The wait ends after four times the limit, whatever the load.
        """
        start, used = time.monotonic(), self._used()
        deadline = start + limit
        while True:
            try:
                self._drive(exchange, deadline)
                return
            except TimeoutError:
                now = self._used()
                lacks = None if used is None or now is None else limit - (now - used)
                crowded = os.getloadavg()[0] > (os.cpu_count() or 1)
                deadline = min(time.monotonic() + (lacks or 0.0), start + PATIENCE * limit)
                if lacks is None or lacks < 0.2 * limit or not crowded or deadline <= time.monotonic():
                    raise

    def _used(self) -> float | None:
        """Processor seconds of the process so far, where the sandbox can tell."""
        ask = getattr(self._child, "cpu_seconds", None)
        return ask() if callable(ask) else None

    def _late(self, exchange: _Exchange, limit: float) -> Overtime:
        """Interrupt what runs too long, end it when it goes on, and say which it was."""
        try:
            self._child.interrupt()
            self._drive(exchange, time.monotonic() + GRACE_SECONDS)
            if exchange.header.get("id") != self._number:
                self.end()
            how = "and was interrupted"
        except TimeoutError:
            self.end()
            how = "and could not be interrupted, so that its process was ended"
        except (EOFError, Malformed):
            self.end()
            how = "and its process ended when it was interrupted"
        return Overtime(
            f"The code gave no answer within {limit:g} s {how}.",
            next_step="Look for loops over all pairs of points that NumPy could do at once.",
        )

    def end(self) -> Ending:
        """End the process and close the channel; says how it ended."""
        self.dead = True
        ending = self._child.kill()
        self._channel.close()
        self._child.close()
        return ending

    # ---- bytes --------------------------------------------------------------------------------------

    def _drive(self, exchange: _Exchange, deadline: float) -> None:
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

    # ---- meaning ------------------------------------------------------------------------------------

    def _value(self, reply: dict[str, Any], blobs: list[bytearray]) -> Any:
        if reply.get("id") != self._number:
            self.end()
            raise Malformed("the process with the team's code answered another question than ours")
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
        own = [line for line in trace if not line.startswith("library ")]
        where = own[-1].partition(":")[0] if own else ""
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
        """Of the parts that are still to come, the next one last."""

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
        self._lengths = self.header["blobs"][::-1]
        self._next_blob()

    def _blob(self) -> None:
        self.blobs.append(self._part)
        self._next_blob()

    def _next_blob(self) -> None:
        while self._lengths and self._lengths[-1] == 0:
            self._lengths.pop()
            self.blobs.append(bytearray())
        self._part, self._next = bytearray(), self._blob
        self.complete = not self._lengths
        self._wanted = 0 if self.complete else self._lengths.pop()


def _text(value: Any) -> str:
    return value.encode("utf-8", "replace").decode()[:2000] if isinstance(value, str) else repr(value)[:200]


def _died(ending: Ending) -> Died:
    why = _EXIT_CODES.get(ending.code or 0) or ending.describe()
    return Died(
        f"The process with the team's code is gone: {why}.",
        next_step="Call this in a fresh kernel of your own and watch its memory.",
    )
