"""The choice of the bandwidth of the discrepancy's kernels (sheet task 1, evaluation)."""

import re

from grader.judge import prose
from grader.judge.checks import check
from grader.records import Verdict
from reference.generative_baselines.questions.experiments import experiments
from reference.generative_baselines.questions.noted import (
    BANDWIDTH,
    plane_arrays,
)

BANDWIDTH_WORDS = r"\bbandwidth|bandbreite|bandwith|\bh\s*=|\$h|\bh\b.{0,20}(value|wert)|length.?scale|sigma"

REASON_WORDS = (
    r"median|heuristi|too (small|large|big|wide)|zu (klein|groß|gross|breit)|separat|trenn|inform|sensitiv|discrimin|"
    r"distinguish|unterscheid|saturat|scale|größenordnung|best|good|gut|because|weil|da |since|tried|probier|chose|wähl|nehmen"
)

METRIC_WORDS = r"mmd|metri[ck]|imq|multi-?quad|dis[ck]repan"

ESTIMATOR_WORDS = r"kde|kernel.?dens|density.?estim|kern.?dicht|parzen"

KERNEL_CALL = r"^(k_?)?(se|imq|rbf|sq_?exp\w*|squared_?exp\w*|inv\w*_?multi\w*|gauss\w*kern\w*|kern\w*|kernel\w*)(_?kernel)?$|kernel|kern_"


@check
def bandwidth_choice(team, lab, *, least, single_share):
    """Several bandwidths of the discrepancy were tried, or the one that was taken has a reason."""
    facts = experiments(team, lab)
    calls = kernel_calls(facts)
    noted = set().union(*(facts.bandwidths(call) for call in calls))
    cells = [facts.transcript.cells[i] for i in dict.fromkeys(call.cell for call in calls)][:2]
    lab.point(*cells)
    if len(noted) >= least:
        return lab.own(tried(lab, len(noted), least))
    written = written_bandwidths(facts)
    full = facts.full({call.name for call in calls})
    if len(written) >= least and (full or not noted):
        lab.point(*facts.judging[:2])
        return lab.own(tried(lab, len(written), least))
    return few_bandwidths(lab, facts, set() if full else noted or written, single_share, least)


def few_bandwidths(lab, facts, values, single_share, least):
    """The outcome where fewer bandwidths than wanted are seen."""
    if not facts.mmd_names and not facts.scores:
        binding = facts.binding("mmd")
        if binding and binding.doubts:
            return lab.outcome(Verdict.REVIEW, binding.why, "Which bandwidths were tried, or why this one?")
        return lab.outcome(
            Verdict.MISSING, "No MMD² is computed anywhere.", "Choose a bandwidth that tells models apart."
        )
    speaking = reasons(facts)
    if speaking:
        lab.point(*(passage.cell for passage in speaking[:3]))
        return lab.outcome(
            Verdict.REVIEW,
            f"The MMD bandwidth took {len(values) or 'no'} {'value' if len(values) == 1 else 'values'} that we saw, and the text speaks of the choice: does it give a reason?",
            "You need do nothing: a person reads the cells that are named here.",
        )
    lab.point(*facts.judging[:2])
    unread = facts.hidden(facts.judging) or not facts.transcript.complete or not values
    if unread or prose.only_in_export(facts.transcript) > 40:
        return lab.outcome(
            Verdict.REVIEW,
            "We could not see which bandwidths of the MMD² kernels were tried.",
            "Is there a comparison of bandwidths, or a reason for the one that is used?",
        )
    value = ", ".join(f"{v:g}" for v in sorted(values))
    message = f"The MMD² kernels are only used with one bandwidth ({value}), and nothing is said about it."
    step = "Try several bandwidths, and keep one that tells good models from bad ones."
    if single_share > 0:
        return lab.partial(single_share, message, step)
    return lab.failed(message, step, tried(lab, len(values), least))


def reasons(facts):
    """Texts and comments of the first task that may say why a bandwidth was taken.

    Words on the density estimator alone are none.
    """
    cells = [cell for cell in facts.transcript.cells if cell.index <= facts.last_cell]
    found = [p for p in prose.passages(facts.transcript, 4, cells) if p.kind != "docstring"]
    for words in (BANDWIDTH_WORDS, REASON_WORDS):
        found = prose.speaking(found, words)
    metric = {id(p) for p in prose.speaking(found, METRIC_WORDS)}
    other = {id(p) for p in prose.speaking(found, ESTIMATOR_WORDS)}
    return [p for p in found if id(p) in metric or id(p) not in other]


def tried(lab, number, least):
    """The evidence: how many bandwidths."""
    return lab.measured("bandwidths of the MMD² kernels tried", number, at_least=least)


def kernel_calls(facts):
    """Noted calls of the discrepancy and of kernels, on points in the plane or inside such a call."""
    inside, cells = {call.name for call in facts.scores}, {cell.index for cell in facts.judging}
    kernels = {
        name
        for name in {call.name for call in facts.transcript.observed.calls}
        if re.search(KERNEL_CALL, name.rpartition(".")[2], re.I)
    }
    found = list(facts.scores)
    for call in facts.transcript.observed.calls:
        near = call.name in kernels and (call.cell in cells or inside & set(call.within))
        if near and len(plane_arrays(call)) >= 2:
            found.append(call)
    return found


def written_bandwidths(facts):
    """Bandwidths in the code: passed to the discrepancy, to its class or to kernels, by name or as only number."""
    found = set()
    names = facts.mmd_names | {
        n for cell in facts.judging for n in cell.names if re.search(KERNEL_CALL, n, re.I)
    }
    binding = facts.binding("mmd")
    theirs = binding.parameters.get("bandwidth", "") if binding else ""
    for name in names:
        for place in facts.source.calls(name):
            for keyword in place.node.keywords:
                if keyword.arg and (keyword.arg == theirs or re.search(BANDWIDTH, keyword.arg, re.I)):
                    found |= facts.source.numbers(keyword.value, place.around)
            for given in place.node.args[0 if len(place.node.args) < 2 else 2 :]:
                found |= {v for v in facts.source.numbers(given, place.around) if 0 < v < 1e3}
    return found
