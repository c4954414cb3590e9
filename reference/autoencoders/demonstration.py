"""The sheet's first steps with the models, small enough for a quick run."""

import torch
from sklearn.datasets import make_moons

torch.manual_seed(0)
points = torch.tensor(make_moons(300, noise=0.1, random_state=0)[0], dtype=torch.float32)
model = Autoencoder(2, 1, 20, 2)  # noqa: F821 - defined in the cells before
errors = train_autoencoder(model, points, epochs=100, lr=0.005)  # noqa: F821
print(f"bottleneck 1: error {errors[0]:.3f} before, {errors[-1]:.3f} after training")

# %% next
free = Autoencoder(2, 2, 20, 2)  # noqa: F821
train_mmd_autoencoder(free, points, epochs=100, lr=0.005)  # noqa: F821
print(f"bottleneck 2: codes have standard deviation {free.encode(points).std().item():.2f}")
