"""The networks and training procedures of the sheet, written with PyTorch."""

from reference.autoencoders.models.autoencoder import Autoencoder, train_autoencoder
from reference.autoencoders.models.discrepancy import mmd_squared, train_mmd_autoencoder

__all__ = ["Autoencoder", "mmd_squared", "train_autoencoder", "train_mmd_autoencoder"]
