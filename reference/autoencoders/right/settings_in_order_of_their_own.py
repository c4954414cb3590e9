"""
habit: another order of the constructor's arguments, a schedule of the learning rate, bandwidths handed over by the training
"""
import torch
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self, layers, hidden_size, input_size, bottleneck_size):
        super().__init__()
        self.decoder = self.chain(bottleneck_size, hidden_size, layers, input_size)
        self.encoder = self.chain(input_size, hidden_size, layers, bottleneck_size)


def train_autoencoder(model, x, epochs=10, lr=0.001):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.97)
    for _ in range(epochs):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), x).backward()
        optimizer.step()
        schedule.step()


def mmd_squared(x, y, bandwidths):
    n, m, own = len(x), len(y), len(bandwidths)
    across = kernel_sum(squared_distances(x, y), bandwidths).mean()
    within_x = (kernel_sum(squared_distances(x, x), bandwidths).sum() - n * own) / (n * (n - 1))
    within_y = (kernel_sum(squared_distances(y, y), bandwidths).sum() - m * own) / (m * (m - 1))
    return within_x + within_y - 2 * across


def train_mmd_autoencoder(model, x, epochs=10, lr=0.001, weight=0.5, bandwidths=(0.5, 1.0, 2.0, 4.0)):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        codes = model.encode(x)
        loss = nn.functional.mse_loss(model.decode(codes), x)
        loss = loss + weight * mmd_squared(codes, torch.randn_like(codes), bandwidths)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
