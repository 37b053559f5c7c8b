"""Fewer frames, for analyses that need transitions but not all points."""

import xarray as xr

from soaplens_lite._arguments import check_count


def thin_to_pairs(data: xr.DataArray | xr.Dataset, stride: int) -> xr.DataArray | xr.Dataset:
    """
    Keep pairs of successive frames, one pair per stride.

    There are fewer points, and transitions from one frame to the next can still be counted: see
    `soaplens_lite.kinetics.transitions`, which counts nothing across missing frames.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset, dims (frame, ...)
    stride : int
        Frames from the start of one pair to the start of the next; 1 and 2 keep all frames.

    Returns
    -------
    thinned : xarray.DataArray or xarray.Dataset
        The frames whose label leaves 0 or 1 when divided by `stride`.

    Raises
    ------
    ValueError
        If `stride` is less than 1.

    Examples
    --------
    >>> import xarray as xr
    >>> thin_to_pairs(xr.DataArray(range(9), dims="frame", coords={"frame": range(9)}), 4).values.tolist()
    [0, 1, 4, 5, 8]
    """
    check_count(stride=stride)
    return data.sel(frame=data.frame[data.frame % stride < 2])
