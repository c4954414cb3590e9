"""The checks on autoencoders from both sides, and the torch-free instruments that they rest on."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.judge import kernel_curves
from grader.judge.checks import load_checks, validate_uses
from grader.judge.judging import judge_item
from grader.judge.lab import LabFactory, load_reference
from grader.judge.networks import (
    FeedForward,
    Linear,
    Recipe,
    explained,
    linear_layers,
    reconstruction_gradient,
    sign_agreement,
    trained,
)
from grader.prove.twins import Twin, load_twins, render
from grader.records import Finding, Verdict, Workspace
from grader.rubric import load
from grader.run.slice import slice_workspace
from grader.team.agent import Agent
from grader.team.candidates import gather
from grader.team.network_finding import find_networks
from grader.team.networks import open_role
from grader.team.session import Session
from reference.autoencoders.models import Autoencoder, train_autoencoder
from reference.autoencoders.questions.loss import unused_parameters

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "reference" / "autoencoders"
RUBRIC = load(ROOT / "rubrics" / "autoencoders.yaml")
CHECKS = load_checks(SHEET)
TWINS = {twin.name: twin for twin in load_twins(SHEET)}
LOST = {Verdict.FAILED, Verdict.PARTIAL}


@dataclass(frozen=True)
class Gone:
    """How a forked child ended."""

    code: int | None = None

    def describe(self) -> str:
        return "ended"


class ForkedChild:
    """The agent in a copy of this process, so that torch need not be imported again."""

    def __init__(self, folder: Path) -> None:
        torch.set_num_threads(1)
        self.channel, inner = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.channel.close()
                os.chdir(folder)
                Agent(inner).serve()
            finally:
                os._exit(0)
        inner.close()
        self.pidfd = os.pidfd_open(self.pid)

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)

    def kill(self) -> Gone:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
        return Gone()

    def close(self) -> None:
        self.kill()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
        self.channel.close()


class NetworkTeam:
    """A hand-in's networks and procedures under the rubric's names."""

    def __init__(self, session: Session, bindings: dict[str, Any]) -> None:
        self._session, self._bindings = session, bindings

    def has(self, role: str, method: str = "") -> bool:
        return bool(self._bindings[role].symbol)

    def binding(self, role: str) -> Any:
        return self._bindings[role]

    def __getattr__(self, role: str) -> Any:
        if role not in RUBRIC.roles:
            raise AttributeError(role)
        wanted = RUBRIC.roles[role]
        return open_role(
            wanted.kind, self._session, self._bindings[role], wanted, np.random.default_rng(1), 30.0
        )


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """The first optimiser imports hundreds of modules; the copies of this process need not do so again."""
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    load_reference(SHEET)


Opener = Callable[[Twin], NetworkTeam]


@pytest.fixture
def open_team(tmp_path: Path) -> Iterator[Opener]:
    sessions = []

    def opened(twin: Twin) -> NetworkTeam:
        render(twin, tmp_path, "autoencoders.ipynb")
        files = ("autoencoders.ipynb",)
        space = Workspace(tmp_path, files, "0", notebooks=files, main=files[0])
        session = Session(lambda: ForkedChild(tmp_path), slice_workspace(space), seed=3)
        sessions.append(session)
        symbols = gather(slice_workspace(space), session.names())
        return NetworkTeam(session, find_networks(symbols, session, RUBRIC))

    yield opened
    for session in sessions:
        session.close()


def judged(team: NetworkTeam, item: str) -> Finding:
    labs = LabFactory(load_reference(SHEET), key=b"key", hand_in="tests")
    return judge_item(team, RUBRIC.item(item), RUBRIC, CHECKS, labs(item, {}))


def test_the_rubric_fits_the_checks() -> None:
    assert {use.check for item in RUBRIC.items for use in item.checks} <= set(CHECKS)
    validate_uses(RUBRIC, CHECKS)


RIGHT = [
    ("reference", "ae.architecture"),
    ("reference", "ae.training"),
    ("reference", "mmd_ae.loss"),
    ("right/fits_itself", "ae.training"),
    ("right/builds_and_trains", "ae.training"),
    ("right/builds_and_trains", "mmd_ae.kernel"),
    ("right/pairs_and_batches", "mmd_ae.loss"),
    ("right/settings_in_order_of_their_own", "ae.architecture"),
    ("right/settings_in_order_of_their_own", "mmd_ae.loss"),
]


@pytest.mark.parametrize(("name", "item"), RIGHT)
def test_a_right_solution_passes(name: str, item: str, open_team: Opener) -> None:
    finding = judged(open_team(TWINS[name]), item)
    assert finding.verdict is Verdict.PASSED, finding.message


WRONG = [
    ("encoder_ends_in_relu", "behind the code is ReLU"),
    ("bottleneck_ignored", "bottleneck_size asks for 2"),
    ("decoder_without_mirror", "no mirror image"),
    ("no_inner_relu", "behind hidden layers is Tanh"),
    ("layers_ignored", "changes nothing"),
    ("gradients_add_up", "never reset"),
    ("gradient_descent", "gradient descent"),
    ("rate_ignored", "as with 0.001 both times"),
    ("epochs_ignored", "moved by 10 / 10 / 10 steps"),
    ("decoder_not_trained", "weights of the decoder do not change"),
    ("absolute_error", "absolute error"),
    ("one_bandwidth", "over 1 bandwidth "),
    ("discrepancy_of_outputs", "pulls at the decoder"),
    ("discrepancy_detached", "has no gradient"),
    ("discrepancy_as_number", "has no gradient"),
    ("reconstruction_weighted_away", "weight 0"),
]


@pytest.mark.parametrize(("name", "told"), WRONG)
def test_a_mistake_is_caught_and_named(name: str, told: str, open_team: Opener) -> None:
    twin = TWINS[f"wrong/{name}"]
    finding = judged(open_team(twin), twin.breaks[0])
    assert finding.verdict in LOST, finding.message
    assert told in finding.message


def test_counting_layers_otherwise_goes_to_a_person(open_team: Opener) -> None:
    source = TWINS["reference"].source.replace("for _ in range(layers):", "for _ in range(layers + 1):")
    finding = judged(open_team(Twin("counts", True, (), "", source)), "ae.architecture")
    assert finding.verdict is Verdict.REVIEW
    assert "L + 1" in finding.message


def test_a_constructor_with_swapped_arguments_is_called_by_name(open_team: Opener) -> None:
    team = open_team(TWINS["right/settings_in_order_of_their_own"])
    network = team.autoencoder(input_size=4, bottleneck_size=1, hidden_size=6, layers=1)
    shapes = [value.shape for value in network.state().values() if value.ndim == 2]
    assert shapes == [(6, 1), (4, 6), (6, 4), (1, 6)]


# ---- instruments ----------------------------------------------------------------------------------------


def rebuilt(model: Autoencoder, code: int) -> FeedForward:
    state = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    layers = linear_layers(state)
    points = np.random.default_rng(0).normal(size=(16, layers[0].sizes[0])).astype(np.float32)
    with torch.no_grad():
        answers = {len(layers): model(torch.tensor(points)).numpy().astype(float)}
    found = explained(layers, code, points.astype(float), answers)
    assert found is not None
    return found


def test_gradients_and_steps_without_torch_are_those_of_torch() -> None:
    torch.manual_seed(0)
    model, x = Autoencoder(2, 1, 7, 2).double(), torch.randn(9, 2, dtype=torch.float64)
    layers = linear_layers({n: v.numpy().copy() for n, v in model.state_dict().items()})
    network = FeedForward(tuple(layers), ("ReLU", "ReLU", "linear", "ReLU", "ReLU", "linear"))
    gradient = reconstruction_gradient(network, x.numpy())
    torch.nn.functional.mse_loss(model(x), x).backward()
    for name, parameter in model.named_parameters():
        np.testing.assert_allclose(gradient[name], parameter.grad.numpy(), atol=1e-12)
    train_autoencoder(model, x, epochs=7, lr=0.01)
    mine = trained(network, x.numpy(), steps=7, rate=0.01, recipe=Recipe("Adam"))
    for name, value in model.state_dict().items():
        np.testing.assert_allclose(mine[name], value.numpy(), atol=1e-10)


@pytest.mark.parametrize("rule", ["sgd", "momentum", "rmsprop", "adagrad"])
def test_the_other_rules_are_those_of_torch(rule: str) -> None:
    torch.manual_seed(1)
    model, x = Autoencoder(2, 1, 7, 1).double(), torch.randn(9, 2, dtype=torch.float64)
    layers = linear_layers({n: v.numpy().copy() for n, v in model.state_dict().items()})
    optimizers = {
        "sgd": torch.optim.SGD(model.parameters(), lr=0.01),
        "momentum": torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9),
        "rmsprop": torch.optim.RMSprop(model.parameters(), lr=0.01),
        "adagrad": torch.optim.Adagrad(model.parameters(), lr=0.01),
    }
    for _ in range(4):
        optimizers[rule].zero_grad()
        torch.nn.functional.mse_loss(model(x), x).backward()
        optimizers[rule].step()
    network = FeedForward(tuple(layers), ("ReLU", "linear", "ReLU", "linear"))
    mine = trained(network, x.numpy(), steps=4, rate=0.01, recipe=Recipe(rule, rule))
    for name, value in model.state_dict().items():
        np.testing.assert_allclose(mine[name], value.numpy(), atol=1e-10)


def test_a_function_at_the_end_of_the_encoder_is_recognised() -> None:
    torch.manual_seed(2)
    model = Autoencoder(3, 2, 9, 2)
    assert rebuilt(model, 3).behind == ("ReLU", "ReLU", "linear", "ReLU", "ReLU", "linear")
    model.encoder.append(torch.nn.Sigmoid())
    assert rebuilt(model, 3).behind[2] == "Sigmoid"


def test_a_network_that_does_something_else_is_not_explained() -> None:
    rng = np.random.default_rng(3)
    layers = [Linear("a", rng.normal(size=(4, 2)), None), Linear("b", rng.normal(size=(2, 4)), None)]
    points = rng.normal(size=(16, 2))
    assert explained(layers, 1, points, {2: rng.normal(size=(16, 2))}) is None


def test_signs_of_a_first_step_follow_their_gradient_only() -> None:
    gradient = {"w": np.array([[1.0, -2.0, 3.0, 1e-9]])}
    before = {"w": np.zeros((1, 4))}
    assert sign_agreement(before, {"w": np.array([[-1.0, 1.0, -1.0, 1.0]])}, gradient, ["w"]) == 1
    assert sign_agreement(before, {"w": np.array([[1.0, 1.0, -1.0, 1.0]])}, gradient, ["w"]) == pytest.approx(
        2 / 3
    )


@pytest.mark.parametrize(
    ("family", "widths"),
    [
        ("squared exponential", [0.5, 1, 2]),
        ("inverse multi-quadratic", [0.7, 1.4, 2.8]),
        ("inverse quadratic", [1.0]),
    ],
)
def test_the_widths_of_a_sum_of_kernels_are_read_off_its_answers(family: str, widths: list[float]) -> None:
    at = np.geomspace(0.02, 60, 48)
    kernel = kernel_curves.FAMILIES[family]
    answers = 3 - sum(kernel((at / w) ** 2) for w in widths)
    found = kernel_curves.fit(at, answers * (1 + 1e-7 * np.random.default_rng(1).normal(size=48)))
    assert found is not None
    assert found.family == family
    np.testing.assert_allclose(found.widths, widths, rtol=1e-3)


def test_constant_answers_have_no_kernel() -> None:
    assert kernel_curves.fit(np.geomspace(0.1, 10, 20), np.full(20, 2.0)) is None


def test_a_parameter_that_is_never_read_is_found() -> None:
    assert unused_parameters("def f(a, l=1, *, c=2):\n    return a + c") == ["l"]
    assert unused_parameters("x = 1") == []
