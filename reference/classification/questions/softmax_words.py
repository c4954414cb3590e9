"""What the text of a hand-in says that its softmax regression does not show when it is questioned."""

import re

from reference.classification.questions.ones_outside import adds_ones

SCALED = re.compile(
    r"/=?\s*\(?\s*(16|255)\b|StandardScaler|MinMaxScaler|MaxAbsScaler|[nN]ormali[sz]|[sS]tandardi[sz]|skalier|normier"
    r"|/=?\s*\(?\s*[\w.]*(max|std|norm|scale|sigma|breite|range)|\bscale\(|_std\b|_scaled\b|_norm\b"
)
OTHER_DESCENT = re.compile(
    r"\badam\b|momentum|velocity|rmsprop|adagrad|nesterov|decay|schedul|mini_?batch|batch_?size|shuffle|permutation"
    r"|np\.clip\(\s*\w*gra|clip_grad|line_?search|backtrack|early_?stop|\breg\b|regulari[sz]|\bl2\b|lambda_|patience",
    re.I,
)
SOFTMAX = re.compile(r"softmax|cross_?entropy|\bnp\.exp\(|\bexp\(.*\bsum\(", re.I)
RATE = re.compile(r"(?<![\d.])(0?\.0010*(?!\d)|1(\.0*)?e-0?3\b|10\s*\*\*\s*\(?-\s*3|1\.?0*\s*/\s*1_?000\b)")
STEPS = re.compile(r"(?<![\d._])(1_?000(?![\d_])(?!\.\d)|1(\.0*)?e\+?0?3\b|10\s*\*\*\s*3\b|1_?001\b)")


def code_of(team, lab):
    """All code of the hand-in: its cells, its modules, and what was cut out to be questioned; empty without any."""
    texts = [cell.source for cell in lab.transcript.code] + list(lab.transcript.modules)
    source = getattr(team, "source", None)
    if source is not None:
        texts += [one.source for one in source.statements]
        texts += [one.source for ones in source.modules.values() for one in ones]
    return "\n".join(dict.fromkeys(texts))


def scales_digits(team, lab):
    """Whether any of the code looks as if it scaled its data."""
    return bool(SCALED.search(code_of(team, lab)))


def descends_otherwise(team, lab):
    """Words for something beside plain gradient descent in the definitions that were found; empty if there is none."""
    source = getattr(team, "source", None)
    if source is None:
        return ""
    names = {name.rpartition(".")[2] for name in team.binding("softmax").symbol.split(", ")}
    texts = [one.source for one in source.statements if names & set(one.names)]
    found = OTHER_DESCENT.search("\n".join(texts))
    return found[0] if found else ""


def hands_over_ones(team, lab):
    """Whether the code adds a column of ones to what its training gets: True, False, None where nothing is seen.

    All arguments of all calls of the training, its step or its gradient are followed to where they were made.
    """
    return adds_ones(team, lab, "softmax", ("fit", "step", "gradient"), any_argument=True)


def written_elsewhere(lab):
    """Cells whose code takes exponentials and makes steps, or speaks of the softmax; the most telling first."""
    cells = [cell for cell in lab.transcript.code if SOFTMAX.search(cell.source)]
    return sorted(cells, key=lambda cell: -len(SOFTMAX.findall(cell.source)))[:3]


def asked_settings(team, lab):
    """Whether the sheet's rate and number of steps stand anywhere in the code or its defaults."""
    text = code_of(team, lab)
    defaults = [team.softmax.default(name) for name in ("rate", "steps")]
    return (
        bool(RATE.search(text)) or not text or defaults[0] == 0.001,
        bool(STEPS.search(text)) or not text or defaults[1] == 1000,
    )
