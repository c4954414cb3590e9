"""A forked child becomes a Jupyter kernel that also answers questions between cells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import recorder

INSTALLERS = ("pip", "pip3", "conda", "mamba", "micromamba", "uv", "apt", "apt-get", "easy_install", "poetry")
CHANNEL_GONE, AGENT_FAULT = 72, 73


class OutputLimitError(RuntimeError):
    """More was printed than one run may print."""


def serve(
    channel: Any,
    connection: dict[str, Any],
    agent: Any,
    private: str,
    output_bytes: int,
    confine: Callable[[], None],
) -> None:
    """Run a kernel on ``connection`` until it is killed, with ``channel`` served on its main thread when idle.

    ``connection`` may carry, under ``watch``, full names of library functions whose calls are noted. ``private`` is
    a folder of the child's own for the connection file, ``output_bytes`` what it may print in all; ``confine`` is called when the kernel's sockets are bound, before the first message is read.
    """
    from ipykernel.kernelapp import IPKernelApp
    from tornado.ioloop import IOLoop

    file = Path(private) / "connection.json"
    watch = connection.get("watch", ())
    file.write_text(json.dumps({key: value for key, value in connection.items() if key != "watch"}))
    application = IPKernelApp.instance(connection_file=str(file))
    application.config.HistoryManager.enabled = False
    application.initialize([])
    shell = application.kernel.shell
    replace_commands(shell)
    for stream in (sys.stdout, sys.stderr):
        stream.write = bounded(stream.write, output_bytes)  # type: ignore[method-assign]
    confine()
    notes = recorder.Recorder()
    notes.install(shell, watch)
    answerer = agent(channel, shell.user_ns)
    answerer.extra = notes.operations()
    loop = IOLoop.current()
    loop.add_handler(channel.fileno(), reader(channel, answerer, loop), loop.READ)
    application.start()


def reader(channel: Any, answerer: Any, loop: Any) -> Callable[..., None]:
    """The handler that answers one frame; a fault of our own must not look like a hang, so it ends the process."""
    number, leave = channel.fileno(), os._exit
    interruptible, ignore, set_signal = signal.default_int_handler, signal.SIG_IGN, signal.signal
    interrupt = signal.SIGINT

    def ready(*_: object) -> None:
        try:
            set_signal(interrupt, interruptible)
            try:
                answerer.one()
            finally:
                set_signal(interrupt, ignore)
        except EOFError:
            loop.remove_handler(number)
        except OSError:
            leave(CHANNEL_GONE)
        except BaseException:
            leave(AGENT_FAULT)

    return ready


def bounded(write: Callable[[str], int], limit: int) -> Callable[[str], int]:
    """``write``, but raising OutputLimitError in the caller's code once ``limit`` characters were written in all."""
    written = 0

    def guarded(text: str) -> int:
        nonlocal written
        written += len(text)
        if written > limit:
            raise OutputLimitError(
                f"more than {limit:,} characters were printed in this run; print less, or a summary"
            )
        return write(text)

    return guarded


def replace_commands(shell: Any) -> None:
    """Make ``!command`` work without a terminal, and installing packages a message instead of an attempt."""

    def installs(words: str) -> bool:
        parts = words.replace("sudo ", "").split()
        name = Path(parts[0]).name if parts else ""
        module = parts[2] if len(parts) > 2 and name.startswith("python") and parts[1] == "-m" else ""
        return name in INSTALLERS or module in INSTALLERS

    def system(command: str) -> None:
        words = shell.var_expand(command, depth=1)
        if installs(words):
            print(f"(not run, packages cannot be installed here: {words.strip()})")
            return
        finished = subprocess.run(
            ["/bin/sh", "-c", words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        print(finished.stdout.decode(errors="replace"), end="")
        shell.user_ns["_exit_code"] = finished.returncode

    for name in ("system", "system_piped", "system_raw"):
        object.__setattr__(shell, name, system)
    for installer in ("pip", "conda", "mamba", "micromamba", "uv"):

        def magic(line: str, installer: str = installer) -> None:
            print(f"(not run, packages cannot be installed here: {installer} {line.strip()})")

        shell.register_magic_function(magic, "line", installer)
