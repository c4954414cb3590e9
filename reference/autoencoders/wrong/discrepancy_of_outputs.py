"""
breaks: [mmd_ae.loss]
says: the outputs, not the codes, are compared with the standard normal
"""
import torch


def train_mmd_autoencoder(model, x, epochs=10, lr=0.001, weight=0.5):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        codes = model.encode(x)
        output = model.decode(codes)
        reconstruction = ((output - x) ** 2).mean()
        loss = reconstruction + weight * mmd_squared(output, torch.randn_like(output))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
