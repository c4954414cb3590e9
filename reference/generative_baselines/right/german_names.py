"""
breaks: [interface.sklearn]
base: none
habit: >-
  German names for classes, methods and parameters.
"""

# %%
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.patches import Ellipse
from sklearn.datasets import make_moons

zufall = np.random.default_rng(20251106)


def monde(anzahl, saat=None):
    """Trainings- bzw. Testdaten ohne die Labels"""
    daten, _ = make_moons(n_samples=anzahl, noise=0.1, random_state=saat)
    return daten


def abstaende_quadrat(A, B):
    """Matrix aller quadrierten euklidischen Abstände"""
    d = (A**2).sum(1)[:, None] + (B**2).sum(1)[None, :] - 2 * A @ B.T
    return np.maximum(d, 0)   # wegen Rundungsfehlern

# %%
class Histogramm:
    def __init__(self, kastenbreite=0.2):
        self.kastenbreite = kastenbreite

    def fit(self, daten):
        self.ursprung = daten.min(axis=0)
        spannweite = daten.max(axis=0) - self.ursprung
        # +1, damit auch der größte Punkt in einem Kasten liegt
        self.anzahl = np.floor(spannweite / self.kastenbreite).astype(int) + 1
        index = self._index(daten)
        self.gewichte = np.zeros(self.anzahl)
        np.add.at(self.gewichte, (index[:, 0], index[:, 1]), 1)
        self.gewichte /= len(daten)
        return self

    def _index(self, punkte):
        return np.floor((punkte - self.ursprung) / self.kastenbreite).astype(int)

    def dichte(self, punkte):
        index = self._index(punkte)
        drin = np.all((index >= 0) & (index < self.anzahl), axis=1)
        ergebnis = np.zeros(len(punkte))
        ergebnis[drin] = self.gewichte[index[drin, 0], index[drin, 1]] / self.kastenbreite**2
        return ergebnis

    def log_dichte(self, punkte):
        with np.errstate(divide="ignore"):
            return np.log(self.dichte(punkte))

    def ziehe_stichprobe(self, anzahl):
        # erst Kasten wählen, dann gleichverteilt im Kasten
        flach = zufall.choice(self.gewichte.size, size=anzahl, p=self.gewichte.ravel())
        kasten = np.stack(np.unravel_index(flach, self.gewichte.shape), axis=1)
        return self.ursprung + (kasten + zufall.random((anzahl, 2))) * self.kastenbreite

# %%
class Normalverteilung:
    def fit(self, daten, gewichte=None):
        # gewichte brauchen wir für den M-Schritt der Mischung
        if gewichte is None:
            gewichte = np.ones(len(daten))
        gewichte = gewichte / gewichte.sum()
        self.mittelwert = gewichte @ daten
        abweichung = daten - self.mittelwert
        self.kovarianz = (abweichung * gewichte[:, None]).T @ abweichung
        return self

    def log_dichte(self, punkte):
        abweichung = punkte - self.mittelwert
        mahalanobis = np.einsum("ni,ij,nj->n", abweichung, np.linalg.inv(self.kovarianz), abweichung)
        _, logdet = np.linalg.slogdet(self.kovarianz)
        return -0.5 * (mahalanobis + logdet + 2 * np.log(2 * np.pi))

    def dichte(self, punkte):
        return np.exp(self.log_dichte(punkte))

    def ziehe_stichprobe(self, anzahl):
        return zufall.multivariate_normal(self.mittelwert, self.kovarianz, size=anzahl)

# %%
class GaussMischung:
    def __init__(self, anzahl_komponenten=5, max_schritte=100, toleranz=1e-5):
        self.anzahl_komponenten = anzahl_komponenten
        self.max_schritte = max_schritte
        self.toleranz = toleranz

    def fit(self, daten):
        K = self.anzahl_komponenten
        # Startwerte: Mittelpunkte möglichst weit auseinander (wie bei k-means++)
        zentren = [daten[zufall.integers(len(daten))]]
        while len(zentren) < K:
            d = abstaende_quadrat(daten, np.array(zentren)).min(axis=1)
            zentren.append(daten[zufall.choice(len(daten), p=d / d.sum())])
        naechstes = abstaende_quadrat(daten, np.array(zentren)).argmin(axis=1)
        verantwortung = 0.9 * np.eye(K)[naechstes] + 0.1 / K

        alt = -np.inf
        for schritt in range(self.max_schritte):
            # M-Schritt
            self.anteile = verantwortung.mean(axis=0)
            self.komponenten = []
            for k in range(K):
                komponente = Normalverteilung().fit(daten, verantwortung[:, k])
                komponente.kovarianz = komponente.kovarianz + 1e-8 * np.eye(2)
                self.komponenten.append(komponente)
            # E-Schritt
            gemeinsam = self._log_gemeinsam(daten)
            log_p = self._logsumme(gemeinsam)
            verantwortung = np.exp(gemeinsam - log_p[:, None])
            if log_p.mean() - alt < self.toleranz:
                break
            alt = log_p.mean()
        return self

    def _log_gemeinsam(self, punkte):
        return np.stack([np.log(a) + k.log_dichte(punkte)
                         for a, k in zip(self.anteile, self.komponenten)], axis=1)

    @staticmethod
    def _logsumme(werte):
        m = werte.max(axis=1)
        return m + np.log(np.exp(werte - m[:, None]).sum(axis=1))

    def log_dichte(self, punkte):
        return self._logsumme(self._log_gemeinsam(punkte))

    def dichte(self, punkte):
        return np.exp(self.log_dichte(punkte))

    def ziehe_stichprobe(self, anzahl):
        wahl = zufall.choice(self.anzahl_komponenten, size=anzahl, p=self.anteile)
        stichprobe = np.empty((anzahl, 2))
        for k, komponente in enumerate(self.komponenten):
            stichprobe[wahl == k] = komponente.ziehe_stichprobe((wahl == k).sum())
        return stichprobe

# %%
class Kerndichteschaetzer:
    def __init__(self, bandbreite=0.15):
        self.bandbreite = bandbreite

    def fit(self, daten):
        self.stuetzpunkte = np.array(daten)
        return self

    def dichte(self, punkte):
        h = self.bandbreite
        kern = np.exp(-abstaende_quadrat(punkte, self.stuetzpunkte) / h**2)
        return kern.mean(axis=1) / (np.pi * h**2)

    def log_dichte(self, punkte):
        return np.log(self.dichte(punkte) + 1e-300)

    def ziehe_stichprobe(self, anzahl):
        wahl = zufall.integers(0, len(self.stuetzpunkte), size=anzahl)
        rauschen = zufall.normal(0, self.bandbreite / np.sqrt(2), size=(anzahl, 2))
        return self.stuetzpunkte[wahl] + rauschen

# %%
# Probe: Mischung mit einer Komponente = Normalverteilung
probe = monde(300, 1)
unterschied = Normalverteilung().fit(probe).log_dichte(probe) - GaussMischung(1).fit(probe).log_dichte(probe)
print("max. Unterschied:", np.abs(unterschied).max())

# %%
def kern_se(quadrat, h):
    return np.exp(-quadrat / h**2)

def kern_imq(quadrat, h):
    return 1 / np.sqrt(1 + quadrat / h**2)

def mmd_quadrat(X, Y, bandbreite=0.5, kern=kern_se):
    n, m = len(X), len(Y)
    kxx = kern(abstaende_quadrat(X, X), bandbreite)
    kyy = kern(abstaende_quadrat(Y, Y), bandbreite)
    kxy = kern(abstaende_quadrat(X, Y), bandbreite)
    # Diagonale weglassen
    term_x = (kxx.sum() - np.trace(kxx)) / (n * (n - 1))
    term_y = (kyy.sum() - np.trace(kyy)) / (m * (m - 1))
    return term_x + term_y - 2 * kxy.mean()

testdaten = monde(1000, 77)

norm = Normalverteilung().fit(monde(500, 2))

# %%
def zeige(modell, titel):
    x, y = np.linspace(-1.8, 2.8, 120), np.linspace(-1.4, 1.9, 90)
    gx, gy = np.meshgrid(x, y)
    werte = modell.dichte(np.c_[gx.ravel(), gy.ravel()]).reshape(gx.shape)
    fig, (links, rechts) = plt.subplots(1, 2, figsize=(10, 3.6))
    links.imshow(werte, origin="lower", extent=(x[0], x[-1], y[0], y[-1]))
    links.set_title("Dichte: " + titel)
    s = modell.ziehe_stichprobe(800)
    rechts.plot(*s.T, ".", ms=2)
    rechts.set_title("Stichprobe: " + titel)
    if isinstance(modell, GaussMischung):     # Bonus: Komponenten als Ellipsen
        for k in modell.komponenten:
            ew, ev = np.linalg.eigh(k.kovarianz)
            winkel = np.degrees(np.arctan2(ev[1, 1], ev[0, 1]))
            rechts.add_patch(Ellipse(k.mittelwert, 4 * ew[1]**0.5, 4 * ew[0]**0.5, angle=winkel, fill=False, color="r"))
    links.axis("equal")
    rechts.axis("equal")
    plt.show()


train = monde(500, 4)
zeige(Histogramm(0.1).fit(train), "Histogramm 0.1")
zeige(Histogramm(0.8).fit(train), "Histogramm 0.8")
zeige(Normalverteilung().fit(train), "Normalverteilung")
zeige(GaussMischung(2).fit(train), "GMM, 2 Komponenten")
zeige(GaussMischung(10).fit(train), "GMM, 10 Komponenten")
zeige(Kerndichteschaetzer(0.12).fit(train), "KDE 0.12")
zeige(Kerndichteschaetzer(0.7).fit(train), "KDE 0.7")

