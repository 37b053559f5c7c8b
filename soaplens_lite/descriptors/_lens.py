"""
LENS: which share of an atom's neighbors is exchanged from one frame to a later one.

SOAP describes how the neighbors of an atom are arranged. LENS (Local Environments and Neighbors Shuffling) describes
which atoms they are. Neighbors near the edge of the sphere come and go by vibration; `smooth_lens` removes this noise.
"""

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
import xarray as xr
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from soaplens_lite._arguments import check_whole
from soaplens_lite._progress import number_of_processes, progress_bar
from soaplens_lite.descriptors._neighbors import frame_sets, set_sizes
from soaplens_lite.trajectory._cell import check_cutoff
from soaplens_lite.trajectory._select import check_atoms

MIN_FRAMES_PER_BLOCK = 16  # at least, in one task of a process
MIN_POSITIONS_PER_PROCESS = 500_000  # atoms times frames; less work takes no longer than to start a process


def lens(
    trajectory: xr.Dataset,
    r_cut: float,
    *,
    centers: ArrayLike | None = None,
    neighbors: ArrayLike | None = None,
    lag: int = 1,
    n_jobs: int = 0,
) -> xr.DataArray:
    r"""
    Share of its neighbors that every center exchanges between two frames (LENS).

    LENS compares the *identities* of the neighbors at two frames, not their positions:

    .. math:: \delta_i(t) = \frac{|N_i(t) \,\triangle\, N_i(t+\tau)|}{|N_i(t)| + |N_i(t+\tau)|}

    N_i(t) is the set of atoms within `r_cut` of center i at time t, without i itself. LENS is 0 if the neighbors are
    the same and 1 if all were exchanged. A center without neighbors in both frames has LENS 0 by convention.

    Parameters
    ----------
    trajectory : xarray.Dataset
        n_frames frames, see `soaplens_lite.trajectory.make_trajectory`. Coordinates need not be wrapped into the cell.
    r_cut : float
        Radius of the neighborhood in Angstrom, at most half the shortest height of a periodic cell. A neighbor at
        exactly `r_cut` counts.
    centers : array_like of int, shape (n_centers,), optional
        Labels of the atoms whose LENS is computed. Default: all atoms.
    neighbors : array_like of int, shape (n_neighbors,), optional
        Labels of the atoms that count as neighbors. **Default: the centers**, as in the publication: with
        ``centers=surface`` alone, atoms below the surface do not count. Give ``neighbors=trajectory.atom.values`` if
        all atoms shall count.
    lag : int
        Interval :math:`\tau` in frames, 1 <= lag < n_frames.
    n_jobs : int
        Number of processes, 0 for one per core. Fewer are started if there is little to do. The result does not
        depend on it.

    Returns
    -------
    delta : xarray.DataArray, dims (frame, atom), shape (n_frames - lag, n_centers), float64, in [0, 1]
        Every interval carries the label and the time (ns) of its *first* frame.

    Raises
    ------
    ValueError
        If there are fewer than two frames, or `r_cut`, `centers`, `neighbors`, `lag` or `n_jobs` cannot be used.

    Notes
    -----
    Every process holds the neighbor sets of lag + 1 frames. Memory does not depend on the number of frames.

    References
    ----------
    Crippa et al., PNAS 120, e2300565120 (2023).

    Examples
    --------
    Atom 0 has neighbor 1 in the first frame and neighbor 2 in the second: all its neighbors were exchanged.

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> frames = [[[0, 0, 0], [1, 0, 0], [5, 0, 0]], [[0, 0, 0], [5, 0, 0], [1, 0, 0]]]
    >>> trajectory = make_trajectory(frames, ["Cu"] * 3)
    >>> lens(trajectory, r_cut=2).values.tolist()
    [[1.0, 1.0, 1.0]]

    Atom 0 alone is a center, and atoms 0 and 1 count as neighbors: atom 0 loses neighbor 1 and gets none.

    >>> lens(trajectory, r_cut=2, centers=[0], neighbors=[0, 1]).values.tolist()
    [[1.0]]
    """
    check_cutoff(trajectory, r_cut)
    _check_lag(lag, trajectory.sizes["frame"])
    centers = trajectory.atom.values if centers is None else check_atoms(trajectory, centers, name="centers")
    if neighbors is not None:
        neighbors = check_atoms(trajectory, neighbors, name="neighbors")
        if np.array_equal(np.sort(neighbors), np.sort(centers)):
            neighbors = None
    intervals = trajectory.isel(frame=slice(trajectory.sizes["frame"] - lag))
    delta = np.empty((intervals.sizes["frame"], len(centers)))
    with progress_bar("LENS", total=len(delta), unit="frame") as bar:
        for start, rows in _rows(trajectory, (float(r_cut), centers, neighbors, lag), number_of_processes(n_jobs)):
            delta[start : start + len(rows)] = rows
            bar.update(len(rows))
    return xr.DataArray(
        delta,
        dims=("frame", "atom"),
        coords={
            "frame": intervals.frame.values,
            "time": ("frame", intervals.time.values, {"units": "ns"} | intervals.time.attrs),
            "atom": centers,
        },
        name="LENS",
        attrs={"r_cut": float(r_cut), "lag_frames": lag, "units": "1"},
    )


def exchanged_shares(sets: Iterable[csr_array], lag: int, *, mutual: bool) -> Iterator[np.ndarray]:
    """
    LENS from neighbor sets, without labels.

    Parameters
    ----------
    sets : iterable of scipy.sparse.csr_array, each of shape (n_centers, n_neighbors), bool
        Neighbor sets of successive frames, see `soaplens_lite.descriptors._neighbors.frame_sets`.
    lag : int
        In frames.
    mutual : bool
        Whether the centers are the neighbors, so that every pair is stored once.

    Yields
    ------
    delta : numpy.ndarray, shape (n_centers,), in [0, 1]
        From each frame to the one that follows it by `lag`.
    """
    earlier = deque(maxlen=lag)
    for after in sets:
        size_after = set_sizes(after, mutual=mutual)
        if len(earlier) == lag:
            before, size_before = earlier[0]
            common = set_sizes(before.multiply(after), mutual=mutual)
            total = size_before + size_after
            yield np.divide(total - 2 * common, total, out=np.zeros(len(total)), where=total > 0)
        earlier.append((after, size_after))


def smooth_lens(delta: xr.DataArray, *, window: int = 20, order: int = 2) -> xr.DataArray:
    r"""
    Smooth LENS along time with a Savitzky-Golay filter, clip it to [0, 1] and crop half a window at both ends.

    In every window of frames a polynomial is fitted by least squares; its value in the middle of the window is the
    smoothed LENS. **An even window has no middle frame**: the value belongs to the time half a frame after the frame
    that carries the label, so the signal is shifted by half a sampling interval. The published analysis uses even
    windows, and this package keeps them as its default. An odd window has no shift.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom), shape (n_frames, n_atoms)
        As returned by `lens`.
    window : int
        Width in frames, more than `order`.
    order : int
        Order of the polynomial, 0 or more.

    Returns
    -------
    smooth : xarray.DataArray, dims (frame, atom), shape (n_frames - 2 * (window // 2), n_atoms), in [0, 1]
        The first and the last ``window // 2`` frames are cropped, because their windows are incomplete. The other
        frames keep their labels.

    Raises
    ------
    ValueError
        If `window` or `order` is not a whole number, they do not fit each other or the number of frames, or LENS
        contains NaN or infinity, which would spread over the windows.

    Notes
    -----
    In the frames that remain this is `scipy.signal.savgol_filter`. The weights are computed here because future
    versions of SciPy may reject even windows.

    References
    ----------
    Savitzky and Golay, Anal. Chem. 36, 1627 (1964).

    Examples
    --------
    An odd window leaves a straight line unchanged; an even one shifts it by half a frame:

    >>> line = xr.DataArray([[0.1], [0.2], [0.3], [0.4], [0.5], [0.6]], dims=("frame", "atom"),
    ...                     coords={"frame": range(6)})
    >>> smooth_lens(line, window=3, order=1).values.ravel().round(3).tolist()
    [0.2, 0.3, 0.4, 0.5]
    >>> smooth_lens(line, window=4, order=1).values.ravel().round(3).tolist()
    [0.35, 0.45]
    """
    check_whole(window=window, order=order)
    n_frames, half = delta.sizes["frame"], window // 2
    if not 0 <= order < window:
        raise ValueError(f"order = {order}, window = {window} frames: the order must be between 0 and the window - 1")
    if n_frames <= 2 * half:
        raise ValueError(
            f"window = {window} frames: LENS has {n_frames} frames and loses {2 * half} of them at the ends; use "
            f"more frames or a window below {n_frames}"
        )
    if not np.isfinite(delta.values).all():
        frame, atom = np.argwhere(~np.isfinite(delta.values))[0]
        raise ValueError(
            f"LENS of atom {delta.atom.values[atom]} in frame {delta.frame.values[frame]} is "
            f"{delta.values[frame, atom]}: smoothing needs numbers; leave out this atom or these frames"
        )
    windows = np.lib.stride_tricks.sliding_window_view(delta.values, window, axis=0)
    # The window of the frame labelled k starts at k - half; an even one at k - half + 1, as in SciPy.
    first = 1 - window % 2
    values = windows[first : first + n_frames - 2 * half] @ _weights(window, order)
    smooth = delta.isel(frame=slice(half, n_frames - half)).copy(data=np.clip(values, 0, 1))
    return smooth.assign_attrs(smoothing_window_frames=window, smoothing_order=order)


def _weights(window, order):
    """Weights whose sum over a window is the fitted polynomial in the middle of the window, shape (window,)."""
    offsets = np.arange(window) - (window - 1) / 2
    return np.linalg.pinv(np.vander(offsets, order + 1, increasing=True))[0]


def _check_lag(lag, n_frames):
    """Check that at least one interval of this length exists."""
    if n_frames < 2:
        raise ValueError(f"{n_frames} frame: LENS compares the neighbors at two frames; give it at least two")
    check_whole(lag=lag)
    if not 1 <= lag < n_frames:
        raise ValueError(f"lag = {lag} frames: must be between 1 and {n_frames - 1}, as there are {n_frames} frames")


def _rows(trajectory, settings, n_processes):
    """Yield ``(start, rows)``: LENS of consecutive intervals, shape (n_intervals, n_centers), in any order."""
    _, centers, neighbors, lag = settings
    used = centers if neighbors is None else np.union1d(centers, neighbors)
    n_intervals = trajectory.sizes["frame"] - lag
    n_processes = min(n_processes, len(used) * n_intervals // MIN_POSITIONS_PER_PROCESS)
    if n_processes <= 1:
        for k, row in enumerate(_shares(trajectory, *settings)):
            yield k, row[None]
        return
    stored = trajectory[["positions", "cell"] if trajectory.periodic else ["positions"]]
    atoms = trajectory.indexes["atom"].get_indexer(used)
    tasks = (
        delayed(_rows_of_block)(start, stored.isel(frame=slice(start, stop + lag), atom=atoms), settings)
        for start, stop in _blocks(n_intervals, lag, n_processes)
    )
    yield from Parallel(n_jobs=n_processes, return_as="generator_unordered")(tasks)


def _blocks(n_intervals, lag, n_processes):
    """Divide the intervals evenly, ``[(start, stop), ...]``: every process gets the same number of blocks."""
    # A block needs the sets of `lag` frames beyond its end: in a short one that would be most of the work.
    n_rounds = -(-n_intervals // (n_processes * max(MIN_FRAMES_PER_BLOCK, 4 * lag)))
    n_blocks = min(n_rounds * n_processes, n_intervals)
    edges = np.arange(n_blocks + 1) * n_intervals // n_blocks
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _rows_of_block(start, trajectory, settings):
    """LENS of a block of frames, in a process of its own."""
    return start, np.array(list(_shares(trajectory, *settings)))


def _shares(trajectory, r_cut, centers, neighbors, lag):
    """LENS of all intervals of a trajectory, one by one."""
    return exchanged_shares(frame_sets(trajectory, r_cut, centers, neighbors), lag, mutual=neighbors is None)
