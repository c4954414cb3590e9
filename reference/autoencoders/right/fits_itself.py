"""
base: none
habit: one class with methods fit and fit_mmd on arrays, German names, weights l and 1 - l, squared exponentials with a variance
"""
import numpy as np
import torch
from torch import nn


# %% next
class MeinAutoencoder(nn.Module):
    def __init__(self, eingabe, flaschenhals, breite, schichten):
        nn.Module.__init__(self)
        hinein, heraus = [], []
        for k in range(schichten):
            hinein.extend([nn.Linear(eingabe if k == 0 else breite, breite), nn.ReLU(inplace=True)])
            heraus.extend([nn.Linear(flaschenhals if k == 0 else breite, breite), nn.ReLU(inplace=True)])
        self.kodierer = nn.Sequential(*hinein, nn.Linear(breite, flaschenhals))
        self.dekodierer = nn.Sequential(*heraus, nn.Linear(breite, eingabe))

    def forward(self, x):
        return self.dekodierer(self.kodierer(x))

    def fit(self, X, epochen=10, lernrate=0.001):
        X = torch.from_numpy(np.asarray(X, dtype="float32"))
        optimierer = torch.optim.Adam(params=self.parameters(), lr=lernrate)
        verlauf = []
        for _ in range(epochen):
            self.zero_grad()
            fehler = torch.sum((self(X) - X) ** 2, dim=1).mean()
            fehler.backward()
            optimierer.step()
            verlauf.append(fehler.item())
        return verlauf

    def fit_mmd(self, X, epochen=10, lernrate=0.001, l=0.5):
        X = torch.from_numpy(np.asarray(X, dtype="float32"))
        optimierer = torch.optim.Adam(params=self.parameters(), lr=lernrate)
        for _ in range(epochen):
            codes = self.kodierer(X)
            fehler = torch.mean((self.dekodierer(codes) - X) ** 2)
            verlust = (1 - l) * fehler + l * mmd(codes, torch.randn(codes.shape))
            optimierer.zero_grad()
            verlust.backward()
            optimierer.step()
        return self


# %% next
def kern(a, b, varianzen=(0.25, 0.5, 1.0, 2.0)):
    abstand = torch.sum((a.unsqueeze(1) - b.unsqueeze(0)) ** 2, -1)
    return torch.stack([torch.exp(-abstand / (2 * v)) for v in varianzen]).mean(0)


def mmd(x, y):
    wert = kern(x, x).mean() - 2 * kern(x, y).mean() + kern(y, y).mean()
    return wert.clamp(min=0)


# %% next
from sklearn.datasets import make_moons

daten = make_moons(n_samples=200, noise=0.1)[0]
modell = MeinAutoencoder(2, 1, 16, 2)
print(modell.fit(daten, epochen=20)[-1])
