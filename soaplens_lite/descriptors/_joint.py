"""
Joining structure and dynamics: chi(t) = (p(t), delta(t -> t + dt)), one vector per atom and frame.

SOAP and LENS are joined by the labels of frames and atoms, not by position. LENS carries the label of the first frame
of its interval, so every spectrum is joined with the change that *follows* it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

FRAMES_PER_BLOCK = 16
NUMBERS_PER_BLOCK = 20_000_000  # 160 MB in double precision; blocks have fewer frames if these are larger


@dataclass(frozen=True)
class Features:
    """
    Vectors of all atoms in all frames, read in blocks of frames.

    The complete joint array is never in memory: for 2048 molecules in 500 frames it would take 5 GB.

    Parameters
    ----------
    spectra : xarray.DataArray, dims (frame, atom, feature)
        SOAP.
    delta : xarray.DataArray, dims (frame, atom), or None
        LENS of the same frames and atoms, the last component; None for structure alone.
    """

    spectra: xr.DataArray
    delta: xr.DataArray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_frames, n_atoms, n_features)."""
        n_frames, n_atoms, n_features = self.spectra.shape
        return n_frames, n_atoms, n_features + (self.delta is not None)

    def blocks(self, frames_per_block: int | None = None) -> Iterator[np.ndarray]:
        """
        Yield all vectors, block by block, in the order of the samples.

        Parameters
        ----------
        frames_per_block : int, optional
            Default: as many as take about 160 MB, at most 16 and at least one.

        Yields
        ------
        block : numpy.ndarray, shape (n_frames_of_block * n_atoms, n_features)
            A copy that may be changed.
        """
        n_frames, n_atoms, n_features = self.shape
        length = frames_per_block or max(1, min(FRAMES_PER_BLOCK, NUMBERS_PER_BLOCK // (n_atoms * n_features)))
        for start in range(0, n_frames, length):
            rows = slice(start, start + length)
            block = np.empty((min(length, n_frames - start), n_atoms, n_features))
            block[..., : self.spectra.shape[2]] = self.spectra.values[rows]
            if self.delta is not None:
                block[..., -1] = self.delta.values[rows]
            yield block.reshape(-1, n_features)


def structure_alone(spectra: xr.DataArray, delta: xr.DataArray) -> Features:
    """
    SOAP alone, in the frames in which SOAP and LENS are joined.

    Both analyses use the same frames, so that they differ by their descriptors only.

    Parameters
    ----------
    spectra : xarray.DataArray, dims (frame, atom, feature)
    delta : xarray.DataArray, dims (frame, atom)

    Returns
    -------
    features : Features

    Raises
    ------
    ValueError
        As for `join`.
    """
    return Features(_at_labels_of(spectra, delta))


def join(spectra: xr.DataArray, delta: xr.DataArray) -> Features:
    """
    SOAP and LENS in one vector, paired by frame and atom.

    Parameters
    ----------
    spectra : xarray.DataArray, dims (frame, atom, feature)
        Normalized SOAP spectra p(t); may cover more frames than `delta`.
    delta : xarray.DataArray, dims (frame, atom), in [0, 1]
        LENS from each frame to the following one, labelled by the first frame of the interval.

    Returns
    -------
    features : Features
        One more component than `spectra`; the frames and atoms of `delta`.

    Raises
    ------
    ValueError
        If the atoms differ, or `delta` has a frame without spectra.

    Examples
    --------
    >>> p = xr.DataArray([[[1.0, 0.0]], [[0.0, 1.0]]], dims=("frame", "atom", "feature"),
    ...                  coords={"frame": [0, 1], "atom": [7]})
    >>> d = xr.DataArray([[0.25]], dims=("frame", "atom"), coords={"frame": [1], "atom": [7]})
    >>> next(join(p, d).blocks()).tolist()
    [[0.0, 1.0, 0.25]]
    """
    return Features(_at_labels_of(spectra, delta), delta)


def to_samples(values: xr.DataArray) -> np.ndarray:
    """
    Reshape (frame, atom, ...) to one row per sample.

    Parameters
    ----------
    values : xarray.DataArray, dims (frame, atom) or (frame, atom, component)

    Returns
    -------
    samples : numpy.ndarray, shape (n_frames * n_atoms,) or (n_frames * n_atoms, n_components)
        All atoms of the first frame, then all of the next.
    """
    array = values.values
    return array.reshape(array.shape[0] * array.shape[1], *array.shape[2:])


def to_labelled(samples: np.ndarray, like: xr.DataArray, *, name: str | None = None, **attrs: object) -> xr.DataArray:
    """
    Reshape one value per sample to labelled (frame, atom).

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_frames * n_atoms,)
    like : xarray.DataArray, dims (frame, atom, ...)
        Array that has the wanted labels.
    name : str, optional
    **attrs
        Recorded as attributes.

    Returns
    -------
    labelled : xarray.DataArray, dims (frame, atom)

    Examples
    --------
    >>> like = xr.DataArray(np.zeros((2, 3)), dims=("frame", "atom"), coords={"frame": [10, 11], "atom": [4, 5, 6]})
    >>> to_labelled(np.arange(6), like).sel(frame=11, atom=5).item()
    4
    """
    coords = {key: like.coords[key] for key in ("frame", "atom", "time") if key in like.coords}
    shape = (like.sizes["frame"], like.sizes["atom"])
    return xr.DataArray(
        np.asarray(samples).reshape(shape), dims=("frame", "atom"), coords=coords, name=name, attrs=attrs
    )


def _at_labels_of(spectra, delta):
    """Spectra in the frames of delta; a view, not a copy, if these frames are consecutive."""
    if not np.array_equal(spectra.atom.values, delta.atom.values):
        raise ValueError(
            f"SOAP has {spectra.sizes['atom']} atoms and LENS {delta.sizes['atom']}, and their labels or order differ: "
            "compute both for the same centers"
        )
    missing = np.setdiff1d(delta.frame.values, spectra.frame.values)
    if len(missing):
        raise ValueError(f"LENS has frames without SOAP spectra ({missing[:5].tolist()} ...): compute SOAP for them")
    frames = delta.frame.values
    aligned = spectra.sel(frame=slice(frames[0], frames[-1]))
    return aligned if np.array_equal(aligned.frame.values, frames) else spectra.sel(frame=frames)
