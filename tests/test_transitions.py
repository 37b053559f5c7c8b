"""Transitions: a way of eight steps by hand, plain loops on random labels, and what the intervals must know."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from soaplens_lite.kinetics import (
    arrival_shares,
    atom_interval,
    counts_per_atom,
    find_visits,
    residence_times,
    transition_counts,
    transition_matrix,
    transitions,
)

# Nine frames, eight steps: 0>0 0>1 1>1 1>1 1>2 2>0 0>1 1>0.
EIGHT_STEPS = [0, 0, 1, 1, 1, 2, 0, 1, 0]


def markov(seed, n_frames=60, n_atoms=12, n_states=4, stay=0.8, noise=0.0):
    """Labels of atoms that stay or jump; some are -1."""
    rng = np.random.default_rng(seed)
    states = np.empty((n_frames, n_atoms), dtype=int)
    states[0] = rng.integers(0, n_states, n_atoms)
    for k in range(1, n_frames):
        jumps = rng.random(n_atoms) > stay
        states[k] = np.where(jumps, rng.integers(0, n_states, n_atoms), states[k - 1])
    states[rng.random(states.shape) < noise] = -1
    return states


def naive_counts(states, n_states, lag=1):
    """One atom and one frame at a time."""
    counts = np.zeros((states.shape[1], n_states, n_states), dtype=int)
    for atom in range(states.shape[1]):
        for frame in range(states.shape[0] - lag):
            before, after = states[frame, atom], states[frame + lag, atom]
            if before >= 0 and after >= 0:
                counts[atom, before, after] += 1
    return counts


def naive_visits(states, frames, atoms):
    """Runs of equal labels by itertools.groupby: (atom, state, first frame, length, before, after, complete)."""
    visits = []
    for column, atom in enumerate(atoms):
        runs = [(state, len(list(run))) for state, run in groupby(states[:, column].tolist())]
        start = 0
        for k, (state, length) in enumerate(runs):
            before = runs[k - 1][0] if k > 0 else -1
            after = runs[k + 1][0] if k + 1 < len(runs) else -1
            visits.append((atom, state, frames[start], length, before, after, 0 < k < len(runs) - 1))
            start += length
    return visits


# -------------------------------------------------------------------------------------- counts and probabilities


def test_eight_steps_by_hand(labelled):
    """Rows are where the steps start: 0 once to 0 and twice to 1; 1 to 0 once, to 1 twice, to 2 once; 2 once to 0."""
    labels = labelled(np.array(EIGHT_STEPS)[:, None])
    counts = transition_counts(labels, 3)
    assert counts.tolist() == [[1, 2, 0], [1, 2, 1], [1, 0, 0]]
    np.testing.assert_allclose(transition_matrix(counts), [[1 / 3, 2 / 3, 0], [1 / 4, 1 / 2, 1 / 4], [1, 0, 0]])


def test_lag_by_hand(labelled):
    """Three frames ahead: 0>1 0>1 1>2 1>0 1>1 2>0."""
    labels = labelled(np.array(EIGHT_STEPS)[:, None])
    assert transition_counts(labels, 3, lag=3).tolist() == [[0, 2, 0], [1, 1, 1], [1, 0, 0]]


def test_no_state_by_hand(labelled):
    """0 . 1 1 . 0 with two gaps: one step from 1 to 1 is all that is left; two frames ahead 0>1 and 1>0 are."""
    labels = labelled(np.array([0, -1, 1, 1, -1, 0])[:, None])
    assert transition_counts(labels, 2).tolist() == [[0, 0], [0, 1]]
    assert transition_counts(labels, 2, lag=2).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("lag", [1, 2, 7])
@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_counts_in_plain_loops(lag, noise, labelled):
    """Random labels, with and without gaps; a state that nobody visits has its row and column."""
    for seed in range(4):
        states = markov(seed, noise=noise)
        expected = naive_counts(states, 5, lag)
        np.testing.assert_array_equal(counts_per_atom(labelled(states), 5, lag=lag), expected)
        np.testing.assert_array_equal(transition_counts(labelled(states), 5, lag=lag), expected.sum(axis=0))


@given(seed=st.integers(0, 10**6), lag=st.integers(1, 9))
def test_counts_add_up(seed, lag, labelled):
    """(n_frames - lag) steps of every atom; backwards in time, rows become columns; renumbered states move along."""
    states = markov(seed, n_frames=10, n_atoms=6)
    counts = transition_counts(labelled(states), 4, lag=lag)
    assert counts.sum() == (10 - lag) * 6
    np.testing.assert_array_equal(transition_counts(labelled(states[::-1]), 4, lag=lag), counts.T)
    new = np.random.default_rng(seed).permutation(4)
    renumbered = transition_counts(labelled(new[states]), 4, lag=lag)
    np.testing.assert_array_equal(renumbered[np.ix_(new, new)], counts)


@given(seed=st.integers(0, 10**6))
def test_rows_sum_to_one_or_are_undefined(seed):
    """Also for a stack of matrices; entries are counts over their row's sum."""
    counts = np.random.default_rng(seed).integers(0, 3, (5, 3, 3))
    matrix = transition_matrix(counts)
    for sample, row in np.ndindex(5, 3):
        total = sum(counts[sample, row].tolist())
        if total:
            np.testing.assert_allclose(matrix[sample, row], [number / total for number in counts[sample, row]])
            assert matrix[sample, row].sum() == pytest.approx(1)
        else:
            assert np.isnan(matrix[sample, row]).all()


def test_row_that_is_never_left():
    """Undefined, not zero; and no warning about it."""
    with np.errstate(all="raise"):
        matrix = transition_matrix(np.array([[3, 1, 0], [0, 0, 0], [0, 0, 5]]))
    np.testing.assert_array_equal(matrix, [[0.75, 0.25, 0], [np.nan] * 3, [0, 0, 1]])


@pytest.mark.parametrize("lag", [0, -1, 9, 20])
def test_lag_out_of_range(lag, labelled):
    """Nine frames allow 1 to 8."""
    with pytest.raises(ValueError, match=f"lag = {lag} frames: must be between 1 and 8, as there are 9 frames"):
        transition_counts(labelled(np.array(EIGHT_STEPS)[:, None]), 3, lag=lag)


def test_label_out_of_range(labelled):
    """A state 2 among two states would be counted as another."""
    with pytest.raises(ValueError, match="state 2 among n_states = 2"):
        transition_counts(labelled(np.array(EIGHT_STEPS)[:, None]), 2)


def test_arrival_shares_by_hand():
    """State 0 is entered from 1 and from 2; state 1 twice from 0; state 2 once from 1. Staying is no arrival."""
    shares = arrival_shares(np.array([[1, 2, 0], [1, 2, 1], [1, 0, 0]]))
    np.testing.assert_allclose(shares, [[0, 1, 0], [0.5, 0, 1], [0.5, 0, 0]])


def test_arrival_shares_of_a_state_that_is_never_entered():
    """Undefined, in a stack of matrices too; the input keeps its diagonal."""
    counts = np.array([[[4, 0], [6, 5]], [[1, 2], [0, 1]]])
    shares = arrival_shares(counts)
    np.testing.assert_array_equal(shares[0], [[0, np.nan], [1, np.nan]])
    np.testing.assert_array_equal(shares[1], [[np.nan, 1], [np.nan, 0]])
    assert counts[0, 0, 0] == 4


@given(seed=st.integers(0, 10**6))
def test_arrival_shares_in_plain_loops(seed):
    """Each column without its diagonal, over its sum."""
    counts = np.random.default_rng(seed).integers(0, 4, (4, 4))
    shares = arrival_shares(counts)
    for j in range(4):
        total = sum(int(counts[i, j]) for i in range(4) if i != j)
        expected = [0 if i == j else counts[i, j] / total for i in range(4)] if total else [np.nan] * 4
        np.testing.assert_allclose(shares[:, j], expected)


# ------------------------------------------------------------------------------------------------ intervals


def naive_interval(per_atom, statistic, n_resamples, level, seed):
    """Atom by atom, draw by draw, with the same draws: each says how often every atom is taken."""
    n_atoms = len(per_atom)
    draws = np.random.default_rng(seed).multinomial(n_atoms, [1 / n_atoms] * n_atoms, size=n_resamples)
    values = []
    for draw in draws:
        total = np.zeros(per_atom.shape[1:])
        for atom, times in enumerate(draw):
            for _ in range(times):
                total += per_atom[atom]
        values.append(statistic(total))
    values = np.array(values)
    low, high = np.full(values.shape[1:], np.nan), np.full(values.shape[1:], np.nan)
    for place in np.ndindex(values.shape[1:]):
        defined = sorted(value for value in values[(slice(None), *place)] if np.isfinite(value))
        if defined:
            low[place], high[place] = np.percentile(defined, [50 * (1 - level), 50 * (1 + level)])
    return low, high


@pytest.mark.parametrize("statistic", [transition_matrix, arrival_shares])
@pytest.mark.parametrize("level", [0.95, 0.6])
def test_interval_in_plain_loops(statistic, level, labelled):
    """The same draws of whole atoms, percentiles of what they give; a state that some draws do not have."""
    states = markov(1, n_frames=12, n_atoms=7, n_states=3, stay=0.7)
    states[states == 2] = 1
    states[3:6, 4] = 2  # Atom 4 alone knows state 2, and draws without it leave it undefined.
    per_atom = counts_per_atom(labelled(states), 4)
    ours = atom_interval(per_atom, statistic, n_resamples=150, level=level, seed=5)
    theirs = naive_interval(per_atom, statistic, 150, level, 5)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    assert np.isnan(ours[0][3]).all() == (statistic is transition_matrix)  # Nobody is ever in state 3.
    assert (ours[1] - ours[0])[:2, :2].max() > 0.05


def test_interval_contains_the_value(labelled):
    """For many atoms, every entry of the matrix and every share lies within its interval."""
    per_atom = counts_per_atom(labelled(markov(3, n_frames=80, n_atoms=60)), 4)
    for statistic in (transition_matrix, arrival_shares):
        low, high = atom_interval(per_atom, statistic, n_resamples=400)
        value = statistic(per_atom.sum(axis=0))
        assert (low <= value).all() and (value <= high).all() and (low < high).sum() >= 12


def test_interval_covers_the_truth():
    """Coins with p = 0.3, 40 atoms of 25 throws: about 95 of 100 intervals hold 0.3 (below 86: chance of 1e-4)."""
    rng = np.random.default_rng(0)
    held = 0
    for seed in range(100):
        heads = rng.binomial(25, 0.3, 40)
        per_atom = np.stack([heads, 25 - heads], axis=1)[:, None, :]
        low, high = atom_interval(per_atom, transition_matrix, n_resamples=300, seed=seed)
        held += low[0, 0] <= 0.3 <= high[0, 0]
    assert 86 <= held <= 99


def test_repeated_frames_do_not_shrink_the_interval(labelled):
    """
    Every frame nine times: nine times the frames and not one fact more about who goes where.

    The shares of arrivals, and their intervals, stay exactly as they were; leaving becomes rarer, but is known no
    better: low and high keep their ratio to the value. Nine times the atoms do make intervals narrower, by a third.
    """
    states = markov(4, n_frames=50, n_atoms=40, n_states=3, stay=0.5)
    once = counts_per_atom(labelled(states), 3)
    repeated = counts_per_atom(labelled(np.repeat(states, 9, axis=0)), 3)
    atoms = counts_per_atom(labelled(np.tile(states, (1, 9))), 3)

    def width(per_atom, statistic):
        low, high = atom_interval(per_atom, statistic, n_resamples=500)
        return (high - low)[~np.eye(3, dtype=bool)] / statistic(per_atom.sum(axis=0))[~np.eye(3, dtype=bool)]

    np.testing.assert_allclose(width(repeated, arrival_shares), width(once, arrival_shares))
    assert width(repeated, transition_matrix).mean() > 0.85 * width(once, transition_matrix).mean()
    for statistic in (arrival_shares, transition_matrix):
        assert 0.25 < width(atoms, statistic).mean() / width(once, statistic).mean() < 0.42


def test_atoms_that_differ_make_the_interval_wide():
    """
    Ten atoms always stay and ten always leave, for 1000 steps each.

    As 20000 independent steps, the probability of 0.5 would be known to 0.007; but 20 atoms were looked at, and the
    share of one kind among 20 drawn has a standard deviation of sqrt(0.25 / 20) = 0.112.
    """
    per_atom = np.zeros((20, 2, 2), dtype=int)
    per_atom[:10, 0, 0], per_atom[10:, 0, 1] = 1000, 1000
    low, high = atom_interval(per_atom, transition_matrix)
    assert 0.35 < high[0, 1] - low[0, 1] < 0.5
    assert np.isnan(low[1]).all() and np.isnan(high[1]).all()


def test_one_atom_has_no_width(labelled):
    """There is nothing to resample."""
    per_atom = counts_per_atom(labelled(np.array(EIGHT_STEPS)[:, None]), 3)
    low, high = atom_interval(per_atom, transition_matrix, n_resamples=100)
    np.testing.assert_array_equal(low, high)
    np.testing.assert_allclose(low, transition_matrix(per_atom[0]))


def test_interval_depends_on_the_seed_alone(labelled):
    """The same seed, the same interval; another seed, another but a similar one."""
    per_atom = counts_per_atom(labelled(markov(0, n_atoms=30)), 4)
    first, same = (atom_interval(per_atom, transition_matrix, n_resamples=300, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first, same)
    other = atom_interval(per_atom, transition_matrix, n_resamples=300, seed=2)
    assert not np.array_equal(first, other)
    np.testing.assert_allclose(first, other, atol=0.03)


def test_transitions_put_it_together(labelled):
    """Counts, probabilities, shares, and the intervals of both."""
    labels = labelled(markov(2, n_atoms=20, n_states=3))
    result = transitions(labels, n_resamples=200, seed=3)
    per_atom = naive_counts(labels.values, 3)
    np.testing.assert_array_equal(result.counts, per_atom.sum(axis=0))
    np.testing.assert_array_equal(result.matrix, transition_matrix(result.counts.values))
    np.testing.assert_array_equal(result.shares, arrival_shares(result.counts.values))
    np.testing.assert_allclose((result.low, result.high), naive_interval(per_atom, transition_matrix, 200, 0.95, 3))
    shares = naive_interval(per_atom, arrival_shares, 200, 0.95, 3)
    np.testing.assert_allclose((result.shares_low, result.shares_high), shares)


def test_names_are_coordinates(labelled):
    """Atom by atom: 0 1 1 and 1 1 0; names find the counts, and the default names number the states."""
    labels = labelled([[0, 1], [1, 1], [1, 0]])
    found = transitions(labels, names=["edge", "fast"], n_resamples=50)
    assert int(found.counts.sel(origin="edge", target="fast")) == 1
    assert int(found.counts.sel(origin="fast", target="fast")) == 2
    assert transitions(labels, n_resamples=50).origin.values.tolist() == ["state 0", "state 1"]
    more = transitions(labels, names=["edge", "fast", "bulk"], n_resamples=50)
    assert more.counts.sel(origin="bulk").values.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="edge"):
        transitions(labels, names=["edge", "edge"])


def test_transitions_at_a_lag(labelled):
    """0 0 1 1 at lag 2: from 0 to 1 twice."""
    found = transitions(labelled([[0], [0], [1], [1]]), lag=2, n_resamples=50)
    assert found.counts.values.tolist() == [[0, 2], [0, 0]] and found.attrs["lag_frames"] == 2


# --------------------------------------------------------------------------------------------------- visits


def test_visits_by_hand(labelled):
    """0 0 1 1 1 2 0 1 0: six stays, of which the first and the last are cut off."""
    visits = find_visits(labelled(np.array(EIGHT_STEPS)[:, None], frame=range(10, 19), atom=[77]))
    assert visits["state"].tolist() == [0, 1, 2, 0, 1, 0]
    assert visits["n_frames"].tolist() == [2, 3, 1, 1, 1, 1]
    assert visits["first_frame"].tolist() == [10, 12, 15, 16, 17, 18]
    assert visits["before"].tolist() == [-1, 0, 1, 2, 0, 1]
    assert visits["after"].tolist() == [1, 2, 0, 1, 0, -1]
    assert visits["complete"].tolist() == [False, True, True, True, True, False]
    assert set(visits["atom"]) == {77}


@given(seed=st.integers(0, 10**6), n_frames=st.integers(1, 20), n_atoms=st.integers(1, 5))
def test_visits_against_groupby(seed, n_frames, n_atoms, labelled):
    """Random labels with gaps; stays of neighboring atoms do not run into each other."""
    labels = labelled(markov(seed, n_frames, n_atoms, n_states=2, stay=0.6, noise=0.1))
    visits = find_visits(labels)
    columns = ["atom", "state", "first_frame", "n_frames", "before", "after", "complete"]
    rows = [tuple(row) for row in visits[columns].itertuples(index=False)]
    assert rows == naive_visits(labels.values, labels.frame.values.tolist(), labels.atom.values.tolist())
    assert visits["n_frames"].sum() == n_frames * n_atoms


def test_residence_by_hand(labelled):
    """
    0 0 1 1 1 2 0 1 0, 0.5 ns per frame, and a second atom that stays in 1.

    State 0: one completed visit of 1 frame, two cut; state 1: completed ones of 3 and 1 frames, mean 2 frames = 1 ns,
    one cut; state 2: one of 1 frame; state 3: never seen.
    """
    states = np.stack([EIGHT_STEPS, [1] * 9], axis=1)
    residence = residence_times(labelled(states), 4, 0.5, n_resamples=200)
    np.testing.assert_allclose(residence["residence_ns"], [0.5, 1.0, 0.5, np.nan])
    assert residence["visits_complete"].tolist() == [1, 2, 1, 0]
    assert residence["visits_cut"].tolist() == [2, 1, 0, 0]
    assert residence.index.tolist() == [0, 1, 2, 3] and residence.index.name == "state"
    # Draws have the first atom once, twice or not at all: the mean is the same or undefined.
    np.testing.assert_allclose(residence["residence_low"], residence["residence_ns"])
    np.testing.assert_allclose(residence["residence_high"], residence["residence_ns"])


def test_residence_in_plain_loops(labelled):
    """Mean of completed visits and its interval, with the same draws of whole atoms; gaps are no state."""
    labels = labelled(markov(6, n_frames=40, n_atoms=15, n_states=3, noise=0.05))
    residence = residence_times(labels, 3, 0.2, n_resamples=100, level=0.9, seed=4)
    visits = naive_visits(labels.values, labels.frame.values, range(15))
    totals = np.zeros((15, 3, 2))
    for atom, state, _, length, _, _, complete in visits:
        if complete and state >= 0:
            totals[atom, state] += [length, 1]
    for state in range(3):
        lengths = [length for _, s, _, length, _, _, complete in visits if s == state and complete]
        assert residence["residence_ns"][state] == pytest.approx(0.2 * np.mean(lengths))
        assert residence["visits_complete"][state] == len(lengths)
        assert residence["visits_cut"][state] == sum(v[1] == state and not v[6] for v in visits)
    low, high = naive_interval(totals, lambda total: 0.2 * total[:, 0] / total[:, 1], 100, 0.9, 4)
    np.testing.assert_allclose(residence["residence_low"], low)
    np.testing.assert_allclose(residence["residence_high"], high)
    assert (low < residence["residence_ns"]).all() and (residence["residence_ns"] < high).all()


def test_a_single_state(labelled):
    """All atoms stay where there is nowhere else: one certain cell, no arrivals, no completed visit."""
    labels = labelled(np.zeros((5, 3), dtype=int))
    found = transitions(labels, n_resamples=100)
    assert found.counts.values.tolist() == [[12]]
    assert [float(found[name].squeeze()) for name in ("matrix", "low", "high")] == [1, 1, 1]
    assert np.isnan(found.shares).all()
    residence = residence_times(labels, 1, 0.5, n_resamples=100)
    assert np.isnan(residence.residence_ns[0]) and residence.visits_cut[0] == 3
