"""An autoencoder of linear layers and its training on the squared reconstruction error."""

import torch
from torch import nn


class Autoencoder(nn.Module):
    """Encoder of `layers` hidden layers with ReLU and a linear output, and the decoder that mirrors it.

    `input_size`: width d of the data; `bottleneck_size`: width k of the codes; `hidden_size`: width of every
    hidden layer; `layers`: number of hidden layers on each side, at least 1 (sheet task 1).
    """

    def __init__(self, input_size, bottleneck_size, hidden_size, layers):
        super().__init__()
        if layers < 1:
            raise ValueError(f"Autoencoder: expected layers >= 1, got {layers}")
        self.encoder = self.chain(input_size, hidden_size, layers, bottleneck_size)
        self.decoder = self.chain(bottleneck_size, hidden_size, layers, input_size)

    def chain(self, first, hidden, layers, last):
        """Linear layers of widths first, hidden, ..., hidden, last; ReLU behind all but the last one."""
        parts, width = [], first
        for _ in range(layers):
            parts += [nn.Linear(width, hidden), nn.ReLU()]
            width = hidden
        return nn.Sequential(*parts, nn.Linear(width, last))

    def encode(self, x):
        """Codes of points (n, d), shape (n, k)."""
        return self.encoder(x)

    def decode(self, z):
        """Reconstructions of codes (n, k), shape (n, d)."""
        return self.decoder(z)

    def forward(self, x):
        """Reconstructions of points (n, d), shape (n, d)."""
        return self.decode(self.encode(x))


def train_autoencoder(model, x, epochs=10, lr=0.001):
    """Fit `model` to points `x`, shape (n, d): one Adam step on the mean squared error of all points per epoch.

    Returns the error before each step, shape (epochs,) as a list of floats.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        history.append(float(loss.detach()))
    return history
