"""What every study records of a step of the protocol, under the same names, so that studies can be compared."""

from dataclasses import asdict

import xarray as xr

from soaplens_lite.agreement import share_of_points
from soaplens_lite.features import to_labelled


def record_components(run, key, pca):
    """
    Record how many principal components were kept, and the variance that the first twenty retain.

    Parameters
    ----------
    run : soaplens_lite.edition.record.Record
    key : str
        Which data: ``soap`` or ``joint``; the first part of the names of the numbers.
    pca : xarray.Dataset
        As returned by `soaplens_lite.decomposition.fit_pca`.
    """
    run.number(f"{key}.components", pca.sizes["component"])
    run.number(f"{key}.cumulative_variance", pca.cumulative_variance.values[:20])


def record_clusters(run, key, found, like, **resampling):
    """
    Record how many clusters there are, and which points were in none at first.

    Parameters
    ----------
    run, key
        As for `record_components`.
    found : soaplens_lite.clustering.Clustering
    like : xarray.DataArray, dims (frame, atom, ...)
        Whose frames and atoms the samples are.
    **resampling
        As in `soaplens_lite.agreement.share_of_points`.
    """
    run.number(f"{key}.n_clusters", found.n_clusters)
    was_noise = to_labelled(found.was_noise, like)
    noise = share_of_points(xr.ones_like(was_noise), was_noise, **resampling)
    run.number(f"{key}.noise", noise, note="share of the points, before the soft assignment")
    run.number(f"{key}.n_nearest", found.n_nearest, note="points without memberships, given to the nearest cluster")


def record_states(run, key, table, kinetics, note=""):
    """
    Record the table of states and the transitions between them.

    Parameters
    ----------
    run, key
        As for `record_components`; the key is ``lens`` for the classes of LENS alone.
    table : pandas.DataFrame, index state
    kinetics : soaplens_lite.transitions.Kinetics
    note : str
        What a reader of the table alone has to know.
    """
    run.number(f"{key}.states", table, note=note)
    run.number(f"{key}.kinetics", asdict(kinetics), note="rows are from; low and high are the 95 % interval")
