"""Plain measures of an atom's surroundings, by which states are ordered and named."""

import numpy as np
import xarray as xr
from MDAnalysis.lib.distances import self_capped_distance
from scipy.ndimage import gaussian_filter1d

from soaplens_lite.neighbors import find_neighbors
from soaplens_lite.trajectory import cell_heights


def radial_distribution(trajectory, *, r_max=6.0, width=0.05, n_frames=20):
    """
    Radial distribution function g(r) over all pairs of atoms, from frames spread evenly over the trajectory.

    A slab or a particle does not fill its cell: there g(r) is scaled as if the atoms did (or, without a cell,
    filled the box around them), which moves none of its maxima and minima.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    r_max : float
        In Angstrom; a periodic cell limits it to half its shortest height.
    width : float
        Of a bin, in Angstrom.
    n_frames : int
        Number of frames that are used.

    Returns
    -------
    g : xarray.DataArray, dims (r,)
        ``r`` are the middles of the bins in Angstrom.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[0, 0, 0], [0, 0, 2.52]]], ["Cu", "Cu"], cell=[20, 20, 20, 90, 90, 90])
    >>> round(float(radial_distribution(pair).idxmax()), 3)
    2.525
    """
    chosen = np.unique(np.linspace(0, trajectory.sizes["frame"] - 1, n_frames).astype(int))
    positions = trajectory.positions.values[chosen]
    cells = trajectory.cell.values[chosen] if trajectory.periodic else None
    if cells is not None:
        # A little less than half, as MDAnalysis rounds the cell to float32 and refuses what is above its half.
        r_max = min(r_max, cell_heights(cells).min() / 2 * (1 - 1e-6))
    edges = np.arange(0, r_max + width / 2, width)
    counts = np.zeros(len(edges) - 1)
    for k, frame in enumerate(positions):
        box = None if cells is None else cells[k].astype(np.float32)
        _, distances = self_capped_distance(frame, r_max, box=box)
        counts += np.histogram(distances, edges)[0]
    volume = _volume(cells) if cells is not None else np.prod(np.ptp(positions, axis=1) + 1, axis=1).mean()
    n_atoms = positions.shape[1]
    shells = 4 / 3 * np.pi * np.diff(edges**3)
    ideal = len(chosen) * n_atoms * (n_atoms - 1) / 2 * shells / volume
    return xr.DataArray(
        counts / ideal,
        dims="r",
        coords={"r": ("r", (edges[1:] + edges[:-1]) / 2, {"units": "Angstrom"})},
        name="g(r)",
    )


def first_minimum(g):
    """
    The distance that parts the first shell of neighbors from the second.

    Parameters
    ----------
    g : xarray.DataArray, dims (r,)
        As returned by `radial_distribution`.

    Returns
    -------
    r : float
        In Angstrom: the lowest point between the first maximum of the smoothed function and the next one.

    Raises
    ------
    ValueError
        If there is no minimum.

    Examples
    --------
    >>> r = np.arange(0, 6, 0.05)
    >>> shells = np.exp(-((r - 2.5) ** 2) / 0.05) + np.exp(-((r - 3.6) ** 2) / 0.05)
    >>> round(first_minimum(xr.DataArray(shells, dims="r", coords={"r": r})), 2)
    3.05
    """
    smooth = gaussian_filter1d(g.values, 1.5)
    rising = np.diff(smooth) > 0
    turns_down = np.flatnonzero(rising[:-1] & ~rising[1:]) + 1
    turns_up = np.flatnonzero(~rising[:-1] & rising[1:]) + 1
    peaks = turns_down[smooth[turns_down] > 0.2 * smooth.max()]
    after = turns_up[turns_up > peaks[0]] if len(peaks) else []
    if len(after) == 0:
        raise ValueError(
            f"g(r) has no minimum after its first maximum up to {float(g.r[-1]):.2f} Angstrom: raise r_max"
        )
    return float(g.r[after[0]])


def coordination_numbers(trajectory, centers, cutoff):
    """
    Number of neighbors of every center; all atoms of the trajectory count as neighbors.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    centers : array_like of int, shape (n_centers,)
        Labels of the atoms.
    cutoff : float
        In Angstrom, for instance the `first_minimum` of g(r).

    Returns
    -------
    coordination : xarray.DataArray, dims (frame, atom), int
    """
    neighbors = find_neighbors(trajectory, cutoff)
    numbers = np.array([pairs.sum(axis=0) + pairs.sum(axis=1) for pairs in neighbors.pairs])
    everywhere = xr.DataArray(
        numbers,
        dims=("frame", "atom"),
        coords={"frame": trajectory.frame, "time": trajectory.time, "atom": trajectory.atom},
        name="coordination number",
        attrs={"cutoff_angstrom": float(cutoff)},
    )
    return everywhere.sel(atom=centers)


def heights(trajectory, centers):
    """
    Heights of the centers above the middle of the slab: z less the mean z of all atoms in the frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Of a slab whose normal is z, whole along z.
    centers : array_like of int, shape (n_centers,)

    Returns
    -------
    height : xarray.DataArray, dims (frame, atom)
        In Angstrom.
    """
    z = trajectory.positions.sel(xyz="z", drop=True)
    return (z.sel(atom=centers) - z.mean("atom")).rename("height").assign_attrs(units="Angstrom")


def _volume(cells):
    """Mean volume of cells in cubic Angstrom: the area of the face ab times its height."""
    a, b, gamma = cells[:, 0], cells[:, 1], np.radians(cells[:, 5])
    return float(np.mean(a * b * np.sin(gamma) * cell_heights(cells)[:, 2]))
