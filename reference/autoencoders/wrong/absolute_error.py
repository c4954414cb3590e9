"""
breaks: [ae.training]
says: the absolute error is trained in place of the squared one
"""
import torch
from torch import nn


def train_autoencoder(model, x, epochs=10, lr=0.001):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.l1_loss(model(x), x)
        loss.backward()
        optimizer.step()
