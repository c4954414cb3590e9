"""
base: none
habit: forward gives code and reconstruction, layers in a ModuleList, small batches from a loader, imq in the C/(C+d²) form
"""
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_moons
from torch.utils.data import DataLoader


# %% next
class AE(torch.nn.Module):
    def __init__(self, in_dim, latent_dim, hidden_dim, n_layers=2):
        super().__init__()
        down = [in_dim] + n_layers * [hidden_dim] + [latent_dim]
        up = down[::-1]
        self.enc_layers = torch.nn.ModuleList([torch.nn.Linear(a, b) for a, b in zip(down[:-1], down[1:])])
        self.dec_layers = torch.nn.ModuleList([torch.nn.Linear(a, b) for a, b in zip(up[:-1], up[1:])])

    def encode(self, x):
        for layer in self.enc_layers[:-1]:
            x = F.relu(layer(x))
        return self.enc_layers[-1](x)

    def decode(self, z):
        for layer in self.dec_layers[:-1]:
            z = F.relu(layer(z))
        return self.dec_layers[-1](z)

    def forward(self, x):
        z = self.encode(x)
        return z, self.decode(z)


# %% next
def train_autoencoder(X, net, learning_rate=1e-3, n_epochs=10, batch_size=64):
    data = torch.as_tensor(X, dtype=torch.float32)
    opt = torch.optim.Adam(net.parameters(), learning_rate)
    criterion = torch.nn.MSELoss()
    for epoch in range(n_epochs):
        for batch in DataLoader(data, batch_size=batch_size, shuffle=True):
            _, out = net(batch)
            opt.zero_grad()
            criterion(out, batch).backward()
            opt.step()
    return net


# %% next
SCALES = [0.5, 1.0, 2.0, 4.0, 8.0]


def imq_kernel(a, b):
    d2 = torch.cdist(a, b) ** 2
    return sum(c / (c + d2) for c in SCALES)


def compute_mmd(z, z_prior):
    return imq_kernel(z, z).mean() + imq_kernel(z_prior, z_prior).mean() - 2 * imq_kernel(z, z_prior).mean()


def train_mmd_autoencoder(X, net, learning_rate=1e-3, n_epochs=10, batch_size=64, lam=1.0):
    data = torch.as_tensor(X, dtype=torch.float32)
    opt = torch.optim.Adam(net.parameters(), learning_rate)
    for epoch in range(n_epochs):
        for batch in DataLoader(data, batch_size=batch_size, shuffle=True):
            z, out = net(batch)
            loss = F.mse_loss(out, batch) + lam * compute_mmd(z, torch.randn(z.shape))
            opt.zero_grad()
            loss.backward()
            opt.step()
    return net


# %% next
X, _ = make_moons(200, noise=0.1)
net = train_autoencoder(X, AE(2, 1, 16), n_epochs=5)
print(float(np.mean((net(torch.as_tensor(X, dtype=torch.float32))[1].detach().numpy() - X) ** 2)))
