"""Maximum mean discrepancy with kernels of several widths, and the training that pulls codes to the standard normal."""

import torch


def kernel_sum(squared, bandwidths):
    """Sum of exp(-d²/h²) over the bandwidths h for squared distances of any shape; same shape."""
    return sum(torch.exp(-squared / h**2) for h in bandwidths)


def mmd_squared(x, y, bandwidths=(0.25, 0.5, 1.0, 2.0, 4.0)):
    """Unbiased estimate of MMD² between samples x (n, d) and y (m, d), n and m at least 2; a tensor of no axes.

    Gretton et al., A Kernel Two-Sample Test, JMLR 13 (2012), lemma 6. The summed kernel of a point with itself
    is the number of bandwidths.
    """
    n, m, own = len(x), len(y), len(bandwidths)
    across = kernel_sum(squared_distances(x, y), bandwidths).mean()
    within_x = (kernel_sum(squared_distances(x, x), bandwidths).sum() - n * own) / (n * (n - 1))
    within_y = (kernel_sum(squared_distances(y, y), bandwidths).sum() - m * own) / (m * (m - 1))
    return within_x + within_y - 2 * across


def squared_distances(x, y):
    """Squared Euclidean distances of all pairs, shape (n, m)."""
    return ((x[:, None, :] - y[None, :, :]) ** 2).sum(dim=-1)


def train_mmd_autoencoder(model, x, epochs=10, lr=0.001, weight=0.5):
    """Fit `model` to points `x`, shape (n, d), with codes drawn towards the standard normal (sheet task 2).

    The loss of one epoch is the mean squared reconstruction error plus `weight` times MMD² between the codes
    and as many fresh draws from the standard normal.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        codes = model.encode(x)
        reconstruction = ((model.decode(codes) - x) ** 2).mean()
        loss = reconstruction + weight * mmd_squared(codes, torch.randn_like(codes))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
