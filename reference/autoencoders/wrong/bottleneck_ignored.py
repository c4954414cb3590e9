"""
breaks: [ae.architecture]
says: the code has the width of the hidden layers, whatever bottleneck_size is
"""


class Autoencoder:
    def __init__(self, input_size, bottleneck_size, hidden_size, layers):
        super().__init__()
        self.encoder = self.chain(input_size, hidden_size, layers, hidden_size)
        self.decoder = self.chain(hidden_size, hidden_size, layers, input_size)
