"""
base: none
only: [softmax.gradient, softmax.training, softmax.stable]
habit: German names, parameters as (classes, columns + 1) with the bias last, sums by loops over the classes
"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


# %% next
class SoftmaxKlassifikator:
    def __init__(self, lernrate=0.001, anzahl_schritte=1000):
        self.lernrate = lernrate
        self.anzahl_schritte = anzahl_schritte

    def mit_einsen(self, daten):
        return np.c_[daten, np.ones(daten.shape[0])]

    def wahrscheinlichkeiten(self, daten):
        werte = self.mit_einsen(daten) @ self.theta.T
        groesste = werte.max(axis=1)[:, None]
        hoch = np.exp(werte - groesste)
        return hoch / hoch.sum(axis=1)[:, None]

    def verlust(self, daten, klassen):
        p = self.wahrscheinlichkeiten(daten)
        return -np.log(p[np.arange(len(klassen)), klassen] + 1e-300).sum()

    def gradient(self, daten, klassen):
        p = self.wahrscheinlichkeiten(daten)
        ergebnis = np.zeros_like(self.theta)
        for c in range(len(self.theta)):
            ergebnis[c] = (p[:, c] - (klassen == c)) @ self.mit_einsen(daten)
        return ergebnis

    def trainieren(self, daten, klassen):
        self.theta = np.zeros((klassen.max() + 1, daten.shape[1] + 1))
        self.verlauf = []
        for _ in range(self.anzahl_schritte):
            self.theta = self.theta - self.lernrate * self.gradient(daten, klassen)
            self.verlauf.append(self.verlust(daten, klassen))
        return self

    def vorhersage(self, daten):
        return self.wahrscheinlichkeiten(daten).argmax(axis=1)


# %% next
bilder, ziffern = load_digits(return_X_y=True)
bilder_train, bilder_test, z_train, z_test = train_test_split(bilder, ziffern, train_size=0.75)
modell = SoftmaxKlassifikator().trainieren(bilder_train, z_train)
print("Genauigkeit:", (modell.vorhersage(bilder_test) == z_test).mean())
