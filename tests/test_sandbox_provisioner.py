"""Kernels under nbclient, unmodified, that are confined children of the fork server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from sandbox_agent import ask

import grader
from grader.errors import GraderFault
from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import Ending, ForkServer
from grader.sandbox.levels import probe
from grader.sandbox.provisioner import ConfinedManager, exit_code, kernel_manager

AGENT = Path(__file__).with_name("sandbox_agent.py")
REPOSITORY = Path(grader.__file__).resolve().parent.parent
LIBRARIES = [Path(numpy.__file__).parent.parent]
LEVELS = probe().available
BEST = LEVELS[0]
REPEATS = int(os.environ.get("GRADER_TEST_KERNELS", "20"))

Between = Callable[[ConfinedManager], Any]


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[int], ForkServer]]:
    """One warm server with kernel and plots per level, started on first use."""
    started: dict[int, ForkServer] = {}

    def get(level: int) -> ForkServer:
        if level not in started:
            preload = ["ipykernel", "matplotlib.pyplot"]
            started[level] = ForkServer(
                agent=AGENT, preload=preload, level=level, masked=[REPOSITORY], readonly=LIBRARIES
            )
        return started[level]

    yield get
    for server in started.values():
        server.close()


def run(
    server: ForkServer,
    folder: Path,
    cells: list[str],
    between: Between | None = None,
    budget: Budget | None = None,
) -> tuple[list[Any], Any, Ending]:
    """Execute ``cells``; their outputs, what ``between`` returned after the last cell, and the kernel's end."""
    manager = kernel_manager(server, folder, budget or Budget(), seed=7)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, km=manager, timeout=20, allow_errors=True)

    async def whole() -> tuple[Any, Ending]:
        async with client.async_setup_kernel():
            try:
                for index, cell in enumerate(notebook.cells):
                    await client.async_execute_cell(cell, index)
                found = await asyncio.to_thread(between, manager) if between else None
                return found, manager.child.kill()
            finally:
                client.kc.stop_channels()
                await manager.cleanup_resources()

    try:
        found, ending = asyncio.run(whole())
        return [cell.outputs for cell in notebook.cells], found, ending
    finally:
        manager.child.close()


@pytest.mark.parametrize("level", LEVELS)
def test_a_notebook_runs_and_answers_questions_on_its_main_thread(
    servers: Callable[[int], ForkServer], tmp_path: Path, level: int
) -> None:
    cells = [
        "print('hello')\nx = 41",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "!echo from the shell\n%pip install something\n!pip install something",
        "1 / 0",
        "import threading; main = threading.main_thread().ident",
    ]

    def between(manager: ConfinedManager) -> Any:
        return ask(
            manager.child, "import threading; answer = [x + 1, threading.get_ident() == main, __name__]"
        )

    outputs, answer, ending = run(servers(level), tmp_path, cells, between)
    assert outputs[0][0].text == "hello\n"
    assert "image/png" in outputs[1][0].data
    shell = "".join(output.text for output in outputs[2])
    assert shell.startswith("from the shell\n")
    assert shell.count("(not run, packages cannot be installed here: pip install something)") == 2
    assert outputs[3][0].ename == "ZeroDivisionError"
    assert answer == [42, True, "__main__"]
    assert ending.killed_by_us


@pytest.mark.parametrize("level", [BEST])
def test_a_long_cell_is_interrupted_and_later_cells_and_questions_work(
    servers: Callable[[int], ForkServer], tmp_path: Path, level: int
) -> None:
    manager = kernel_manager(servers(level), tmp_path, Budget(), seed=1)
    cells = [nbformat.v4.new_code_cell(text) for text in ("while True: pass", "x = 5")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, km=manager, timeout=1, allow_errors=True, interrupt_on_timeout=True)

    async def whole() -> Any:
        async with client.async_setup_kernel():
            for index, cell in enumerate(cells):
                await client.async_execute_cell(cell, index)
            answer = ask(manager.child, "answer = x")
            await manager.provisioner.kill()
            client.kc.stop_channels()
            await manager.cleanup_resources()
            return answer

    assert asyncio.run(whole()) == 5
    assert cells[0].outputs[-1].ename == "KeyboardInterrupt"
    manager.child.close()


@pytest.mark.parametrize("level", [BEST])
def test_a_question_that_loops_is_interrupted_and_the_kernel_lives(
    servers: Callable[[int], ForkServer], tmp_path: Path, level: int
) -> None:
    def between(manager: ConfinedManager) -> Any:
        import threading

        threading.Timer(0.5, manager.child.interrupt).start()
        return [ask(manager.child, "while True: pass")["kind"], ask(manager.child, "answer = x")]

    assert run(servers(level), tmp_path, ["x = 3"], between)[1] == ["KeyboardInterrupt", 3]


@pytest.mark.parametrize(
    ("code", "expected"), [("import os; os._exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_a_kernel_that_dies_is_noticed_at_once_and_its_state_stays_true(
    servers: Callable[[int], ForkServer], tmp_path: Path, code: str, expected: int
) -> None:
    manager = kernel_manager(servers(BEST), tmp_path, Budget(), seed=1)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    client = NotebookClient(notebook, km=manager, timeout=20)

    async def whole() -> list[int | None]:
        async with client.async_setup_kernel():
            with pytest.raises(DeadKernelError):
                await client.async_execute_cell(notebook.cells[0], 0)
            states = [
                await manager.provisioner.poll(),
                await manager.provisioner.poll(),
                await manager.provisioner.wait(),
            ]
            client.kc.stop_channels()
            await manager.cleanup_resources()
            return states

    started = time.monotonic()
    assert asyncio.run(whole()) == [expected] * 3
    assert time.monotonic() - started < 5
    manager.child.close()


def test_too_much_printing_is_an_error_in_the_students_cell(
    servers: Callable[[int], ForkServer], tmp_path: Path
) -> None:
    cells = ["for n in range(100): print('x' * 1000)", "y = 1", "print('x' * 10**8)"]
    outputs, answer, _ = run(
        servers(BEST),
        tmp_path,
        cells,
        lambda manager: ask(manager.child, "answer = y"),
        Budget(output_bytes=50_000),
    )
    assert outputs[0][-1].ename == "OutputLimitError"
    assert "50,000" in outputs[0][-1].evalue
    assert outputs[2][-1].ename == "OutputLimitError"
    assert answer == 1


def test_numbers_are_seeded_once_per_run(servers: Callable[[int], ForkServer], tmp_path: Path) -> None:
    draw = "import numpy as np\nprint(np.random.rand())"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    runs = [run(servers(BEST), folder, [draw, draw])[0] for folder in folders]
    first, second = ([outputs[0].text for outputs in cells] for cells in runs)
    assert first == second
    assert first[0] != first[1]


def test_a_manager_starts_one_kernel_only(servers: Callable[[int], ForkServer], tmp_path: Path) -> None:
    manager = kernel_manager(servers(BEST), tmp_path, Budget(), seed=1)
    with pytest.raises(GraderFault, match="not been started"):
        assert manager.child

    async def twice() -> None:
        await manager.start_kernel()
        try:
            with pytest.raises(GraderFault, match="cannot be restarted"):
                await manager.start_kernel()
        finally:
            manager.child.close()
            await manager.cleanup_resources()

    asyncio.run(twice())


def test_a_function_that_opens_children_serves_as_well_as_a_server(
    servers: Callable[[int], ForkServer], tmp_path: Path
) -> None:
    def opener(folder: Path, *, seed: int, kernel: Any = None) -> Any:
        return servers(BEST).child(folder, Budget(), seed=seed, kernel=kernel)

    manager = kernel_manager(opener, tmp_path, Budget(), seed=1)

    async def once() -> bool:
        await manager.start_kernel()
        alive = await manager.is_alive()
        await manager.shutdown_kernel(now=True)
        return bool(alive)

    assert asyncio.run(once())
    manager.child.close()


@pytest.mark.parametrize(
    ("ending", "code"), [(Ending(3, None), 3), (Ending(None, signal.SIGSEGV), 139), (Ending(None, None), 0)]
)
def test_endings_become_exit_codes(ending: Ending, code: int) -> None:
    assert exit_code(ending) == code


def test_many_kernels_in_a_row_give_the_same_and_leave_nothing(
    servers: Callable[[int], ForkServer], tmp_path: Path
) -> None:
    server = servers(BEST)
    cells = [
        "import numpy as np\nx = np.random.rand(5)\nprint(x)",
        "import matplotlib.pyplot as plt\nplt.plot(x);",
    ]
    seen: set[Any] = set()

    def state() -> list[int]:
        return [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in ("self", server.pid)]

    before: list[int] = []
    for number in range(REPEATS):
        folder = tmp_path / str(number)
        folder.mkdir()
        outputs, answer, ending = run(
            server, folder, cells, lambda manager: ask(manager.child, "answer = list(x)")
        )
        assert ending.killed_by_us
        seen.add((outputs[0][0].text, *answer))
        before = before or state()
    assert len(seen) == 1
    assert state() == before
