"""Crossings and flows over long intervals, by hand, naively and by invariants."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from soaplens_lite.kinetics import (
    crossing_visit,
    find_visits,
    flows,
    frames_at,
    longest_visit,
    majority,
    movie_frames,
    transition_counts,
    visit_frames,
)
from soaplens_lite.plots import alluvial_geometry, components_for


def labels_of(labelled, *ways):
    """Labels (frame, atom) of atoms given by their ways."""
    return labelled(np.array([[int(state) for state in way] for way in ways]).T)


def test_longest_visit_by_rule(labelled):
    """
    Edge 0, surface 1, fast 2 and 3; visits to the fast states from an edge and back to one.

    Atom 5: 0 2 2 1 0 0 0 0 ends on the surface. Atom 8: 0 2 0 3 3 0 0 0 has one of 1 and one of 2 frames.
    Atom 11: 0 3 3 0 2 2 2 2 has one of 2 frames, and one of 4 that the end cuts off.
    """
    states = [[0, 2, 2, 1, 0, 0, 0, 0], [0, 2, 0, 3, 3, 0, 0, 0], [0, 3, 3, 0, 2, 2, 2, 2]]
    visits = find_visits(labelled(np.array(states).T))
    chosen = longest_visit(visits, {2, 3}, {0})
    assert (chosen["atom"], chosen["first_frame"], chosen["n_frames"]) == (8, 13, 2)
    assert longest_visit(visits, {2}, {0})["n_frames"] == 1
    assert longest_visit(visits, {2}, {0, 1})["atom"] == 5
    assert longest_visit(visits, {1}, {0}) is None


def test_of_equally_long_visits_the_first_counts(labelled):
    """Atom 5 has two of two frames, from 11 and from 14 on, and atom 8 one from 11 on: by atom, then by time."""
    visits = find_visits(labelled(np.array([[0, 1, 1, 0, 1, 1, 0], [0, 1, 1, 0, 0, 0, 0]]).T))
    chosen = longest_visit(visits, {1}, {0})
    assert (chosen["atom"], chosen["first_frame"], chosen["n_frames"]) == (5, 11, 2)


def test_longest_visit_between_settled_stays(labelled):
    """
    Atom 5: 0 0 2 2 2 0 1 1 1 is in 0 for 2 and 1 frames; atom 8: 0 0 0 2 0 0 0 0 0 for 3 and 5; atom 11 for 1 and 2.

    The longest visit is atom 5's with any stays, and atom 8's with stays of 2 or 3 frames; nobody stays for 4 before.
    """
    states = [[0, 0, 2, 2, 2, 0, 1, 1, 1], [0, 0, 0, 2, 0, 0, 0, 0, 0], [0, 2, 2, 0, 0, 1, 1, 1, 1]]
    visits = find_visits(labelled(np.array(states).T))
    assert [longest_visit(visits, {2}, {0}, settled=settled)["atom"] for settled in (1, 2, 3)] == [5, 8, 8]
    assert longest_visit(visits, {2}, {0}, settled=4) is None


@pytest.mark.parametrize(
    "margin, frames",
    [
        (0.25, range(104, 109)),  # A quarter of 3 frames is rounded to one on either side.
        (1.0, range(102, 111)),  # Three on either side.
        (9.0, range(102, 112)),  # No more than the stays before and after have, 3 and 4 frames.
    ],
)
def test_way_of_a_visit_by_hand(margin, frames, labelled):
    """1 1 0 0 0 2 2 2 0 0 0 0 1 from frame 100 on: the visit to 2 lasts from 105 to 107, and its middle is 106."""
    way = [1, 1, 0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 1]
    visits = find_visits(labelled(np.stack([[0] * 13, way, [2] * 13], axis=1), frame=range(100, 113)))
    visit = longest_visit(visits, {2}, {0})
    shown, stations = visit_frames(visits, visit, margin=margin)
    assert shown.tolist() == list(frames)
    assert stations == [frames[0], 106, frames[-1]]


def test_the_majority_around_a_frame(labelled):
    """
    Three frames each, two at the ends, where 0 and 1 tie for the first: 0 1 1 0 2 2 becomes 0 1 1 0 2 2.

    Around frame 3 (1 0 2) every state is there once, and the first counts.
    """
    assert majority(labels_of(labelled, "011022"), 3).values.ravel().tolist() == [0, 1, 1, 0, 2, 2]
    assert majority(labels_of(labelled, "220222", "111111"), 3).values.T.tolist() == [[2] * 6, [1] * 6]


@pytest.mark.parametrize("window", [1, 3, 7])
def test_a_majority_is_what_counting_gives(labelled, window):
    """Against a count for every frame and atom; labels and noise stay what they are."""
    labels = labelled(np.random.default_rng(window).integers(-1, 3, (12, 9)))
    found, half = majority(labels, window), window // 2
    assert found.frame.equals(labels.frame) and found.atom.equals(labels.atom)
    for frame, atom in np.ndindex(12, 9):
        around = labels.values[max(0, frame - half) : frame + half + 1, atom].tolist()
        assert found.values[frame, atom] == max(sorted(set(around)), key=around.count)


@pytest.mark.parametrize("window", [0, 2, -1])
def test_a_window_needs_a_middle(labelled, window):
    """An even window has none."""
    with pytest.raises(ValueError, match=f"window = {window} frames: must be odd"):
        majority(labels_of(labelled, "01"), window)


def test_of_equal_crossings_the_first_counts(labelled):
    """Atom 5 crosses twice with stays of 2 frames, from 12 and from 17 on, and atom 8 once: by atom, then by time."""
    visit = crossing_visit(find_visits(labels_of(labelled, "2210022100", "2210000000")), {2}, {1}, {0})
    assert (visit.atom, visit.first_frame) == (5, 12)


def test_the_crossing_with_the_longest_stays_is_chosen(labelled):
    """
    2 is left for 0 through 1; the shorter stay counts.

    Atom 5: 5 and 1, so 1. Atom 8: 1 and 2, so 1, then 2 and 3, so 2. Atom 11 turns back. Atom 14 goes the other way.
    """
    labels = labels_of(labelled, "2222211011", "2100221000", "2221112221", "0001112222")
    visit = crossing_visit(find_visits(labels), {2}, {1}, {0})
    assert (visit.atom, visit.first_frame, visit.n_frames) == (8, 16, 1)
    assert crossing_visit(find_visits(labels), {0}, {1}, {2}).atom == 14


def test_no_crossing_is_none(labelled):
    """Neither a direct step, nor a way that the trajectory cuts off, nor an empty set of states is a crossing."""
    visits = find_visits(labels_of(labelled, "22220000", "11110000", "22221111"))
    assert crossing_visit(visits, {2}, {1}, {0}) is None
    assert crossing_visit(visits, set(), set(), set()) is None


@pytest.mark.parametrize("seed", range(5))
def test_a_crossing_is_what_a_loop_finds(labelled, seed):
    """Against a search through every way as a text."""
    rng = np.random.default_rng(seed)
    labels = labelled(np.repeat(rng.integers(0, 3, (12, 8)), rng.integers(1, 4, 12), axis=0))
    best = 0
    for way in labels.values.T:
        text = "".join(map(str, way))
        for crossing in re.finditer("(?<=2)1+(?=0)", text):
            before, after = text[: crossing.start()], text[crossing.end() :]
            best = max(best, min(len(before) - len(before.rstrip("2")), len(after) - len(after.lstrip("0"))))
    visits = find_visits(labels)
    visit = crossing_visit(visits, {2}, {1}, {0})
    found = 0 if visit is None else min(visits.n_frames[visit.name - 1], visits.n_frames[visit.name + 1])
    assert found == best


def test_flows_between_chosen_frames(labelled):
    """
    What happens in between does not count.

    Between frames 10 and 12 atom 5 goes from 0 to 1 (by way of 2) and atom 8 stays; then both stay.
    """
    labels = labels_of(labelled, "0211", "1011")
    assert flows(labels, [10, 12, 13], 3).tolist() == [
        [[0, 1, 0], [0, 1, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 2, 0], [0, 0, 0]],
    ]


def test_flows_between_all_frames_are_the_transitions(labelled):
    """Their sum is the count of transitions."""
    labels = labelled(np.random.default_rng(0).integers(0, 4, (9, 20)))
    np.testing.assert_array_equal(flows(labels, labels.frame.values, 4).sum(axis=0), transition_counts(labels, 4))


@pytest.mark.parametrize("frames", [[10], [12, 10], [10, 10]])
def test_flows_need_rising_frames(labelled, frames):
    """One time has no flow, and time has a direction."""
    with pytest.raises(ValueError, match="at least two frames in rising order"):
        flows(labelled(np.zeros((5, 2), dtype=int)), frames, 1)


def test_frames_at_fractions():
    """Of frames 50 to 350 the fractions of the paper (5, 10, 20, 30 of 5 to 45 ns) are 50, 87.5, 162.5, 237.5."""
    fractions = (np.array([5, 10, 20, 30]) - 5) / 40
    assert frames_at(np.arange(50, 351), fractions) == [50, 88, 162, 238]


@given(arrays(int, (2, 4, 4), elements=st.integers(0, 9)), st.floats(0, 0.1))
def test_alluvial_blocks_and_bands_fill_each_other(flows_between, gap):
    """Made to join, all bands of a block fill it from end to end at both times."""
    first = flows_between[0] + np.eye(4, dtype=int)
    second = np.zeros((4, 4), dtype=int)
    for state, atoms in enumerate(first.sum(axis=0)):  # Spread those who arrive over a random row.
        weights = flows_between[1, state] + 1
        second[state] = np.bincount(np.arange(atoms) % 4, minlength=4) if weights.sum() % 2 else [atoms, 0, 0, 0]
    blocks, bands = alluvial_geometry([first, second], gap=gap)
    np.testing.assert_allclose((blocks[..., 1] - blocks[..., 0]).sum(axis=1), 1)
    for t in range(2):
        for state in range(4):
            out = sorted(band[3:5] for band in bands if band[:2] == (t, state))
            into = sorted(band[5:7] for band in bands if (band[0], band[2]) == (t, state))
            for ends, (low, high) in ((out, blocks[t, state]), (into, blocks[t + 1, state])):
                joined = [low, *(end for pair in ends for end in pair), high]
                np.testing.assert_allclose(joined[::2], joined[1::2], atol=1e-12)


def test_alluvial_flows_must_join():
    """Two atoms arrive in state 0 and one leaves: somebody was lost."""
    with pytest.raises(ValueError, match="flows"):
        alluvial_geometry([[[2, 0], [0, 0]], [[1, 0], [0, 0]]])


def test_components_for_a_share():
    """The first that reaches it; a share that is met exactly is reached; none is an error with what there is."""
    assert [components_for([0.5, 0.9, 1.0], share) for share in (0.1, 0.5, 0.9, 0.95)] == [1, 1, 2, 3]
    with pytest.raises(ValueError, match="all 2 components retain 0.9"):
        components_for([0.5, 0.9], 0.99)


@given(n_frames=st.integers(1, 60), number=st.integers(1, 40), data=st.data())
def test_frames_of_a_movie(n_frames, number, data):
    """Evenly apart by the smallest step that reaches over the way; as many as asked for, if there are so many."""
    first = data.draw(st.integers(0, n_frames - 1))
    last = data.draw(st.integers(first, n_frames - 1))
    step = next(step for step in range(1, n_frames + 1) if step * number >= last - first + 1)
    shown = movie_frames(np.arange(100, 100 + n_frames), [100 + first, 100 + last], number) - 100
    assert set(np.diff(shown).tolist()) <= {step}
    assert len(shown) == min(number, len(range(0, n_frames, step)))
    assert 0 <= shown[0] <= first and last < shown[-1] + step and shown[-1] < n_frames


def test_a_movie_without_pictures_is_refused():
    """With what is allowed."""
    with pytest.raises(ValueError, match="number = 0 frames: must be at least 1"):
        movie_frames([1, 2], [1, 2], 0)
