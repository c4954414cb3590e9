"""One run of a whole notebook or script: every cell's fate, limits of ours, outputs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from grader.errors import GraderFault
from grader.records import CellRun, Execution, Workspace
from grader.run.notebook import run_notebook
from grader.run.outputs import CappedClient
from grader.run.scripts import notebook_of_script, script_as_notebook


@dataclass(frozen=True)
class Budget:
    cell_seconds: float = 20
    notebook_seconds: float = 60
    output_bytes: int = 100_000


def local_kernel() -> Any:
    return AsyncKernelManager(kernel_name="python3")


def run(
    folder: Path, *sources: str, name: str = "work.ipynb", budget: Budget | None = None, **options: Any
) -> Execution:
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    (folder / name).parent.mkdir(exist_ok=True)
    nbformat.write(notebook, folder / name)
    return run_notebook(
        Workspace(folder, (name,), ""),
        name,
        kernel_manager_factory=local_kernel,
        budget=budget or Budget(),
        **options,
    )


def outputs(execution: Execution, index: int) -> str:
    return json.dumps(json.loads(execution.notebook)["cells"][index]["outputs"])


MANY = [
    "import os; a = 1; os.getcwd().endswith('below')",
    "",
    "a / 0",
    "import json, nosuchpackage, math\nfrom pathlib import Path",
    "import nosuchpackage.again",
    "(json.dumps(a), Path('x').name)",
    "b = input('how many?')",
    "import time\nfor i in range(30):\n    print(i, end='\\r')\nprint('done')",
    "time.sleep(60)",
    "a + 41",
    "from IPython.display import display, HTML\nfor i in range(400):\n    display(HTML('y' * 1000))",
    "print('z' * 90_000)",
    "if False:\n    !pip install nosuchpackage",
    "import numpy as np\nnp.empty((2**31, 2**20))",
    "raise RuntimeError('DefaultCPUAllocator: can\\'t allocate memory: you tried to allocate 8 bytes')",
    "raise ValueError('cannot allocate seats')",
]


@pytest.fixture(scope="module")
def told() -> list[CellRun]:
    return []


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, told: list[CellRun]) -> Execution:
    """One run whose cells do most of what cells do."""
    folder = tmp_path_factory.mktemp("run")
    seen: list[Any] = []
    budget = Budget(cell_seconds=5)
    execution = run(
        folder, *MANY, name="below/work.ipynb", budget=budget, on_cell=told.append, before_end=seen.append
    )
    assert len(seen) == 1, "the manager is handed over before the end"
    return execution


def test_the_run_goes_on_after_errors_and_says_what_became_of_each_cell(
    many: Execution, told: list[CellRun]
) -> None:
    states = {cell.index: cell.status for cell in many.cells}
    assert states == {
        0: "ok", 2: "error", 3: "error", 4: "error", 5: "ok", 6: "error", 7: "ok", 8: "limit", 9: "ok",
        10: "ok", 11: "ok", 12: "ok", 13: "limit", 14: "limit", 15: "error",
    }  # fmt: skip
    assert many.status == "limit"
    assert many.cells[1].error == "ZeroDivisionError: division by zero"
    assert tuple(told) == many.cells


def test_the_kernel_works_in_the_notebooks_own_folder(many: Execution) -> None:
    assert "True" in outputs(many, 0)


def test_a_missing_package_is_named_once_and_takes_no_other_import_along(many: Execution) -> None:
    missing = [remark for remark in many.remarks if remark.kind == "missing_package"]
    assert len(missing) == 1
    assert "'nosuchpackage'" in missing[0].what
    assert missing[0].where == "cell 4"
    assert "('1', 'x')" in outputs(many, 5)


def test_input_and_installs_are_explained(many: Execution) -> None:
    kinds = [remark.kind for remark in many.remarks]
    assert kinds.count("input") == 1
    assert kinds.count("install_skipped") == 1


def test_our_time_limit_is_reported_as_ours_and_never_as_their_interrupt(many: Execution) -> None:
    limit = next(cell for cell in many.cells if cell.status == "limit")
    assert "5 s" in limit.error
    assert "KeyboardInterrupt" not in outputs(many, 8)
    assert "stopped after 5 s" in outputs(many, 8)
    remark, *memory = [remark for remark in many.remarks if remark.kind == "our_limit"]
    assert ["memory" in one.what for one in memory] == [True, True]
    assert "our limit, not an error" in remark.what
    assert "42" in outputs(many, 9)


def test_outputs_above_the_cap_are_trimmed_and_say_so(many: Execution) -> None:
    assert "output trimmed" in outputs(many, 10)
    assert len(many.notebook) < 200_000
    assert "output trimmed" in outputs(many, 11)
    (remark,) = [remark for remark in many.remarks if remark.kind == "output_trimmed"]
    assert remark.where == "cell 11, cell 12"


def test_a_progress_bar_is_kept_as_its_last_state(many: Execution) -> None:
    assert outputs(many, 7) == json.dumps([{"name": "stdout", "output_type": "stream", "text": ["done\n"]}])


def test_a_cell_that_swallows_interrupts_is_ended_and_the_rest_is_not_reached(tmp_path: Path) -> None:
    stubborn = "import time\nwhile True:\n    try:\n        time.sleep(0.05)\n    except KeyboardInterrupt:\n        pass"
    execution = run(tmp_path, "1", stubborn, "2", budget=Budget(cell_seconds=0.5))
    assert [cell.status for cell in execution.cells] == ["ok", "limit", "not_reached"]
    assert "could not be interrupted" in execution.cells[1].error
    assert execution.status == "limit"
    assert execution.seconds < 12


def test_a_kernel_that_dies_is_told_apart_from_our_limits(tmp_path: Path) -> None:
    execution = run(tmp_path, "1", "import os; os._exit(3)", "2")
    assert [cell.status for cell in execution.cells] == ["ok", "died", "not_reached"]
    assert execution.status == "died"


def test_the_whole_notebook_has_a_limit_and_a_flood_of_output_is_stopped(tmp_path: Path) -> None:
    flood = "from IPython.display import display\nimport time\nwhile True:\n    display('x' * 50_000)\n    time.sleep(0.001)"
    budget = Budget(notebook_seconds=4, output_bytes=20_000)
    execution = run(tmp_path, flood, "import time; time.sleep(100)", "3", budget=budget)
    assert [cell.status for cell in execution.cells] == ["limit", "limit", "not_reached"]
    assert "far more output" in execution.cells[0].error
    assert "4 s for the whole notebook" in execution.cells[1].error
    assert len(execution.notebook) < 100_000


def test_a_script_runs_as_a_notebook_and_knows_its_file(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(
        "import os\nprint(os.path.basename(__file__))\nif __name__ == '__main__':\n    print('main')\n"
    )
    name = script_as_notebook(tmp_path, "work.py")
    assert name == "work.script.ipynb"
    execution = run_notebook(
        Workspace(tmp_path, (), ""), name, kernel_manager_factory=local_kernel, budget=Budget()
    )
    assert execution.status == "complete"
    assert "work.py" in execution.notebook
    assert "main\\n" in execution.notebook


def test_the_notebook_on_disk_keeps_its_stored_outputs(tmp_path: Path) -> None:
    cell = new_code_cell("", outputs=[new_output("stream", text="stored")], execution_count=7)
    nbformat.write(new_notebook(cells=[cell, new_markdown_cell("text")]), tmp_path / "a.ipynb")
    before = (tmp_path / "a.ipynb").read_bytes()
    execution = run_notebook(
        Workspace(tmp_path, (), ""), "a.ipynb", kernel_manager_factory=local_kernel, budget=Budget()
    )
    assert (tmp_path / "a.ipynb").read_bytes() == before
    assert execution.status == "complete"
    assert execution.cells == ()
    assert "stored" not in execution.notebook


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", "unreadable_file"),
        (None, "unreadable_file"),
        (
            json.dumps({"cells": [], "metadata": {"kernelspec": {"language": "R"}}, "nbformat": 4}),
            "other_language",
        ),
    ],
)
def test_what_is_no_python_notebook_is_not_run(tmp_path: Path, text: str | None, kind: str) -> None:
    if text is not None:
        (tmp_path / "a.ipynb").write_text(text)
    execution = run_notebook(
        Workspace(tmp_path, (), ""), "a.ipynb", kernel_manager_factory=local_kernel, budget=Budget()
    )
    assert execution.status == "not_run"
    assert [remark.kind for remark in execution.remarks] == [kind]


def test_a_kernel_that_cannot_be_started_is_our_fault_after_a_second_try(tmp_path: Path) -> None:
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), tmp_path / "a.ipynb")
    tries: list[int] = []

    with pytest.raises(GraderFault, match="no kernel today"):
        run_notebook(
            Workspace(tmp_path, (), ""), "a.ipynb", kernel_manager_factory=_NoKernel(tries), budget=Budget()
        )
    assert len(tries) == 2


# ---- without a kernel ---------------------------------------------------------------------------------


class _NoKernel:
    """A factory whose managers never start."""

    def __init__(self, tries: list[int]) -> None:
        self.tries = tries

    def __call__(self) -> Any:
        manager = AsyncKernelManager(kernel_name="python3")

        async def start_kernel(**_: Any) -> None:
            self.tries.append(1)
            raise RuntimeError("no kernel today")

        manager.start_kernel = start_kernel
        return manager


def test_malformed_messages_never_break_a_run() -> None:
    cell = new_code_cell("1")
    client = CappedClient(new_notebook(cells=[cell]), manager=None, output_bytes=1000)
    client.begin_cell()
    for content in ({}, {"text": 3, "name": "x"}, {"data": 5}, None, {"name": "stdout", "text": ["a"]}):
        for kind in (
            "stream",
            "display_data",
            "error",
            "execute_result",
            "clear_output",
            "update_display_data",
        ):
            client.process_message({"msg_type": kind, "content": content, "parent_header": {}}, cell, 0)
    client.finish_cell(cell, 0)
    assert 0 in client.trimmed
    json.dumps(cell)


def test_a_script_is_split_at_marks_or_at_statements() -> None:
    marked = notebook_of_script("import a\n# %% [markdown]\n# # Title\n# text\n# %%\nx = 1\n")
    assert [cell.cell_type for cell in marked.cells] == ["code", "markdown", "code"]
    assert marked.cells[1].source == "# Title\ntext"
    exported = notebook_of_script("#!/usr/bin/env python\n\n# In[1]:\n\n\nx = 1\n\n# In[ ]:\n\ny = 2\n")
    assert [cell.source.split("\n")[-1] for cell in exported.cells][-2:] == ["x = 1", "y = 2"]
    plain = notebook_of_script(
        "'''doc'''\nimport a\nfrom b import c\n\n# about x\nx = 1; y = 2\nfor i in x:\n    pass\n\n@d\ndef f(): ...\n"
    )
    assert [cell.source for cell in plain.cells] == [
        "'''doc'''",
        "import a\nfrom b import c",
        "# about x\nx = 1; y = 2",
        "for i in x:\n    pass",
        "@d\ndef f(): ...",
    ]
    assert [cell.source for cell in notebook_of_script("x = (\n").cells] == ["x = ("]
