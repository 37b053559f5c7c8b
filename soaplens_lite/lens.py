"""
LENS: how much of an atom's neighborhood is exchanged from one frame to the next.

Local Environments and Neighbors Shuffling asks *who* surrounds an atom, where SOAP asks *how* the neighbors
are arranged. The raw signal is noisy, because neighbors near the edge of the sphere come and go by
vibration; `smooth_lens` removes that noise along time.
"""

import numpy as np
import xarray as xr

from soaplens_lite.arguments import check_whole


def lens(neighbors, *, lag=1):
    r"""
    Local Environments and Neighbors Shuffling (LENS) of every center.

    LENS compares the *identities* of the neighbors at two frames, not their places:

    .. math:: \delta_i(t) = \frac{|N_i(t) \,\triangle\, N_i(t+\tau)|}{|N_i(t)| + |N_i(t+\tau)|}

    It is 0 when the neighbors are the same and 1 when all were exchanged. A center without neighbors at both
    frames gets 0 by convention.

    Parameters
    ----------
    neighbors : soaplens_lite.neighbors.NeighborLists
        n_frames frames of neighbor sets, the center itself excluded.
    lag : int
        Interval in frames, 1 <= lag < n_frames.

    Returns
    -------
    delta : xarray.DataArray, dims (frame, atom), in [0, 1]
        n_frames - lag frames, each labelled by the *first* frame of its interval.

    Raises
    ------
    ValueError
        If *lag* is not a whole number in [1, n_frames - 1].

    References
    ----------
    Crippa et al., PNAS 120, e2300565120 (2023).

    Examples
    --------
    Atom 0 has neighbor 1 first and neighbor 2 afterwards: all of its neighbors were exchanged.

    >>> from soaplens_lite.neighbors import find_neighbors
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> frames = [[[0, 0, 0], [1, 0, 0], [5, 0, 0]], [[0, 0, 0], [5, 0, 0], [1, 0, 0]]]
    >>> delta = lens(find_neighbors(make_trajectory(frames, ["Cu"] * 3), r_cut=2))
    >>> delta.values.tolist()
    [[1.0, 1.0, 1.0]]
    """
    n_frames = len(neighbors)
    if n_frames < 2:
        raise ValueError(f"{n_frames} frame: LENS compares the neighbors at two frames; give it at least two")
    check_whole(lag=lag)
    if not 1 <= lag < n_frames:
        raise ValueError(f"lag = {lag} frames: must be between 1 and {n_frames - 1}, as there are {n_frames} frames")
    sizes = [_set_sizes(pairs) for pairs in neighbors.pairs]
    delta = np.zeros((n_frames - lag, len(neighbors.atom)))
    for k in range(n_frames - lag):
        common = _set_sizes(neighbors.pairs[k].multiply(neighbors.pairs[k + lag]))
        total = sizes[k] + sizes[k + lag]
        np.divide(total - 2 * common, total, out=delta[k], where=total > 0)
    return xr.DataArray(
        delta,
        dims=("frame", "atom"),
        coords={
            "frame": neighbors.frame[: n_frames - lag],
            "time": ("frame", neighbors.time[: n_frames - lag], {"units": "ns"}),
            "atom": neighbors.atom,
        },
        name="LENS",
        attrs={"r_cut_angstrom": neighbors.r_cut, "lag_frames": lag, "units": "1"},
    )


def smooth_lens(delta, *, window=20, order=2):
    r"""
    Savitzky-Golay smoothing of LENS along time, clipped to [0, 1] and cropped by half a window at either end.

    In every window of frames a polynomial is fitted by least squares and replaced by its value in the middle
    of the window. **An even window has no middle frame**: the value belongs to the point half a frame beside the
    frame that carries its label, so that signals are shifted by half a sampling interval. The published analysis
    uses even windows, and we keep its choice; an odd window avoids the shift.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom)
        As returned by `lens`.
    window : int
        Width in frames, more than `order`.
    order : int
        Order of the polynomial.

    Returns
    -------
    smooth : xarray.DataArray, dims (frame, atom), in [0, 1]
        Without the first and the last ``window // 2`` frames, of which no window is complete; labels are kept.

    Raises
    ------
    ValueError
        If the window does not fit the order or the number of frames, one of the two is no whole number, or LENS has
        values that are no numbers, which would spread over their windows.

    Notes
    -----
    In the frames that remain this is `scipy.signal.savgol_filter`, whose treatment of the ends no longer
    matters after the crop. The weights are computed here because SciPy may cease to accept even windows.

    References
    ----------
    Savitzky and Golay, Anal. Chem. 36, 1627 (1964).

    Examples
    --------
    A straight line is left as it is by a window with a middle, and shifted by half a frame by one without:

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
            f"{delta.values[frame, atom]}: smoothing needs numbers everywhere; leave the atom or the frames out"
        )
    windows = np.lib.stride_tricks.sliding_window_view(delta.values, window, axis=0)
    # The window of the frame labelled k starts at k - half; an even one at k - half + 1, as in SciPy.
    first = 1 - window % 2
    values = windows[first : first + n_frames - 2 * half] @ _weights(window, order)
    smooth = delta.isel(frame=slice(half, n_frames - half)).copy(data=np.clip(values, 0, 1))
    return smooth.assign_attrs(smoothing_window_frames=window, smoothing_order=order)


def _weights(window, order):
    """Weights that give the value of the fitted polynomial in the middle of the window, shape (window,)."""
    offsets = np.arange(window) - (window - 1) / 2
    return np.linalg.pinv(np.vander(offsets, order + 1, increasing=True))[0]


def _set_sizes(pairs):
    """Number of neighbors of every atom, from an upper triangular matrix of pairs."""
    indptr, indices = pairs.indptr, pairs.indices
    return np.diff(indptr) + np.bincount(indices, minlength=pairs.shape[0])
