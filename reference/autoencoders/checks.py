"""The checks of the sheet: networks and their training, judged on their weights outside of the team's process.

A network is copied out as plain arrays, rebuilt without torch and compared with its own answers; a training
procedure starts from weights we know, on data we drew, and the weights that come back are compared with those of
our own optimiser. What cannot be had by finding goes to a person, never to zero points.
"""

from reference.autoencoders.questions.architecture import network_architecture
from reference.autoencoders.questions.kernel import kernel_of_several_widths
from reference.autoencoders.questions.loss import weighted_loss
from reference.autoencoders.questions.training import reconstruction_training

__all__ = ["kernel_of_several_widths", "network_architecture", "reconstruction_training", "weighted_loss"]
