"""
breaks: [ae.training]
says: the optimiser is plain gradient descent
"""
import torch
from torch import nn


def train_autoencoder(model, x, epochs=10, lr=0.001):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
