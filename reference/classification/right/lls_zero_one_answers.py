"""
breaks: []
base: none
only: [lls]
habit: German names, a tiny ridge, the parameters hidden in a tuple, truth values for labels
"""

import numpy as np


class KleinsteQuadrate:
    def anpassen(self, punkte, klassen):
        erweitert = np.append(punkte, np.ones((len(punkte), 1)), axis=1)
        quadrat = erweitert.T @ erweitert + 1e-6 * np.identity(erweitert.shape[1])
        loesung = np.linalg.inv(quadrat) @ erweitert.T @ klassen
        self.ergebnis = ("theta", loesung)

    def vorhersage(self, punkte):
        theta = self.ergebnis[1]
        return punkte @ theta[:-1] + theta[-1] > 0
