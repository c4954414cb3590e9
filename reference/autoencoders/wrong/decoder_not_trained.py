"""
breaks: [ae.training]
says: the optimiser gets the weights of the encoder alone
"""
import torch
from torch import nn


def train_autoencoder(model, x, epochs=10, lr=0.001):
    optimizer = torch.optim.Adam(model.encoder.parameters(), lr=lr)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
