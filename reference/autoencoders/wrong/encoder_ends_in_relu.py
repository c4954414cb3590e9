"""
breaks: [ae.architecture]
also: [ae.training, mmd_ae.loss]
says: the codes can never be negative, because a ReLU stands at the end of the encoder
"""
from torch import nn


class Autoencoder:
    def __init__(self, input_size, bottleneck_size, hidden_size, layers):
        super().__init__()
        self.encoder = nn.Sequential(self.chain(input_size, hidden_size, layers, bottleneck_size), nn.ReLU())
        self.decoder = self.chain(bottleneck_size, hidden_size, layers, input_size)
