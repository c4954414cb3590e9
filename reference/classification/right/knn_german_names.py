"""
breaks: []
base: none
only: [knn]
habit: German names, the data in the constructor, a dictionary of indices and distances, density functions of the model
"""

import numpy as np


class NaechsteNachbarn:
    def __init__(self, punkte, klassen, anzahl_nachbarn):
        self.punkte = punkte
        self.klassen = klassen
        self.anzahl = anzahl_nachbarn

    def nachbarn(self, anfragen):
        abstand = np.linalg.norm(anfragen[:, np.newaxis] - self.punkte, axis=2)
        indizes = np.argsort(abstand, axis=1)[:, : self.anzahl]
        return {"abstaende": np.sort(abstand, axis=1)[:, : self.anzahl], "indizes": indizes}

    def vorhersagen(self, anfragen):
        indizes = self.nachbarn(anfragen)["indizes"]
        return [np.bincount(zeile).argmax() for zeile in self.klassen[indizes]]


def klassenwahrscheinlichkeiten(modell):
    return np.bincount(modell.klassen) / len(modell.klassen)


def dichte(modell, anfragen):
    radius = modell.nachbarn(anfragen)["abstaende"][:, -1]
    return modell.anzahl / (len(modell.punkte) * np.pi * radius**2)


def klassendichte(modell, anfragen):
    ergebnis = modell.nachbarn(anfragen)
    flaeche = np.pi * ergebnis["abstaende"][:, -1] ** 2
    gefunden = modell.klassen[ergebnis["indizes"]]
    spalten = []
    for c in np.unique(modell.klassen):
        spalten.append(np.sum(gefunden == c, axis=1) / (np.sum(modell.klassen == c) * flaeche))
    return np.array(spalten)
