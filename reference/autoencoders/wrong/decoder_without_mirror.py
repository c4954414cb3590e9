"""
breaks: [ae.architecture]
says: the decoder has a single hidden layer, the encoder has as many as asked for
"""


class Autoencoder:
    def __init__(self, input_size, bottleneck_size, hidden_size, layers):
        super().__init__()
        self.encoder = self.chain(input_size, hidden_size, layers, bottleneck_size)
        self.decoder = self.chain(bottleneck_size, hidden_size, 1, input_size)
