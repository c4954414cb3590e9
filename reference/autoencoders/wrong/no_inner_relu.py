"""
breaks: [ae.architecture]
also: [ae.training, mmd_ae.loss]
says: hyperbolic tangents stand where the sheet asks for ReLU
"""
from torch import nn


class Autoencoder:
    def chain(self, first, hidden, layers, last):
        parts, width = [], first
        for _ in range(layers):
            parts += [nn.Linear(width, hidden), nn.Tanh()]
            width = hidden
        return nn.Sequential(*parts, nn.Linear(width, last))
