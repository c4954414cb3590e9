"""Which model fills which role of the sheet; canonical parameter names are the sheet's."""

from reference.autoencoders.models import (
    Autoencoder,
    mmd_squared,
    train_autoencoder,
    train_mmd_autoencoder,
)

ROLES = {
    "autoencoder": Autoencoder,
    "train_autoencoder": train_autoencoder,
    "mmd": mmd_squared,
    "train_mmd_autoencoder": train_mmd_autoencoder,
}
