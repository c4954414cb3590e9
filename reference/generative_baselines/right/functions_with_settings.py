"""
breaks: [interface.sklearn]
base: none
also: [rules.from_scratch]
habit: >-
  Functions whose settings come in dictionaries, or in a tuple of kernel and width.
"""

# %%
import numpy as np
from sklearn.datasets import make_moons

rng = np.random.default_rng(8)


def punkte(anzahl):
    return make_moons(anzahl, noise=0.1)[0]


# %%
def lerne_histogramm(daten, einstellung={"nx": 18, "ny": 12}):
    n = np.array([einstellung["nx"], einstellung["ny"]])
    unten = daten.min(axis=0)
    breite = (daten.max(axis=0) - unten) / n
    fach = np.minimum(((daten - unten) / breite).astype(int), n - 1)
    zahl = np.bincount(fach[:, 0] * n[1] + fach[:, 1], minlength=n.prod())
    return {"anteil": zahl.reshape(n) / len(daten), "unten": unten, "breite": breite}


def dichte_histogramm(gelernt, stellen):
    n = np.array(gelernt["anteil"].shape)
    oben = gelernt["unten"] + n * gelernt["breite"]
    innen = np.all((stellen >= gelernt["unten"]) & (stellen <= oben), axis=1)
    fach = np.clip(((stellen - gelernt["unten"]) / gelernt["breite"]).astype(int), 0, n - 1)
    return innen * gelernt["anteil"][fach[:, 0], fach[:, 1]] / gelernt["breite"].prod()


def ziehe_histogramm(gelernt, anzahl, zufall):
    anteil = gelernt["anteil"]
    fach = zufall.choice(anteil.size, size=anzahl, p=anteil.ravel())
    ecke = np.stack(np.unravel_index(fach, anteil.shape), axis=1)
    return gelernt["unten"] + (ecke + zufall.random((anzahl, 2))) * gelernt["breite"]


# %%
def lerne_gauss(daten, einstellung=None):
    mitte = daten.mean(axis=0)
    return {"mitte": mitte, "kov": (daten - mitte).T @ (daten - mitte) / len(daten)}


def log_glocke(stellen, mitte, kov):
    faktor = np.linalg.cholesky(kov)
    z = np.linalg.solve(faktor, (stellen - mitte).T)
    return -0.5 * (z**2).sum(axis=0) - np.log(np.diag(faktor)).sum() - np.log(2 * np.pi)


def dichte_gauss(gelernt, stellen):
    return np.exp(log_glocke(stellen, gelernt["mitte"], gelernt["kov"]))


def ziehe_gauss(gelernt, anzahl, zufall):
    return gelernt["mitte"] + zufall.standard_normal((anzahl, 2)) @ np.linalg.cholesky(gelernt["kov"]).T


# %%
def lerne_gmm(daten, einstellung={"K": 6, "runden": 200}):
    K = einstellung["K"]
    mitten = daten[rng.choice(len(daten), K, replace=False)]
    kovs = np.stack([np.cov(daten.T, ddof=0)] * K)
    gewichte = np.ones(K) / K
    for _ in range(einstellung.get("runden", 200)):
        log = np.stack([np.log(g) + log_glocke(daten, m, c) for g, m, c in zip(gewichte, mitten, kovs)], axis=1)
        r = np.exp(log - np.logaddexp.reduce(log, axis=1)[:, None])
        menge = r.sum(axis=0) + 1e-12
        gewichte, mitten = menge / menge.sum(), r.T @ daten / menge[:, None]
        kovs = np.stack([((daten - m).T * r[:, k]) @ (daten - m) / menge[k] for k, m in enumerate(mitten)])
        kovs = kovs + 1e-7 * np.eye(2)
    return {"gewichte": gewichte, "mitten": mitten, "kovs": kovs}


def dichte_gmm(gelernt, stellen):
    teile = zip(gelernt["gewichte"], gelernt["mitten"], gelernt["kovs"])
    return sum(g * np.exp(log_glocke(stellen, m, c)) for g, m, c in teile)


def ziehe_gmm(gelernt, anzahl, zufall):
    welche = zufall.choice(len(gelernt["gewichte"]), anzahl, p=gelernt["gewichte"])
    z = zufall.standard_normal((anzahl, 2))
    return gelernt["mitten"][welche] + np.einsum("nij,nj->ni", np.linalg.cholesky(gelernt["kovs"])[welche], z)


# %%
def lerne_kde(daten, einstellung={"h": 0.1}):
    return {"daten": daten, "h": einstellung["h"]}


def dichte_kde(gelernt, stellen):
    h = gelernt["h"]
    quadrat = ((stellen[:, None] - gelernt["daten"]) ** 2).sum(axis=2)
    return np.exp(-quadrat / (2 * h**2)).mean(axis=1) / (2 * np.pi * h**2)


def ziehe_kde(gelernt, anzahl, zufall):
    daten = gelernt["daten"]
    return daten[zufall.integers(len(daten), size=anzahl)] + gelernt["h"] * zufall.standard_normal((anzahl, 2))


# %%
def kernmatrix(A, B, kern):
    name, h = kern
    quadrat = (A**2).sum(1)[:, None] + (B**2).sum(1) - 2 * A @ B.T
    quadrat = np.maximum(quadrat, 0) / h**2
    return np.exp(-quadrat) if name == "se" else 1 / np.sqrt(1 + quadrat)


def mmd2(A, B, kern=("se", 0.5)):
    return kernmatrix(A, A, kern).mean() + kernmatrix(B, B, kern).mean() - 2 * kernmatrix(A, B, kern).mean()


# %%
lernen, pruefen = punkte(400), punkte(400)
versuche = {
    "hist": (lerne_histogramm, ziehe_histogramm, [{"nx": 6, "ny": 4}, {"nx": 18, "ny": 12}]),
    "gauss": (lerne_gauss, ziehe_gauss, [None]),
    "gmm": (lerne_gmm, ziehe_gmm, [{"K": 2}, {"K": 8}]),
    "kde": (lerne_kde, ziehe_kde, [{"h": 0.05}, {"h": 0.2}]),
}
for name, (lerne, ziehe, einstellungen) in versuche.items():
    for einstellung in einstellungen:
        probe = ziehe(lerne(lernen, einstellung), 400, rng)
        print(name, einstellung, [mmd2(pruefen, probe, (kern, 0.4)) for kern in ("se", "imq")])
