"""
habit: >-
  The own mixture is compared with the ready-made one of the library, outside of the classes.
only: [gmm, rules.from_scratch]
"""

from sklearn.datasets import make_moons
from sklearn.mixture import GaussianMixture as ReadyMadeMixture

expected = ReadyMadeMixture(n_components=2).fit(make_moons(200, noise=0.1)[0])
print("mean log-likelihood of the library's mixture", expected.score(make_moons(200, noise=0.1)[0]))
