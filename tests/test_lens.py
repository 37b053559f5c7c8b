"""LENS: plain sets by hand and on random walks, labels of intervals, and the smoothing that SciPy would do."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from soaplens_lite import lens as lens_module
from soaplens_lite.lens import lens, smooth_lens
from soaplens_lite.neighbors import NeighborLists, find_neighbors
from soaplens_lite.trajectory import make_trajectory


def from_edges(frames, n_atoms, *, first=0, atom=None):
    """Neighbor lists written down as sets of pairs, one set per frame."""
    pairs = []
    for edges in frames:
        dense = np.zeros((n_atoms, n_atoms), dtype=bool)
        for i, j in edges:
            dense[min(i, j), max(i, j)] = True
        pairs.append(csr_array(dense))
    frame = np.arange(first, first + len(frames))
    atom = np.arange(n_atoms) if atom is None else np.asarray(atom)
    return NeighborLists(tuple(pairs), atom, frame, 0.5 * frame, 3.0)


def sets_of(edges, n_atoms):
    """Neighbor set of every atom, from pairs."""
    sets = [set() for _ in range(n_atoms)]
    for i, j in edges:
        sets[i].add(j)
        sets[j].add(i)
    return sets


def naive_lens(frames, n_atoms, lag=1):
    """The definition, atom by atom, with Python sets."""
    delta = []
    for k in range(len(frames) - lag):
        row = []
        for before, after in zip(sets_of(frames[k], n_atoms), sets_of(frames[k + lag], n_atoms), strict=True):
            row.append(len(before ^ after) / (len(before) + len(after)) if before or after else 0.0)
        delta.append(row)
    return np.array(delta)


def random_edges(seed, n_frames, n_atoms, share=0.2):
    """Random pairs in every frame, a part of them kept from the frame before."""
    rng = np.random.default_rng(seed)
    everything = [(i, j) for i in range(n_atoms) for j in range(i + 1, n_atoms)]
    frames = [{pair for pair in everything if rng.random() < share}]
    for _ in range(n_frames - 1):
        kept = {pair for pair in frames[-1] if rng.random() < 0.8}
        frames.append(kept | {pair for pair in everything if rng.random() < share / 5})
    return frames


def test_by_hand():
    """
    Five atoms in three frames.

    frame 0: 0-1 0-2 0-3 . frame 1: 0-1 0-2 1-4 . frame 2: 1-2

    ==== ========= ======== ====== ===================================
    atom 0         1        2      LENS 0 -> 1, 1 -> 2
    ==== ========= ======== ====== ===================================
    0    {1,2,3}   {1,2}    {}     1 of 5 = 0.2    one empty: 1
    1    {0}       {0,4}    {2}    1 of 3          3 of 3 = 1
    2    {0}       {0}      {1}    0 of 2 = 0      2 of 2 = 1
    3    {0}       {}       {}     one empty: 1    both empty: 0
    4    {}        {1}      {}     one empty: 1    one empty: 1
    ==== ========= ======== ====== ===================================
    """
    frames = [{(0, 1), (0, 2), (0, 3)}, {(0, 1), (0, 2), (1, 4)}, {(1, 2)}]
    delta = lens(from_edges(frames, 5))
    np.testing.assert_allclose(delta, [[0.2, 1 / 3, 0, 1, 1], [1, 1, 1, 0, 1]])


def test_lag_by_hand():
    """From frame 0 to frame 2 directly: atom 1 has {0} and {2}, all exchanged; atom 3 lost its only neighbor."""
    frames = [{(0, 1), (0, 2), (0, 3)}, {(0, 1), (0, 2), (1, 4)}, {(1, 2)}]
    delta = lens(from_edges(frames, 5), lag=2)
    np.testing.assert_allclose(delta, [[1, 1, 1, 1, 0]])
    assert delta.frame.values.tolist() == [0]


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_naive_sets(seed, lag):
    """Random neighbor sets, among them empty ones."""
    frames = random_edges(seed, 9, 14, share=0.12)
    delta = lens(from_edges(frames, 14), lag=lag)
    np.testing.assert_allclose(delta, naive_lens(frames, 14, lag), rtol=1e-12)
    assert delta.values.min() == 0 and delta.values.max() == 1 and len(np.unique(delta)) > 5


def test_trajectory_to_lens(wander):
    """From positions: sets by distances in plain Python, for centers that are not the first atoms."""
    trajectory = wander(6, 40, seed=2, size=7)
    centers = list(range(7, 40, 3))
    positions = trajectory.positions.values.astype(float)[:, centers]
    frames = [
        {
            (i, j)
            for i in range(len(centers))
            for j in range(i + 1, len(centers))
            if np.linalg.norm(frame[i] - frame[j]) <= 3.0
        }
        for frame in positions
    ]
    delta = lens(find_neighbors(trajectory, 3.0, atoms=centers))
    np.testing.assert_allclose(delta, naive_lens(frames, len(centers)))
    assert delta.atom.values.tolist() == centers and 0 < delta.values.mean() < 1


def test_interval_carries_the_label_of_its_first_frame():
    """All neighbors change between the frames labelled 102 and 103: 1 stands at 102, and at 101 and 102 with lag 2."""
    frames = [{(0, 1), (2, 3)}] * 3 + [{(0, 2), (1, 3)}] * 3  # Frames 100 to 105.
    neighbors = from_edges(frames, 4, first=100, atom=[9, 4, 6, 2])
    delta = lens(neighbors)
    assert delta.frame.values.tolist() == [100, 101, 102, 103, 104]
    assert delta.time.values.tolist() == [50, 50.5, 51, 51.5, 52]
    assert delta.atom.values.tolist() == [9, 4, 6, 2]
    assert delta.frame.values[delta.values[:, 0] == 1].tolist() == [102]
    longer = lens(neighbors, lag=2)
    assert longer.frame.values.tolist() == [100, 101, 102, 103]
    assert longer.frame.values[longer.values[:, 0] == 1].tolist() == [101, 102]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), lag=st.integers(1, 3))
def test_invariants(seed, lag):
    """In [0, 1]; reversing time reverses the series; renumbering the atoms renumbers the columns."""
    frames = random_edges(seed, 6, 10)
    delta = lens(from_edges(frames, 10), lag=lag).values
    assert ((delta >= 0) & (delta <= 1)).all()
    np.testing.assert_allclose(lens(from_edges(frames[::-1], 10), lag=lag).values, delta[::-1])
    new = np.random.default_rng(seed).permutation(10)  # Atom i becomes atom new[i].
    renumbered = [{(int(new[i]), int(new[j])) for i, j in edges} for edges in frames]
    np.testing.assert_allclose(lens(from_edges(renumbered, 10), lag=lag).values[:, new], delta)


def test_nothing_changes():
    """The same sets in all frames: 0 everywhere, also for an atom without neighbors."""
    assert not lens(from_edges([{(0, 1), (1, 2)}] * 4, 4)).values.any()


@pytest.mark.parametrize("lag", [0, -1, 4, 7])
def test_lag_out_of_range(lag):
    """Four frames allow a lag of 1 to 3."""
    with pytest.raises(ValueError, match=f"lag = {lag} frames: must be between 1 and 3.*4 frames"):
        lens(from_edges([{(0, 1)}] * 4, 2), lag=lag)


def test_one_frame_is_no_interval():
    """There is nothing to compare it with."""
    with pytest.raises(ValueError, match="1 frame: LENS compares the neighbors at two frames"):
        lens(from_edges([{(0, 1)}], 2))


def test_parameters_are_recorded(wander):
    """Cutoff and lag stand in the attributes."""
    delta = lens(find_neighbors(wander(4, 5), 2.5), lag=2)
    assert delta.attrs == {"r_cut_angstrom": 2.5, "lag_frames": 2, "units": "1"}


# ---------------------------------------------------------------------------------------------- smoothing


def random_series(labelled, seed=0, n_frames=61, n_atoms=7):
    """Noise in [0, 1] that touches both ends, so that clipping is needed."""
    noise = np.random.default_rng(seed).uniform(-0.6, 1.6, (n_frames, n_atoms))
    return labelled(np.clip(noise, 0, 1))


def test_smoothing_by_hand(labelled):
    """A window of three, order 0, is the mean of three: (0 + 0.3 + 0.9) / 3 = 0.4, then 0.5 and 0.4."""
    smooth = smooth_lens(labelled([[0.0], [0.3], [0.9], [0.3], [0.0]]), window=3, order=0)
    np.testing.assert_allclose(smooth.values.ravel(), [0.4, 0.5, 0.4])
    assert smooth.frame.values.tolist() == [11, 12, 13]


@pytest.mark.parametrize("window, order", [(3, 0), (5, 2), (7, 2), (21, 2), (21, 3), (1, 0)])
def test_odd_windows_are_those_of_scipy(window, order, labelled):
    """savgol_filter, then clipped, then half a window cropped at either end, labels kept."""
    delta = random_series(labelled)
    half = window // 2
    expected = scipy.signal.savgol_filter(delta.values, window, order, axis=0)[half : 61 - half].clip(0, 1)
    smooth = smooth_lens(delta, window=window, order=order)
    np.testing.assert_allclose(smooth, expected, atol=1e-12)
    assert smooth.frame.values.tolist() == list(range(10 + half, 71 - half))
    np.testing.assert_array_equal(smooth.time, 0.5 * smooth.frame)


def naive_polynomial(delta, window, order, middle):
    """Fit numpy's polynomial in every window by least squares and take its value in the middle, one atom at a time."""
    half = window // 2
    n_frames, n_atoms = delta.shape
    smooth = np.empty((n_frames - 2 * half, n_atoms))
    for row, k in enumerate(range(half, n_frames - half)):
        offsets = np.arange(k - half, k - half + window) + (0 if window % 2 else 1)
        for atom in range(n_atoms):
            fit = np.polynomial.Polynomial.fit(offsets, delta[offsets, atom], order)
            smooth[row, atom] = fit(k + middle)
    return smooth.clip(0, 1)


@pytest.mark.parametrize("window, order", [(4, 2), (6, 3), (20, 2), (20, 0), (5, 2), (9, 3)])
def test_naive_polynomial_fits(window, order, labelled):
    """For an even window the middle lies half a frame behind the frame that carries the label."""
    delta = random_series(labelled, seed=1, n_frames=30, n_atoms=3)
    expected = naive_polynomial(delta.values, window, order, middle=0 if window % 2 else 0.5)
    np.testing.assert_allclose(smooth_lens(delta, window=window, order=order), expected, atol=1e-10)


@pytest.mark.parametrize("window, order", [(4, 2), (20, 2), (20, 3), (60, 2)])
def test_even_windows_are_those_of_scipy_while_it_takes_them(window, order, labelled):
    """The published analysis used them; should SciPy refuse them one day, the polynomial fits above still hold us."""
    delta = random_series(labelled, seed=3)
    half = window // 2
    try:
        published = scipy.signal.savgol_filter(delta.values, window, order, axis=0)[half : 61 - half].clip(0, 1)
    except ValueError:
        published = naive_polynomial(delta.values, window, order, middle=0.5)
    np.testing.assert_allclose(smooth_lens(delta, window=window, order=order), published, atol=1e-10)


def test_scipy_is_not_asked(labelled, monkeypatch):
    """It works where SciPy refuses even windows: its filter is never called."""

    def refuse(*_, **__):
        raise ValueError("window_length must be odd")

    monkeypatch.setattr(scipy.signal, "savgol_filter", refuse)
    monkeypatch.setattr(scipy.signal, "savgol_coeffs", refuse)
    assert "savgol_filter" not in vars(lens_module) and "savgol_coeffs" not in vars(lens_module)
    assert smooth_lens(random_series(labelled), window=20).sizes["frame"] == 41


def test_half_a_frame_of_shift(labelled):
    """A parabola is reproduced at its own frame by an odd window, and as it is half a frame later by an even one."""

    def parabola(frame):
        return 0.1 + 0.001 * (frame - 20.0) ** 2

    frame = np.arange(0, 41)
    delta = labelled(parabola(frame)[:, None], frame=frame)
    odd, even = smooth_lens(delta, window=21, order=2), smooth_lens(delta, window=20, order=2)
    np.testing.assert_allclose(odd.values[:, 0], parabola(odd.frame.values), atol=1e-12)
    np.testing.assert_allclose(even.values[:, 0], parabola(even.frame.values + 0.5), atol=1e-12)


def test_an_event_stays_where_it_is(labelled):
    """The peak of an odd window stands at the event's own frame; an even one has it there and one frame before."""
    delta = labelled(np.eye(1, 41, 20).T)  # 1 at the frame labelled 30.
    odd = smooth_lens(delta, window=7, order=2)
    assert odd.frame.values[odd.values.argmax()] == 30
    even = smooth_lens(delta, window=8, order=2)
    assert even.sel(frame=29).item() == pytest.approx(even.sel(frame=30).item())
    assert even.values.max() == pytest.approx(even.sel(frame=30).item())


def test_clipped_to_the_range(labelled):
    """A fit overshoots beside a step; LENS does not."""
    step = labelled(np.repeat([0.0, 1.0], 20)[:, None])
    raw = scipy.signal.savgol_filter(step.values[:, 0], 9, 2)
    assert raw.min() < -0.01 and raw.max() > 1.01
    smooth = smooth_lens(step, window=9, order=2)
    assert smooth.values.min() == 0 and smooth.values.max() == 1


def test_published_number_of_frames(labelled):
    """502 frames give 501 intervals; a window of 20 leaves 481 of them, labelled 10 to 490."""
    delta = labelled(np.zeros((501, 1)), frame=np.arange(501))
    smooth = smooth_lens(delta, window=20, order=2)
    assert smooth.sizes["frame"] == 481 and smooth.frame.values[[0, -1]].tolist() == [10, 490]


@pytest.mark.parametrize("window, least", [(20, 21), (21, 21), (2, 3), (1, 1)])
def test_too_few_frames(window, least, labelled):
    """Nothing would be left: the window, the frames and what to do are said; one frame more is enough."""
    assert smooth_lens(labelled(np.zeros((least, 2))), window=window, order=0).sizes["frame"] == 1
    if least > 1:
        with pytest.raises(ValueError, match=f"window = {window} frames: LENS has {least - 1} frames.*more frames"):
            smooth_lens(labelled(np.zeros((least - 1, 2))), window=window, order=0)


@pytest.mark.parametrize("window, order", [(2, 2), (0, 0), (5, 5), (5, -1)])
def test_order_must_fit_the_window(window, order, labelled):
    """A polynomial needs more frames than its order."""
    with pytest.raises(ValueError, match=f"order = {order}, window = {window} frames"):
        smooth_lens(labelled(np.zeros((30, 2))), window=window, order=order)


def test_input_is_not_changed(labelled):
    """Smoothing is a pure function."""
    delta = random_series(labelled)
    before = delta.copy(deep=True)
    smooth_lens(delta, window=20)
    assert delta.identical(before)


def test_wrapped_and_unwrapped_trajectories(wander):
    """LENS through the boundary of the cell: an atom that leaves on one side keeps its neighbors."""
    cell = [9, 9, 9, 90, 90, 90]
    trajectory = wander(5, 50, seed=6, size=9, cell=cell)
    wrapped = make_trajectory(trajectory.positions.values % 9, ["Cu"] * 50, cell=cell)
    np.testing.assert_array_equal(lens(find_neighbors(trajectory, 3.2)), lens(find_neighbors(wrapped, 3.2)))
