"""
base: none
habit: the training functions build their network from its settings and return it with the losses; true inverse multi-quadratics
"""
import torch
import torch.nn as nn
import torch.optim as optim


# %% next
class Autoencoder(nn.Module):
    def __init__(self, input_size, bottleneck_size, hidden_size, layers):
        super().__init__()
        encoder = [nn.Linear(input_size, hidden_size), nn.ReLU()]
        decoder = [nn.Linear(bottleneck_size, hidden_size), nn.ReLU()]
        for _ in range(layers - 1):
            encoder += [nn.Linear(hidden_size, hidden_size), nn.ReLU()]
            decoder += [nn.Linear(hidden_size, hidden_size), nn.ReLU()]
        encoder.append(nn.Linear(hidden_size, bottleneck_size))
        decoder.append(nn.Linear(hidden_size, input_size))
        self.encoder, self.decoder = nn.Sequential(*encoder), nn.Sequential(*decoder)

    def forward(self, x):
        return self.decoder(self.encoder(x))


# %% next
def train_autoencoder(train_data, bottleneck_size=1, hidden_size=32, layers=2, epochs=50, lr=0.001):
    model = Autoencoder(train_data.shape[1], bottleneck_size, hidden_size, layers)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = nn.MSELoss()(model(train_data), train_data)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


# %% next
def mmd_loss(x, y, bandwidths=(0.5, 1.0, 2.0)):
    total = 0.0
    for h in bandwidths:
        k = lambda a, b: 1 / torch.sqrt(1 + torch.cdist(a, b) ** 2 / h**2)  # noqa: B023, E731
        total = total + k(x, x).mean() + k(y, y).mean() - 2 * k(x, y).mean()
    return total


def train_mmd_autoencoder(train_data, hidden_size=32, layers=2, epochs=50, lr=0.001, mmd_weight=1.0, bottleneck_size=2):
    model = Autoencoder(train_data.shape[1], bottleneck_size, hidden_size, layers)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        code = model.encoder(train_data)
        loss = nn.MSELoss()(model.decoder(code), train_data) + mmd_weight * mmd_loss(code, torch.randn_like(code))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


# %% next
points = torch.randn(100, 2)
trained, losses = train_autoencoder(points, epochs=10)
print(losses[-1])
