"""A tiny agent for the tests of confinement, and the question that goes with it: run code, answer as JSON."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from typing import Any


class Agent:
    """Executes each frame in the namespace and sends back what it left in ``answer``."""

    def __init__(self, channel: socket.socket, namespace: dict[str, Any]) -> None:
        self.channel, self.namespace, self.home = channel, namespace, os.getpid()

    def one(self) -> None:
        """Answer one frame; EOFError at the end."""
        code = exactly(self.channel, struct.unpack(">I", exactly(self.channel, 4))[0]).decode()
        self.namespace["answer"] = None
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            exec(code, self.namespace)
            reply = {"answer": self.namespace["answer"]}
        except BaseException as error:
            reply = {
                "kind": type(error).__name__,
                "message": str(error),
                "number": getattr(error, "errno", None),
            }
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.getpid() != self.home:
            os._exit(71)
        send(self.channel, json.dumps(reply))

    def serve(self) -> None:
        """Answer until the other end hangs up."""
        while True:
            try:
                self.one()
            except EOFError:
                return


def exactly(channel: socket.socket, size: int) -> bytes:
    """``size`` bytes from the channel."""
    out = b""
    while len(out) < size:
        part = channel.recv(size - len(out))
        if not part:
            raise EOFError
        out += part
    return out


def send(channel: socket.socket, text: str) -> None:
    """One frame."""
    data = text.encode()
    channel.sendall(struct.pack(">I", len(data)) + data)


def ask(child: Any, code: str, seconds: float = 20) -> Any:
    """Run ``code`` inside and return its ``answer``; what it raised comes back as a dict with ``kind``."""
    child.channel.settimeout(seconds)
    send(child.channel, code)
    size = struct.unpack(">I", exactly(child.channel, 4))[0]
    reply = json.loads(exactly(child.channel, size))
    return reply.get("answer", reply)
