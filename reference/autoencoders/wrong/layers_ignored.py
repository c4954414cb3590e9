"""
breaks: [ae.architecture]
says: the number of hidden layers is always two
"""


class Autoencoder:
    def __init__(self, input_size, bottleneck_size, hidden_size, layers):
        super().__init__()
        self.encoder = self.chain(input_size, hidden_size, 2, bottleneck_size)
        self.decoder = self.chain(bottleneck_size, hidden_size, 2, input_size)
