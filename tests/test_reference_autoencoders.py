"""The reference networks and trainings against closed forms, finite differences and a second implementation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from grader.judge.discrepancy import mmd_squared as our_mmd_squared
from reference.autoencoders.data import moons, normal
from reference.autoencoders.models import Autoencoder, mmd_squared, train_autoencoder, train_mmd_autoencoder
from reference.autoencoders.roles import ROLES


def moons_tensor(n: int) -> torch.Tensor:
    return torch.tensor(moons(n, np.random.default_rng(4)), dtype=torch.float32)


def linear_widths(part: torch.nn.Sequential) -> list[tuple[int, int]]:
    return [(m.in_features, m.out_features) for m in part if isinstance(m, torch.nn.Linear)]


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_the_decoder_mirrors_the_encoder(layers: int) -> None:
    model = Autoencoder(5, 2, 9, layers)
    encoder, decoder = linear_widths(model.encoder), linear_widths(model.decoder)
    assert encoder == [(5, 9), *[(9, 9)] * (layers - 1), (9, 2)]
    assert decoder == [(b, a) for a, b in encoder[::-1]]


def test_codes_and_reconstructions_have_the_widths_asked_for_and_both_signs() -> None:
    torch.manual_seed(0)
    model, x = Autoencoder(3, 2, 16, 2), torch.randn(400, 3)
    assert model.encode(x).shape == (400, 2)
    assert model(x).shape == (400, 3)
    spread = torch.cat([Autoencoder(3, 2, 16, 2).encode(10 * x) for _ in range(5)])
    assert (spread < 0).any() and (spread > 0).any()


def test_without_hidden_layers_there_is_no_network() -> None:
    with pytest.raises(ValueError, match="layers >= 1"):
        Autoencoder(2, 1, 5, 0)


def test_the_gradient_of_the_error_is_that_of_finite_differences() -> None:
    torch.manual_seed(1)
    model, x = Autoencoder(2, 1, 6, 2).double(), moons_tensor(20).double()
    torch.nn.functional.mse_loss(model(x), x).backward()
    weight = model.encoder[0].weight
    for row, column in [(0, 0), (3, 1), (5, 0)]:
        values = []
        for shift in (1e-5, -2e-5):
            with torch.no_grad():
                weight[row, column] += shift
                values.append(((model(x) - x) ** 2).mean().item())
        with torch.no_grad():
            weight[row, column] += 1e-5
        assert (values[0] - values[1]) / 2e-5 == pytest.approx(float(weight.grad[row, column]), abs=1e-6)


def test_the_first_step_moves_every_weight_with_a_gradient_by_the_learning_rate() -> None:
    torch.manual_seed(2)
    model, x = Autoencoder(2, 1, 8, 2), moons_tensor(30)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.nn.functional.mse_loss(model(x), x).backward()
    strong = {name: p.grad.abs() > 1e-4 for name, p in model.named_parameters()}
    train_autoencoder(model, x, epochs=1, lr=0.01)
    for name, value in model.state_dict().items():
        moved = (value - before[name]).abs()[strong[name]]
        assert torch.allclose(moved, torch.full_like(moved, 0.01), rtol=1e-2)


def test_training_lowers_the_error_and_reports_it() -> None:
    torch.manual_seed(3)
    model, x = Autoencoder(2, 1, 20, 2), moons_tensor(200)
    history = train_autoencoder(model, x, epochs=150, lr=0.005)
    assert len(history) == 150
    assert ((model(x) - x) ** 2).mean().item() < 0.3 * history[0]


@pytest.mark.parametrize("bandwidths", [(1.0,), (0.25, 0.5, 1.0, 2.0)])
def test_the_discrepancy_equals_the_numpy_implementation(bandwidths: tuple[float, ...]) -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(40, 2)) + 0.5
    mine = float(mmd_squared(torch.tensor(x), torch.tensor(y), bandwidths))
    assert mine == pytest.approx(
        float(our_mmd_squared(x, y, kernel="se", bandwidths=bandwidths).sum()), rel=1e-9
    )


def test_the_discrepancy_of_two_pairs_is_the_closed_form() -> None:
    x = torch.tensor([[0.0, 0.0], [1e4, 0.0]], dtype=torch.float64)
    y = torch.tensor([[0.0, 1.5], [0.0, 1e4]], dtype=torch.float64)
    expected = -2 / 4 * (np.exp(-(1.5**2)) + np.exp(-(1.5**2) / 4))
    assert float(mmd_squared(x, y, (1.0, 2.0))) == pytest.approx(expected, rel=1e-9)


def test_training_with_the_discrepancy_makes_codes_more_normal_and_keeps_the_reconstruction() -> None:
    torch.manual_seed(6)
    model, x = Autoencoder(2, 2, 16, 2), moons_tensor(128)
    target = torch.tensor(normal(128, np.random.default_rng(1)), dtype=torch.float32)
    before = [mmd_squared(model.encode(x), target).item(), ((model(x) - x) ** 2).mean().item()]
    train_mmd_autoencoder(model, x, epochs=120, lr=0.005)
    after = [mmd_squared(model.encode(x), target).item(), ((model(x) - x) ** 2).mean().item()]
    assert after[0] < 0.2 * before[0]
    assert after[1] < 0.3 * before[1]


def test_every_role_has_a_model() -> None:
    assert set(ROLES) == {"autoencoder", "train_autoencoder", "mmd", "train_mmd_autoencoder"}
