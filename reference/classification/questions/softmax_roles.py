"""Our softmax regression in the place of a team's: the answers that checks of a descent ask for."""

import numpy as np

from grader.team.descents import Form


def softmax_role(namespace):
    """The role as a class, made of the definitions of the reference's models or of a twin of them."""

    class Softmax(namespace["SoftmaxRegression"]):
        """Softmax regression under the names of the rubric."""

        trainings = ("fit", "gradient")
        steady = True

        def __init__(self, rate=0.001, steps=1000, by="", classes=None):
            super().__init__(learning_rate=rate, steps=steps)
            self.by = by

        def fit(self, X, y, *more):
            """Train as the models do, or by steps along their gradient that are made here."""
            if self.by != "gradient":
                return super().fit(X, y, *more)
            self.classes_, number = np.unique(y, return_inverse=True)
            self.theta_ = np.zeros((X.shape[1] + 1, len(self.classes_)))
            for _ in range(self.steps):
                self.theta_ = self.theta_ - self.learning_rate * self.slope(self.theta_, X, number)
            return self

        @staticmethod
        def takes(parameter, by=""):
            """Both of what the sheet names can be set."""
            return parameter in ("rate", "steps")

        @staticmethod
        def default(parameter):
            """As the sheet asks for it."""
            return {"rate": 0.001, "steps": 1000}.get(parameter)

        @staticmethod
        def form(by=""):
            """Points and labels are taken as they are."""
            return Form()

        @staticmethod
        def slope(theta, X, y):
            """The gradient of the summed loss at parameters, shape (D + 1, C) with the biases first."""
            return namespace["cross_entropy_gradient"](theta, X, y)

        @property
        def arrays(self):
            """What training left behind."""
            return {"theta_": self.theta_}

        def has(self, question):
            """Whether the question can be asked."""
            return question in ("probabilities", "predict", "squash")

        def probabilities(self, P):
            """Class probabilities, shape (m, C)."""
            return self.predict_proba(P)

        def squash(self, Z):
            """The softmax of logits, shape (m, C)."""
            return namespace["softmax"](np.asarray(Z, dtype=float))

    return Softmax
