"""
breaks: [mmd_ae.loss]
says: the reconstruction error has weight 0
"""
import torch


def train_mmd_autoencoder(model, x, epochs=10, lr=0.001, weight=0.5):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        codes = model.encode(x)
        output = model.decode(codes)
        reconstruction = ((output - x) ** 2).mean()
        loss = 0 * reconstruction + mmd_squared(codes, torch.randn_like(codes))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
