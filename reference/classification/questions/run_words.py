"""Words, English and German, by which tasks, quantities and numbers of neighbours are told in code, titles and prints."""

import re

ROLE_OF = {1: "knn", 2: "lls", 3: "softmax"}
HEADED = {
    1: r"\bk-?nn\b|nearest|nachbar|neighbou?r",
    2: r"\blls\b|least.?squares|linear[\s_-]*(regression|class|least|model)|lineare|kleinste",
    3: r"softmax|logistic|logistisch|\bdigits\b|ziffern",
}
"""Words of headings that speak of a task."""
NUMBERED = r"\b(?:task|aufgabe)s?\s*[_.:-]?\s*([1-3])(?!\d)"
NAMED = {
    1: r"knn|k_?nearest|neighbou?r|nachbar|^task_?1$",
    2: r"^lls|_lls|lls_|least_?sq|lin_?reg|linear_?(regression|class|least|model)|kleinste|^task_?2$",
    3: r"softmax|digits|ziffern|one_?hot|^task_?3$",
}
"""Names in code that belong to a task."""
ACCURACY = (
    r"(?<![a-z])acc(?!ord|ount|ept|ess|umul)|accura|genauig|score|treffer|korrekt|correct|richtig|error rate|fehlerrate"
    r"|\berr(or)?\b"
)
MEASURES = r"(?<![a-z])acc(?!ord|ount|ept|ess|umul)|accura|genauig|korrekt|correct|richtig|\.score\(|==\s*\(?y|\by\w* *=="
"""Code that measures an accuracy."""
LOSS = r"loss|entrop|verlust|cost|kosten|nll|objective|likelihood|\bce\b|\bl\b"
TEST = r"test|\bval(id\w*)?\b|unseen|held|ungesehen|\bte\b"
TRAIN = r"train|\btr\b|lern"
DENSITY = r"\bp\s*\(|\bp_?x|dens|dicht|likelihood|bedingt|evidence|marginal"
CONDITIONAL = r"\||\bmid\b|given|class|klasse|\bc\s*=|bedingt|condition"
BOUNDARY = r"decision|bound|region|entscheid|grenz|klassifik|classif|predict"
CLASSES = r"class|klass|label|colou?r|farb|legend|\by\s*=|\bblue|\bred\b|\bblau|\brot\b|green|grün|orange"
K_NAME = r"^_?k$|^_?kk$|^n_?k$|neighb|nachbar|^k_|_k$|^num_?k$"
OUTLIER_NAME = r"outl|ausrei|^_?n$|^n_?o|^_?i$|anzahl|num"

_POWER = re.compile(r"\bk\W{0,4}2\s*(?:\^|\*\*)\s*\{?(\d)\b", re.I)
_NUMBER = re.compile(
    r"\bk\W{0,4}(\d{1,4})\b(?!\s*(?:\^|\*\*))|(\d{1,4})\s*-?\s*(?:nn\b|neighb|nachb|nearest)", re.I
)


def ks_in(text: str) -> set[int]:
    """Numbers of neighbours that a title or a printed line tells, such as ``k = 16`` or ``16-NN``."""
    found = {2 ** int(power) for power in _POWER.findall(text)}
    found |= {int(first or second) for first, second in _NUMBER.findall(text)}
    return found - {0}


def tells(pattern: str, text: str) -> bool:
    """Whether a text contains a pattern, upper or lower case."""
    return bool(re.search(pattern, text, re.I))
