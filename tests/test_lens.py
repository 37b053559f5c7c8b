"""LENS: plain sets by hand and on random walks, labels of intervals, and the smoothing that SciPy would do."""

import weakref

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from soaplens_lite.descriptors import _lens as lens_module
from soaplens_lite.descriptors import find_neighbors, lens, smooth_lens
from soaplens_lite.descriptors._lens import exchanged_shares
from soaplens_lite.trajectory import make_trajectory


def lens_of_edges(frames, n_atoms, lag=1):
    """LENS, shape (n_intervals, n_atoms), of neighbor sets written down as pairs: one set of pairs per frame."""
    matrices = []
    for edges in frames:
        dense = np.zeros((n_atoms, n_atoms), dtype=bool)
        for i, j in edges:
            dense[min(i, j), max(i, j)] = True
        matrices.append(csr_array(dense))
    return np.array(list(exchanged_shares(matrices, lag, mutual=True)))


def walking_pairs(first=0, atom=(0, 1, 2, 3)):
    """Six frames of two pairs of atoms, 1 Angstrom wide and 9 apart: partners are exchanged after the third frame."""
    before = [[0, 0, 0], [1, 0, 0], [9, 0, 0], [10, 0, 0]]  # neighbors 0-1 and 2-3 within 2 Angstrom
    after = [[0, 0, 0], [9, 0, 0], [1, 0, 0], [10, 0, 0]]  # 0-2 and 1-3
    trajectory = make_trajectory([before] * 3 + [after] * 3, ["Cu"] * 4, interval=0.5)
    frame = np.arange(first, first + 6)
    return trajectory.assign_coords(frame=frame, time=("frame", 0.5 * frame), atom=list(atom))


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
    delta = lens_of_edges(frames, 5)
    np.testing.assert_allclose(delta, [[0.2, 1 / 3, 0, 1, 1], [1, 1, 1, 0, 1]])


def test_lag_by_hand():
    """From frame 0 to frame 2 directly: atom 1 has {0} and {2}, all exchanged; atom 3 lost its only neighbor."""
    frames = [{(0, 1), (0, 2), (0, 3)}, {(0, 1), (0, 2), (1, 4)}, {(1, 2)}]
    np.testing.assert_allclose(lens_of_edges(frames, 5, lag=2), [[1, 1, 1, 1, 0]])


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_naive_sets(seed, lag):
    """Random neighbor sets, among them empty ones."""
    frames = random_edges(seed, 9, 14, share=0.12)
    delta = lens_of_edges(frames, 14, lag)
    np.testing.assert_allclose(delta, naive_lens(frames, 14, lag), rtol=1e-12)
    assert delta.min() == 0 and delta.max() == 1 and len(np.unique(delta)) > 5


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
    delta = lens(trajectory, 3.0, centers=centers)
    np.testing.assert_allclose(delta, naive_lens(frames, len(centers)))
    assert delta.atom.values.tolist() == centers and 0 < delta.values.mean() < 1


def test_interval_carries_the_label_of_its_first_frame():
    """All neighbors change between the frames labelled 102 and 103: 1 stands at 102, and at 101 and 102 with lag 2."""
    trajectory = walking_pairs(first=100, atom=[9, 4, 6, 2])
    delta = lens(trajectory, 2.0)
    assert delta.frame.values.tolist() == [100, 101, 102, 103, 104]
    assert delta.time.values.tolist() == [50, 50.5, 51, 51.5, 52] and delta.time.attrs["units"] == "ns"
    assert delta.atom.values.tolist() == [9, 4, 6, 2]
    assert delta.frame.values[delta.values[:, 0] == 1].tolist() == [102]
    longer = lens(trajectory, 2.0, lag=2)
    assert longer.frame.values.tolist() == [100, 101, 102, 103]
    assert longer.frame.values[longer.values[:, 0] == 1].tolist() == [101, 102]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), lag=st.integers(1, 3))
def test_invariants(seed, lag):
    """In [0, 1]; reversing time reverses the series; renumbering the atoms renumbers the columns."""
    frames = random_edges(seed, 6, 10)
    delta = lens_of_edges(frames, 10, lag)
    assert ((delta >= 0) & (delta <= 1)).all()
    np.testing.assert_allclose(lens_of_edges(frames[::-1], 10, lag), delta[::-1])
    new = np.random.default_rng(seed).permutation(10)  # Atom i becomes atom new[i].
    renumbered = [{(int(new[i]), int(new[j])) for i, j in edges} for edges in frames]
    np.testing.assert_allclose(lens_of_edges(renumbered, 10, lag)[:, new], delta)


def test_nothing_changes():
    """The same sets in all frames: 0 everywhere, also for an atom without neighbors."""
    assert not lens_of_edges([{(0, 1), (1, 2)}] * 4, 4).any()


@pytest.mark.parametrize("lag", [0, -1, 6, 7])
def test_lag_out_of_range(lag):
    """Six frames allow a lag of 1 to 5."""
    with pytest.raises(ValueError, match=f"lag = {lag} frames: must be between 1 and 5"):
        lens(walking_pairs(), 2.0, lag=lag)


def test_one_frame_is_no_interval():
    """There is nothing to compare it with."""
    with pytest.raises(ValueError, match="1 frame: LENS compares the neighbors at two frames"):
        lens(walking_pairs().isel(frame=[0]), 2.0)


def test_parameters_are_recorded(wander):
    """Cutoff and lag stand in the attributes."""
    delta = lens(wander(4, 5), 2.5, lag=2)
    assert delta.attrs == {"r_cut": 2.5, "lag_frames": 2, "units": "1"}


def naive_sets(trajectory, centers, neighbors, r_cut):
    """Neighbor sets of the centers in every frame, atom by atom, with the nearest image in a right-angled cell."""
    frames = []
    for k in range(trajectory.sizes["frame"]):
        places = trajectory.positions.values[k].astype(float)
        sides = trajectory.cell.values[k].diagonal() if trajectory.periodic else None
        sets = []
        for i in centers:
            members = set()
            for j in neighbors:
                difference = places[i] - places[j]
                if sides is not None:
                    difference = difference - np.round(difference / sides) * sides
                if i != j and np.linalg.norm(difference) <= r_cut:
                    members.add(j)
            sets.append(members)
        frames.append(sets)
    return frames


@pytest.mark.parametrize("cell", [None, [9, 10, 11, 90, 90, 90]], ids=["open", "periodic"])
@pytest.mark.parametrize("lag", [1, 3])
def test_fewer_centers_than_neighbors(cell, lag, wander):
    """Centers and neighbors that overlap in part: the definition with sets, labels in the order of the centers."""
    trajectory = wander(6, 45, seed=4, size=9, cell=cell)
    centers, neighbors = [40, 3, 17, 8], list(range(0, 45, 2))
    sets = naive_sets(trajectory, centers, neighbors, 3.3)
    expected = [
        [len(a ^ b) / (len(a) + len(b)) if a or b else 0.0 for a, b in zip(*pair, strict=True)]
        for pair in zip(sets, sets[lag:], strict=False)
    ]
    delta = lens(trajectory, 3.3, centers=centers, neighbors=neighbors, lag=lag)
    np.testing.assert_array_equal(delta, expected)
    assert delta.atom.values.tolist() == centers and 0 < delta.values.mean() < 1


@pytest.mark.parametrize(
    "cell", [None, [9, 10, 11, 90, 90, 90], [10, 11, 12, 80, 95, 75]], ids=["open", "box", "oblique"]
)
def test_centers_are_a_part_of_all(cell, wander):
    """If all atoms count as neighbors, LENS of some centers is LENS of all atoms, restricted to them."""
    trajectory = wander(5, 60, seed=7, size=9, cell=cell)
    everyone = lens(trajectory, 3.2)
    some = lens(trajectory, 3.2, centers=[50, 2, 31], neighbors=trajectory.atom.values)
    np.testing.assert_array_equal(some, everyone.sel(atom=[50, 2, 31]))


def test_neighbors_are_the_centers_unless_they_are_given(wander):
    """Also if both are given in different orders; atoms that are in neither do not count."""
    trajectory, centers = wander(5, 40, seed=1, size=7), [30, 1, 12, 20, 4, 39, 7, 8]
    delta = lens(trajectory, 3.0, centers=centers)
    assert delta.identical(lens(trajectory, 3.0, centers=centers, neighbors=sorted(centers)))
    np.testing.assert_array_equal(delta, lens(trajectory.sel(atom=centers), 3.0))
    assert not np.array_equal(delta, lens(trajectory, 3.0, centers=centers, neighbors=trajectory.atom.values))


@pytest.mark.parametrize("name", ["centers", "neighbors"])
def test_atoms_that_cannot_be(name, wander):
    """The argument is named."""
    with pytest.raises(ValueError, match=rf"{name} \[10\] are not in"):
        lens(wander(2, 10), 3.0, **{name: [9, 10]})


@pytest.mark.parametrize("lag", [1, 5])
def test_processes_do_not_matter(lag, wander, monkeypatch):
    """Two processes and blocks of four or twenty frames: the same bits, also where centers and neighbors differ."""
    monkeypatch.setattr(lens_module, "MIN_POSITIONS_PER_PROCESS", 100)
    monkeypatch.setattr(lens_module, "MIN_FRAMES_PER_BLOCK", 4)
    trajectory = wander(51, 30, seed=3, cell=[9, 10, 11, 90, 90, 90]).isel(frame=slice(1, None))
    for atoms in ({}, {"centers": [20, 4], "neighbors": [4, 9, 1, 7, 15, 22]}):
        one, two = (lens(trajectory, 4.0, lag=lag, n_jobs=n_jobs, **atoms) for n_jobs in (1, 2))
        assert one.identical(two) and one.std() > 0


@settings(max_examples=200, deadline=None)
@given(n_intervals=st.integers(1, 700), lag=st.integers(1, 60), n_processes=st.integers(2, 8))
def test_blocks_cover_every_interval_once(n_intervals, lag, n_processes):
    """In order, without gaps; their lengths differ by one at most."""
    blocks = lens_module._blocks(n_intervals, lag, n_processes)
    assert [k for start, stop in blocks for k in range(start, stop)] == list(range(n_intervals))
    lengths = [stop - start for start, stop in blocks]
    assert 1 <= min(lengths) and max(lengths) - min(lengths) <= 1


def test_sets_of_few_frames_are_held(wander, monkeypatch):
    """Of 40 frames, never more than those of the interval and the next one: lag + 2 matrices are alive."""
    made, most = [], []

    def watched(*arguments):
        for sets in frame_sets(*arguments):
            made.append(weakref.ref(sets))
            most.append(sum(reference() is not None for reference in made))
            yield sets

    frame_sets = lens_module.frame_sets
    monkeypatch.setattr(lens_module, "frame_sets", watched)
    lens(wander(40, 20), 3.0, lag=3, n_jobs=1)
    assert len(most) == 40 and max(most) <= 5


def test_neighbor_lists_give_the_same(copper):
    """LENS counted from `find_neighbors`, with sets, for atoms of the sample."""
    neighbors, delta = find_neighbors(copper.isel(frame=slice(2)), 6.0), lens(copper.isel(frame=slice(2)), 6.0)
    for atom in (0, 700, 1803):
        before, after = (set(neighbors.of(atom, frame).tolist()) for frame in (0, 1))
        assert delta.sel(atom=atom).item() == len(before ^ after) / (len(before) + len(after))


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
    np.testing.assert_array_equal(lens(trajectory, 3.2), lens(wrapped, 3.2))
