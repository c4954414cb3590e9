"""
breaks: [ae.training]
says: the gradients of all epochs add up, because they are never reset
"""
import torch
from torch import nn


def train_autoencoder(model, x, epochs=10, lr=0.001):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        model.train()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
