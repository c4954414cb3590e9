"""Warm libraries keep working in forked, confined children."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from sandbox_agent import ask

from grader.sandbox.budget import Budget
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.levels import probe

AGENT = Path(__file__).with_name("sandbox_agent.py")
ROOMY = Budget(memory_bytes=3 << 30)


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A server with PyTorch loaded."""
    with ForkServer(
        agent=AGENT, preload=["torch", "sklearn.ensemble"], level=probe().level,
        readonly=[Path(numpy.__file__).parent.parent],
    ) as started:  # fmt: skip
        yield started


def test_a_data_loader_with_workers_does_not_hang(server: ForkServer, tmp_path: Path) -> None:
    code = (
        "import torch\nfrom torch.utils.data import DataLoader, TensorDataset\n"
        "data = TensorDataset(torch.arange(8.0))\n"
        "answer = [float(part[0].sum()) for part in DataLoader(data, batch_size=4, num_workers=1)]"
    )
    with server.child(tmp_path, ROOMY, seed=1) as child:
        assert ask(child, code, seconds=60) == [6.0, 22.0]


def test_training_and_process_pools_work(server: ForkServer, tmp_path: Path) -> None:
    train = (
        "import torch\nw = torch.zeros(1, requires_grad=True)\no = torch.optim.Adam([w])\n"
        "((w - 1) ** 2).sum().backward()\no.step()\nanswer = float(w)"
    )
    pool = "import multiprocessing\nwith multiprocessing.Pool(2) as p: answer = p.map(abs, [-1, -2])"
    forest = (
        "from sklearn.ensemble import RandomForestClassifier as R\n"
        "answer = int(R(5, n_jobs=2).fit([[0], [1]] * 5, [0, 1] * 5).predict([[1]])[0])"
    )
    with server.child(tmp_path, ROOMY, seed=1) as child:
        assert ask(child, train) == pytest.approx(1e-3, rel=1e-3)
        assert ask(child, pool) == [1, 2]
        assert ask(child, forest) == 1


def test_pytorch_is_seeded_apart_from_numpy(server: ForkServer, tmp_path: Path) -> None:
    draw = "import numpy, torch; answer = [torch.initial_seed(), float(torch.rand(1))]"
    found = []
    for number, seed in enumerate((1, 1, 2)):
        (tmp_path / str(number)).mkdir()
        with server.child(tmp_path / str(number), ROOMY, seed=seed) as child:
            found.append(ask(child, draw))
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize("threads", [1, 2])
def test_libraries_get_the_threads_of_the_budget(server: ForkServer, tmp_path: Path, threads: int) -> None:
    with server.child(tmp_path, Budget(threads=threads, memory_bytes=3 << 30), seed=1) as child:
        assert ask(
            child, "import os, torch; answer = [torch.get_num_threads(), os.environ['OMP_NUM_THREADS']]"
        ) == [
            threads,
            str(threads),
        ]
