"""
Right answers that are computed, one function for each exercise that is not a choice.

Each function takes the student's answer and data. It returns None for a right answer, otherwise the key of a mistake in
``exercises.toml`` or a sentence.
"""

from fractions import Fraction

import numpy as np
from scipy.spatial.distance import dice, jaccard

from soaplens_lite.kinetics import transition_counts, transition_matrix
from soaplens_lite.states import merge_clusters


def as_number(answer):
    """
    A number from anything that says one number; None from anything else.

    Examples
    --------
    >>> as_number("1/4"), as_number("25 %"), as_number(np.array([0.25])), as_number([1, 2]), as_number("a quarter")
    (0.25, 0.25, 0.25, None, None)
    """
    try:
        if isinstance(answer, str):
            number = float(Fraction(answer.replace("%", "").replace(" ", "")))
            return number / 100 if "%" in answer else number
        values = np.ravel(np.asarray(answer, dtype=float))
        return float(values[0]) if len(values) == 1 and np.isfinite(values[0]) else None
    except (ValueError, TypeError, ZeroDivisionError):
        return None


def compare(answer, right, mistakes=None, *, tolerance=0.01):
    """
    Compare a number or table with the right one, and with those that typical mistakes give.

    Examples
    --------
    >>> compare("1/2", 0.5), compare(0.7, 0.5), compare(0.25, 0.5, {"half": 0.25})
    (None, '0.7 is too large.', 'half')
    >>> compare([[1, 2]], [[1, 3]])
    'Look again at row 0, column 1: 2 is not right there.'
    """
    right = np.asarray(right, dtype=float)
    given = as_number(answer) if right.ndim == 0 else answer
    try:
        given = np.asarray(given, dtype=float)
    except (ValueError, TypeError):
        given = np.array(np.nan)
    if given.shape != right.shape or np.isnan(given).all():
        return "number" if right.ndim == 0 else "table"

    def near(values):
        return np.isclose(given, values, rtol=tolerance, atol=0, equal_nan=True)

    if near(right).all():
        return None
    for name, values in (mistakes or {}).items():
        if np.shape(values) == right.shape and near(values).all():
            return name
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
    mistakes = {"jaccard": jaccard(*others), "count": either, "itself": dice(before, after), "stayed": 1 - right}
    return right, mistakes | {"left": (others[0] & ~others[1]).sum() / others[0].sum()}


def lens_by_hand(answer, trajectory, r_cut):
    """LENS of atom 0 between two frames."""
    positions = trajectory.positions.values
    right, mistakes = lens_values(*(np.linalg.norm(frame - frame[0], axis=1) <= r_cut for frame in positions))
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
    wrong = {name: [mistakes[name] for _, mistakes in expected] for name in expected[0][1]}
    found = compare(given, right, wrong)
    if found is None or found in wrong:
        return found
    k = int(np.argmin(np.isclose(given, right)))
    return f"my_lens{cases[k]} is {given[k]:g}, which is not right."


def fastest_atom(answer, delta):
    """Label of the atom whose LENS is highest on average."""
    mean, given = delta.mean("frame"), as_number(answer)
    highest = delta.isel(delta.argmax(...))
    mistakes = {"place": int(mean.values.argmax()), "peak": int(highest.atom), "value": float(mean.max())}
    if given is not None and given == int(mean.atom[mean.values.argmax()]):
        return None
    known = given is not None and given in delta.atom.values
    return next((name for name, value in mistakes.items() if given == value), "slower" if known else "unknown")


def share_of_lens(answer, spectra, delta):
    """Share of LENS in the variance of the joint vectors."""
    of_lens, of_soap = float(delta.var()), float(spectra.var(("frame", "atom")).sum())
    right, n_features = of_lens / (of_soap + of_lens), spectra.sizes["feature"]
    mistakes = {"of_soap": of_lens / of_soap, "flat": of_lens / float(spectra.var()), "rest": 1 - right}
    return compare(
        answer, right, mistakes | {"components": 1 / (n_features + 1), "percent": 100 * right}, tolerance=0.03
    )


def components_for(answer, pca, share):
    """Smallest number of components that retain a share of the variance."""
    below = int((pca.cumulative_variance.values < share).sum())
    return compare(answer, below + 1, {"place": below, "one_more": below + 2}, tolerance=0)


def share_of_noise(answer, labels):
    """Share of the points that are noise."""
    noise = np.asarray(labels) < 0
    mistakes = {"clustered": 1 - noise.mean(), "count": noise.sum(), "percent": 100 * noise.mean()}
    return compare(answer, noise.mean(), mistakes, tolerance=0.02)


def merged(answer, counts, cut):
    """Which clusters become one state; in any numbering, or as groups of clusters."""
    n_clusters, (mapping, _) = len(counts), merge_clusters(counts, cut=cut)
    try:
        groups = [np.ravel(list(group)) for group in answer if np.iterable(group)]
        given = np.ravel(list(answer)) if not groups else np.full(n_clusters, -1)
        for number, group in enumerate(groups):
            given[group] = number
    except (TypeError, ValueError, IndexError):
        return "form"
    if given.shape != (n_clusters,) or (groups and sorted(np.concatenate(groups)) != list(range(n_clusters))):
        return "form"
    same, right = given[:, None] == given, mapping[:, None] == mapping
    if np.array_equal(same, right):
        return None
    return "all" if same.all() else "none" if same.sum() == n_clusters else "pairs"


def counted(answer, labels):
    """Matrix of counts of one short trajectory."""
    right = transition_counts(labels, int(labels.max()) + 1)
    mistakes = {"transposed": right.T, "moves": right - np.diag(np.diag(right)), "shares": transition_matrix(right)}
    return compare(answer, right, mistakes)


def probabilities(answer, counts):
    """Transition matrix of counts."""
    counts = np.asarray(counts, dtype=float)
    right = transition_matrix(counts)
    mistakes = {"columns": transition_matrix(counts.T).T, "total": counts / counts.sum(), "percent": 100 * right}
    return compare(answer, right, mistakes | {"counts": counts, "turned": counts / counts.sum(axis=1)})


def mean_stay(answer, probability, interval):
    """Mean time in a state that is left with the same probability in every frame."""
    leave = 1 - probability
    mistakes = {"frames": 1 / leave, "stay": interval / probability, "leave": leave, "logarithm": -1 / np.log(leave)}
    return compare(answer, interval / leave, mistakes, tolerance=0.03)


def frames_needed(answer, probability, n_atoms, n_events):
    """Number of frames in which so many events are seen on average."""
    right = n_events / (probability * n_atoms)
    mistakes = {"one_atom": n_events / probability, "one_event": right / n_events, "inverse": 1 / right}
    return compare(answer, right, mistakes, tolerance=0.03)


def main_origin(answer, kinetics, target):
    """Name of the state that most atoms which enter a state come from."""
    names, given = kinetics.origin.values.tolist(), str(np.asarray(answer).item() if np.size(answer) == 1 else answer)
    if given not in names:
        return f"Answer with the name of one state: {', '.join(names)}."
    right = kinetics.shares.sel(target=target).idxmax().item()
    populous = kinetics["counts"].sum("target").idxmax().item()
    return None if given == right else {target: "itself", populous: "populous"}.get(given, "fewer")


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
