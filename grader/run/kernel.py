"""Start the kernel that a run is given, end it in any state, and talk to it without leaving a trace."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_client.utils import ensure_async

from grader.errors import GraderFault
from grader.run.outputs import CappedClient

START_SECONDS = 60
SILENT_SECONDS = 5.0


async def start_kernel(
    factory: Callable[[], Any], notebook: Any, folder: Path, name: str, output_bytes: int
) -> tuple[Any, CappedClient]:
    """Give a started kernel's manager and client, working where the notebook lies.

    A failed start is tried once more with a fresh manager; then ``GraderFault`` is raised.
    """
    trouble = ""
    for _ in range(2):
        manager = factory()
        client = CappedClient(notebook, manager=manager, output_bytes=output_bytes)
        try:
            await ensure_async(manager.start_kernel(cwd=str(folder)))
            client.kc = manager.client()
            await ensure_async(client.kc.start_channels())
            await ensure_async(client.kc.wait_for_ready(timeout=START_SECONDS))
            client.kc.allow_stdin = False
            await _settle(client, name)
            return manager, client
        except (RuntimeError, OSError, GraderFault) as error:
            trouble = str(error)
            await end_kernel(manager, client)
    raise GraderFault(
        "no kernel could be started for the notebook", got=trouble, next_step="Run 'grader doctor'."
    )


async def _settle(client: CappedClient, name: str) -> None:
    """Go to the notebook's own folder."""
    below = PurePosixPath(name).parent
    if below != PurePosixPath("."):
        await execute_silently(client, f"__import__('os').chdir({str(below)!r})")


async def execute_silently(client: CappedClient, code: str) -> None:
    """Execute a line of ours that leaves no trace in counts, history or outputs."""
    number = client.kc.execute(code, silent=True, store_history=False)
    with contextlib.suppress(Exception):
        await asyncio.wait_for(client.async_wait_for_reply(number), SILENT_SECONDS)


async def end_kernel(manager: Any, client: CappedClient) -> None:
    """Kill the kernel and give everything back, whatever state it is in."""
    with contextlib.suppress(Exception):
        await ensure_async(manager.shutdown_kernel(now=True))
    if client.kc is not None:
        with contextlib.suppress(Exception):
            client.kc.stop_channels()
    with contextlib.suppress(Exception):
        await ensure_async(manager.cleanup_resources())
    child = getattr(getattr(manager, "confined", None), "child", None)
    if child is not None:
        child.close()
