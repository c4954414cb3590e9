"""
breaks: [ae.training]
says: the learning rate of the caller is not used
"""
import torch
from torch import nn


def train_autoencoder(model, x, epochs=10, lr=0.001):
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
