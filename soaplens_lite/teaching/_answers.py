"""
Right answers that are computed, one function for each exercise that is not a choice.

Each function takes the student's answer and data. It returns None for a right answer, otherwise the key of a mistake in
``exercises.toml`` or a sentence.
"""

import re
from fractions import Fraction

import numpy as np
from scipy.spatial.distance import dice, jaccard

from soaplens_lite.kinetics import transition_counts, transition_matrix
from soaplens_lite.states import merge_clusters

WRITTEN = str.maketrans({",": ".", " ": None})  # a comma is a decimal point
PERCENT = {"%": 0.01, "percent": 0.01}


def as_number(answer, units=PERCENT):
    """
    A number from anything that says one number, with a unit or without; None from anything else.

    Examples
    --------
    >>> as_number("1/4"), as_number("25 %"), as_number("0,25"), as_number(np.array([0.25])), as_number("atom 7")
    (0.25, 0.25, 0.25, 0.25, 7.0)
    >>> as_number("40 ps", {"ps": 0.001}), as_number([1, 2]), as_number("a quarter"), as_number(True)
    (0.04, None, None, None)
    """
    try:
        if isinstance(answer, str):
            number, unit = re.fullmatch(r"(?:atom)?([-+\d./e]+)([a-z%]*)", answer.lower().translate(WRITTEN)).groups()
            return float(Fraction(number)) * ({"": 1} | dict(units))[unit]
        values = np.ravel(answer)
        usable = len(values) == 1 and values.dtype != bool and np.isfinite(float(values[0]))
        return float(values[0]) if usable else None
    except (ValueError, TypeError, ZeroDivisionError, AttributeError, KeyError):
        return None


def compare(answer, right, mistakes=None, *, tolerance=0.01, absolute=0.0, units=PERCENT):
    """
    Compare a number or table with the right one, and with those that typical mistakes give; the nearest counts.

    A mistake with several forms has a tuple of values.

    Examples
    --------
    >>> compare("1/2", 0.5), compare(0.7, 0.5), compare(0.25, 0.5, {"half": 0.25})
    (None, '0.7 is too large.', 'half')
    >>> compare([[1, 2]], [[1, 3]])
    'Look again at row 0, column 1: 2 is not right there.'
    """
    right = np.asarray(right, dtype=float)
    given = as_number(answer, units) if right.ndim == 0 else answer
    try:
        given = np.asarray(given, dtype=float)
    except (ValueError, TypeError):
        given = np.array(np.nan)
    if given.shape != right.shape or np.isnan(given).all():
        return "number" if right.ndim == 0 else "table"

    def near(values):
        return np.isclose(given, values, rtol=tolerance, atol=absolute, equal_nan=True)

    def distance(candidate):
        return np.nansum(abs(given - candidate[1]))

    candidates = [(None, right)] + [
        (name, np.asarray(value, dtype=float))
        for name, values in (mistakes or {}).items()
        for value in (values if isinstance(values, tuple) else (values,))
    ]
    found = [(name, value) for name, value in candidates if value.shape == right.shape and near(value).all()]
    if found:
        return min(found, key=distance)[0]
    if right.ndim == 0:
        return f"{given:g} is too {'large' if given > right else 'small'}."
    place = np.argwhere(~near(right))[0]
    where = ", ".join(f"{axis} {k}" for axis, k in zip(("row", "column"), place, strict=False))
    return f"Look again at {where}: {given[tuple(place)]:g} is not right there."


def lens_values(before, after):
    """LENS of one atom, and what typical mistakes give instead; from two bool arrays, the atom itself at 0."""
    others = before.copy(), after.copy()
    for members in others:
        members[0] = False
    either, right = (others[0] ^ others[1]).sum(), dice(*others)
    left, total = (others[0] & ~others[1]).sum(), others[0].sum() + others[1].sum()
    mistakes = {"jaccard": jaccard(*others), "count": either, "itself": dice(before, after), "stayed": 1 - right}
    mistakes |= {"left": left / others[0].sum(), "left_only": left / total, "percent": 100 * right}
    return right, mistakes | {"once": ((1 - right) / 2, (1 + right) / 2)}


def lens_by_hand(answer, trajectory, r_cut):
    """LENS of atom 0 between two frames."""
    positions = trajectory.positions.values
    right, mistakes = lens_values(*(np.linalg.norm(frame - frame[0], axis=1) <= r_cut for frame in positions))
    del mistakes["left_only"]  # here the same number as "stayed", whose reply covers it
    return compare(answer, right, mistakes)


def lens_function(answer):
    """A function of two sets that returns LENS."""
    if not callable(answer):
        return "Give the function itself, my_lens, without calling it."
    cases, given, expected = [], [], []
    for members in np.random.default_rng(17).random((8, 2, 9)) < 0.6:
        members[:, 0], members[0, 1], members[1, 2] = False, True, True
        cases.append(tuple(set(np.flatnonzero(atoms).tolist()) for atoms in members))
        try:
            value = answer(*map(set, cases[-1]))
            given.append(as_number(value))
        except Exception as error:  # of the student's function
            return f"my_lens{cases[-1]} stops with {type(error).__name__}: {error}."
        if value is ...:
            return ...
        if given[-1] is None:
            return f"my_lens{cases[-1]} does not return a number."
        expected.append(lens_values(*members))
    right = [value for value, _ in expected]
    wrong = {name: [mistakes[name] for _, mistakes in expected] for name in expected[0][1] if name != "itself"}
    wrong["once"] = tuple(np.transpose(wrong["once"]))
    found = compare(given, right, wrong)
    if found is None or found in wrong:
        return found
    k = int(np.argmin(np.isclose(given, right)))
    return f"my_lens{cases[k]} is {given[k]:g}. LENS of these two sets is {right[k]:g}."


def fastest_atom(answer, delta):
    """Label of the atom whose LENS is highest on average."""
    mean, given = delta.mean("frame"), as_number(answer)
    highest = delta.isel(delta.argmax(...))
    mistakes = {"place": int(mean.values.argmax()), "peak": int(highest.atom), "value": float(mean.max())}
    if given == int(mean.atom[mean.values.argmax()]):
        return None
    if given is None:
        return "number"
    known = given in delta.atom.values
    return next((name for name, value in mistakes.items() if given == value), "slower" if known else "unknown")


def share_of_lens(answer, spectra, delta):
    """Share of LENS in the variance of the joint vectors."""
    of_lens, of_soap = float(delta.var()), float(spectra.var(("frame", "atom")).sum())
    right, as_one_list, n_features = of_lens / (of_soap + of_lens), float(spectra.var()), spectra.sizes["feature"]
    if as_number(answer) == round(right, 2):  # as good as a guess can be
        return None
    mistakes = {"of_soap": of_lens / of_soap, "rest": 1 - right, "lens": of_lens, "percent": 100 * right}
    mistakes |= {"flat": (of_lens / as_one_list, of_lens / (of_lens + as_one_list))}
    mistakes |= {"averaged": of_lens / (of_lens + of_soap / n_features), "components": 1 / (n_features + 1)}
    return compare(answer, right, mistakes, tolerance=0.05)


def components_for(answer, pca, share):
    """Smallest number of components that retain a share of the variance."""
    below = int((pca.cumulative_variance.values < share).sum())
    mistakes = {"place": below, "one_more": below + 2}
    return compare(answer, below + 1, mistakes, tolerance=0, units={"components": 1, "component": 1})


def share_of_noise(answer, labels):
    """Share of the points that are noise."""
    labels = np.asarray(labels)
    right = (labels < 0).mean()
    mistakes = {"clustered": 1 - right, "count": (labels < 0).sum(), "percent": 100 * right, "negative": -right}
    mistakes |= {"ratio": right / (1 - right), "first": (labels == 0).mean()}
    return compare(answer, right, mistakes, tolerance=0.02)


def merged(answer, counts, cut):
    """Which clusters become one state; in any numbering, as text, as a dict, or as groups of clusters."""
    n_clusters, (mapping, _) = len(counts), merge_clusters(counts, cut=cut)
    given = _numbers_of_groups(answer, n_clusters)
    if given is None:
        return "form"
    same, right = given[:, None] == given, mapping[:, None] == mapping
    if np.array_equal(same, right):
        return None
    if same.all() or same.sum() == n_clusters:
        return "all" if same.all() else "none"
    wrong = np.argwhere(same & ~right)
    if len(wrong) == 0:
        return "What you merged belongs together, but you left apart two clusters whose rows are alike."
    return "You merged clusters {} and {}. Divide both rows by their sums: are they alike?".format(*wrong[0])


def _numbers_of_groups(answer, n_clusters):
    """One number for each cluster, equal for those of one group; None if the answer does not say that."""
    if isinstance(answer, str):
        answer = re.findall(r"\w", answer)
    elif isinstance(answer, dict):
        answer = [answer.get(cluster) for cluster in range(n_clusters)]
    answer = list(answer) if np.iterable(answer) else []
    if answer and all(np.iterable(group) and not isinstance(group, str) for group in answer):
        members = sorted(cluster for group in answer for cluster in group)
        if members != list(range(n_clusters)):
            return None
        answer = [next(k for k, group in enumerate(answer) if c in list(group)) for c in range(n_clusters)]
    if len(answer) != n_clusters or any(np.iterable(number) and not isinstance(number, str) for number in answer):
        return None
    return np.unique([str(number) for number in answer], return_inverse=True)[1]


def counted(answer, labels):
    """Matrix of counts of one short trajectory."""
    right = transition_counts(labels, int(labels.max()) + 1)
    mistakes = {"transposed": right.T, "moves": right - np.diag(np.diag(right)), "shares": transition_matrix(right)}
    return compare(answer, right, mistakes)


def probabilities(answer, counts):
    """Transition matrix of counts."""
    counts = np.asarray(counts, dtype=float)
    right = transition_matrix(counts)
    moves = counts - np.diag(np.diag(counts))
    mistakes = {"columns": transition_matrix(counts.T).T, "total": counts / counts.sum(), "percent": 100 * right}
    mistakes |= {"counts": counts, "broadcast": counts / counts.sum(axis=1), "transposed": right.T}
    mistakes |= {"moves": (transition_matrix(moves), right - np.diag(np.diag(right)))}
    return compare(answer, right, mistakes, absolute=5e-4)


def mean_stay(answer, probability, interval):
    """Mean time in a state that is left with the same probability in every frame."""
    leave = 1 - probability
    right = interval / leave
    mistakes = {"frames": 1 / leave, "stay": interval / probability, "leave": leave, "logarithm": -1 / np.log(leave)}
    mistakes |= {"later": right - interval, "unit": 1000 * right}
    return compare(answer, right, mistakes, tolerance=0.05, units={"ns": 1, "ps": 0.001})


def frames_needed(answer, probability, n_atoms, n_events, interval):
    """Number of frames in which so many events are seen on average."""
    right = n_events / (probability * n_atoms)
    mistakes = {"one_atom": n_events / probability, "one_event": right / n_events, "inverse": 1 / right}
    mistakes |= {"time": right * interval, "percent": right / 100}
    return compare(answer, right, mistakes, tolerance=0.1, units={"frames": 1, "frame": 1})


def main_origin(answer, kinetics, target):
    """Name of the state that most atoms which enter a state come from."""
    names, (given, *others) = kinetics.origin.values.tolist(), _words(answer) or [""]
    if others or given not in names:
        return f"Answer with the name of one state: {', '.join(names)}."
    shares = kinetics.shares.sel(target=target)
    populous = kinetics["counts"].sum("target").idxmax().item()
    if given == shares.idxmax().item():
        return None
    fallback = "fewer" if shares.sel(origin=given) > 0 else "never"
    return {target: "itself", populous: "populous"}.get(given, fallback)


def _words(answer):
    """The words of an answer, without upper case and spaces around them."""
    answer = answer if isinstance(answer, (set, frozenset)) else np.ravel(answer).tolist()
    return [str(word).strip().lower() for word in answer]


ANSWERS = {
    "t1.1": lens_by_hand,
    "t1.2": lens_function,
    "t1.5": fastest_atom,
    "t2.1": share_of_lens,
    "t2.2": components_for,
    "t2.3": share_of_noise,
    "t2.4": merged,
    "t3.1": counted,
    "t3.2": probabilities,
    "t3.3": mean_stay,
    "t3.4": frames_needed,
    "t3.5": main_origin,
}
