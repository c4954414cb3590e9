"""Let nbclient's kernel manager start its kernel as a confined child of the fork server."""

from __future__ import annotations

import asyncio
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from zmq.constants import SocketOption

from grader.errors import GraderFault
from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import Child, Ending, ForkServer, runtime_folder

LARGEST_MESSAGE = 16 * 1024**2
UNREAD_MESSAGES = 32
"""So many messages of a kernel at most lie in our memory unread; further ones wait on its side."""
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


class ForkProvisioner(KernelProvisionerBase):  # type: ignore[misc]
    """Starts, watches and ends one kernel that is a child of ``server``; never restarts it."""

    def __init__(self, start: Callable[..., Child], watch: Sequence[str] = (), **traits: Any) -> None:
        super().__init__(**traits)
        self._start_child, self._watch = start, list(watch)
        self.child: Child | None = None
        self.ending: Ending | None = None

    @property
    def has_process(self) -> bool:
        """True from the start until the kernel's end has been noticed."""
        return self.child is not None and self.ending is None

    async def poll(self) -> int | None:
        """None while the kernel lives, else its exit code (128 + signal for deaths by signal)."""
        if self.child is None:
            return 0
        if self.ending is None:
            self.ending = self.child.wait(0)
        return None if self.ending is None else exit_code(self.ending)

    async def wait(self) -> int | None:
        """Wait until nothing of the kernel is left."""
        if self.child is not None and self.ending is None:
            self.ending = await asyncio.to_thread(self.child.wait, None)
        return await self.poll()

    async def send_signal(self, signum: int) -> None:
        """Interrupt for SIGINT, end for SIGTERM and SIGKILL; other signals mean nothing here."""
        if self.child is None or self.ending is not None:
            return
        if signum == signal.SIGINT:
            self.child.interrupt()
        elif signum in (signal.SIGTERM, signal.SIGKILL):
            await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and everything it started; returns when nothing is left."""
        if self.child is not None and self.ending is None:
            self.ending = await asyncio.to_thread(self.child.kill)

    async def terminate(self, restart: bool = False) -> None:
        """The same as kill: a confined kernel has nothing to tidy up."""
        await self.kill(restart)

    async def pre_launch(self, **options: Any) -> dict[str, Any]:
        """Choose the connection, in a fresh private folder; there is no command line."""
        manager = self.parent
        manager.ip = str(runtime_folder() / "p" / "s")
        for number, name in enumerate(PORTS, start=1):
            setattr(manager, name, number)
        self.connection_info = manager.get_connection_info()
        return {"cmd": [], "env": {}}

    async def launch_kernel(self, cmd: list[str], **options: Any) -> dict[str, Any]:
        """Fork the kernel."""
        if self.child is not None:
            raise GraderFault("a confined kernel cannot be restarted; start a new one")
        readable = {key: as_text(value) for key, value in self.connection_info.items()}
        kernel = {**readable, "watch": self._watch}
        self.child = await asyncio.to_thread(self._start_child, kernel=kernel)
        return dict(self.connection_info)

    async def cleanup(self, restart: bool = False) -> None:
        """Nothing is left to do after the end; the owner closes the child."""

    async def shutdown_requested(self, restart: bool = False) -> None:
        """A polite request is followed by the end at once."""
        await self.kill(restart)


def exit_code(ending: Ending) -> int:
    """An ending as a shell would show it."""
    if ending.signal is not None:
        return 128 + ending.signal
    return 0 if ending.code is None else ending.code


def as_text(value: Any) -> Any:
    """Bytes of a connection (its key) as text."""
    return value.decode() if isinstance(value, bytes) else value


class ConfinedClient(AsyncKernelClient):  # type: ignore[misc]
    """A client that takes no message above ``LARGEST_MESSAGE`` bytes and is ready as soon as the kernel is."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.context.setsockopt(SocketOption.MAXMSGSIZE, LARGEST_MESSAGE)
        self.context.setsockopt(SocketOption.RCVHWM, UNREAD_MESSAGES)

    def start_channels(self, **wanted: bool) -> None:
        """Open the channels, without the heartbeat: whether the kernel lives is known from its process."""
        super().start_channels(**{**wanted, "hb": False})

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's answer and its first broadcast, without the usual fixed pauses.

        Raises RuntimeError when the kernel dies first or ``timeout`` seconds pass.
        """
        deadline = time.monotonic() + (60.0 if timeout is None else timeout)
        while True:
            request = self.kernel_info()
            reply = await first(partial(self.get_shell_msg, timeout=1.0))
            if reply is not None and reply["msg_type"] == "kernel_info_reply":
                if await self._heard(request):
                    self._handle_kernel_info_reply(reply)
                    return
            elif not await self.is_alive():
                raise RuntimeError("the kernel died before it was ready")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the kernel was not ready after {timeout} seconds")

    async def _heard(self, request: str) -> bool:
        """True once the broadcast channel has carried the end of ``request``."""
        while (message := await first(partial(self.get_iopub_msg, timeout=0.2))) is not None:
            about = message["parent_header"].get("msg_id") == request
            if about and message["content"].get("execution_state") == "idle":
                return True
        return False


async def first(receive: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any] | None:
    """The next message, or None when none came in time."""
    try:
        return await receive()
    except Empty:
        return None


class ConfinedManager(AsyncKernelManager):  # type: ignore[misc]
    """A kernel manager whose kernel is a confined child; ``child`` is there from the start of the kernel."""

    confined: ForkProvisioner

    @property
    def child(self) -> Child:
        """The confined process; raises GraderFault before the kernel was started."""
        if self.confined.child is None:
            raise GraderFault("the kernel has not been started yet")
        return self.confined.child


def kernel_manager(
    server: ForkServer | Callable[..., Child],
    folder: Path,
    budget: Budget,
    *,
    seed: int,
    watch: Sequence[str] = (),
) -> ConfinedManager:
    """A manager to hand to nbclient (``NotebookClient(notebook, km=...)``); its owner ends it with ``child.kill()``.

    ``folder`` becomes the kernel's working folder. Questions go to ``manager.child.channel`` between cells.
    ``server`` may also be a function ``(folder, *, seed, kernel) -> Child`` that knows the budget itself.
    ``watch`` are full names of library functions and methods whose calls are noted. Every manager starts exactly
    one kernel.
    """
    open_child = partial(server.child, budget=budget) if isinstance(server, ForkServer) else server
    spec = KernelSpec(argv=[], display_name="Python 3", language="python", interrupt_mode="signal")
    manager = ConfinedManager(transport="ipc", client_factory=ConfinedClient)
    manager._kernel_spec = spec
    manager.session.key = secrets.token_hex(16).encode()
    start = partial(open_child, folder=folder, seed=seed)
    manager.confined = ForkProvisioner(start, watch, kernel_id="confined", kernel_spec=spec, parent=manager)
    manager.provisioner = manager.confined
    return manager
