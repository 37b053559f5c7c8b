"""Bad arguments are refused in the same words everywhere, before work starts."""

import numpy as np
import pytest

from soaplens_lite import _arguments as arguments
from soaplens_lite.descriptors import Features, lens, smooth_lens, soap
from soaplens_lite.descriptors import _structure as structure
from soaplens_lite.kinetics import (
    arrival_shares,
    atom_interval,
    counts_per_atom,
    residence_times,
    transition_counts,
    transition_matrix,
    transitions,
)
from soaplens_lite.states import fit_pca, gmm, hdbscan_hard, hdbscan_soft, kmeans, kmeans_classes, merge_clusters

POINTS = np.arange(20.0).reshape(10, 2)


@pytest.mark.parametrize("value", [1.5, 2.0, "3", None, True, [1]])
def test_what_is_no_whole_number(value):
    """Also 2.0, a truth value and a list; NumPy's integers are whole numbers."""
    with pytest.raises(ValueError, match="lag = .*: must be a whole number"):
        arguments.check_whole(window=np.int32(4), lag=value)


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, "3", None, True])
def test_what_is_not_above_zero(value):
    """Zero, infinity and what is no number; fractions are fine."""
    with pytest.raises(ValueError, match="interval = .*: must be a number above 0"):
        arguments.check_positive(r_max=np.float32(0.5), interval=value)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda x: gmm(POINTS, x), "n_components"),
        (lambda x: gmm(POINTS, 2, n_starts=x), "n_starts"),
        (lambda x: gmm(POINTS, 2, max_steps=x), "max_steps"),
        (lambda x: kmeans(POINTS, x), "n_components"),
        (lambda x: kmeans(POINTS, 2, n_starts=x), "n_starts"),
        (lambda x: kmeans_classes(POINTS[:, 0], x), "n_classes"),
        (lambda x: hdbscan_soft(POINTS, min_cluster_size=x), "min_cluster_size"),
        (lambda x: hdbscan_hard(POINTS, min_cluster_size=2, min_samples=x), "min_samples"),
    ],
)
def test_numbers_of_clusters_and_points_are_whole(call, named):
    """And above 0."""
    for value in (2.5, "a"):
        with pytest.raises(ValueError, match=f"{named} = {value!r}: must be a whole number"):
            call(value)
    with pytest.raises(ValueError, match=f"{named} = 0.*: must be"):
        call(0)


def test_numbers_of_frames_and_components_are_whole(labelled, wander, tmp_path):
    """Of LENS and its smoothing, of transitions, of SOAP and of principal components."""
    trajectory, delta, labels = wander(4, 6), labelled(np.zeros((9, 2))), labelled(np.zeros((9, 2), dtype=int))
    features = Features(labelled(np.random.default_rng(0).random((4, 3, 5)), last="feature"))
    for named, call in (
        ("lag", lambda x: lens(trajectory, 3, lag=x)),
        ("window", lambda x: smooth_lens(delta, window=x)),
        ("order", lambda x: smooth_lens(delta, window=5, order=x)),
        ("lag", lambda x: counts_per_atom(labels, 1, lag=x)),
        ("n_states", lambda x: residence_times(labels, x, 0.5)),
        ("n_resamples", lambda x: transitions(labels, n_resamples=x)),
        ("n_max", lambda x: soap(trajectory, [0], n_max=x, cache_folder=tmp_path)),
        ("l_max", lambda x: soap(trajectory, [0], l_max=x, cache_folder=tmp_path)),
        ("n_components", lambda x: fit_pca(features, n_components=x)),
        ("n_frames", lambda x: structure.radial_distribution(trajectory, n_frames=x)),
    ):
        with pytest.raises(ValueError, match=rf"{named} = 1.5: must be a whole number"):
            call(1.5)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interval", [0, -1, np.nan])
def test_an_interval_is_positive(labelled, interval):
    """Residence times would be 0, negative or nothing."""
    with pytest.raises(ValueError, match="interval = .*: must be a number above 0"):
        residence_times(labelled(np.zeros((3, 2), dtype=int)), 1, interval)


def test_draws_and_their_share(labelled):
    """At least one draw, and a share below 1."""
    with pytest.raises(ValueError, match="n_resamples = 0: must be a number above 0"):
        transitions(labelled(np.zeros((3, 2), dtype=int)), n_resamples=0)
    for level, message in ((1, "level = 1: must be below 1"), (0, "level = 0: must be a number above 0")):
        with pytest.raises(ValueError, match=message):
            atom_interval(np.ones((3, 1, 1)), transition_matrix, level=level)


@pytest.mark.parametrize("function", [transition_matrix, arrival_shares])
def test_counts_are_not_negative(function):
    """Probabilities of them would lie outside of 0 and 1."""
    with pytest.raises(ValueError, match="counts hold -2: .*cannot be below 0"):
        function(np.array([[3, -2], [1, 1]]))


def test_where_nobody_is_in_a_state(labelled):
    """Nothing is counted; kinetics of no state at all are refused, and so is a state too many."""
    nowhere = labelled(np.full((4, 3), -1))
    assert transition_counts(nowhere, 2).tolist() == [[0, 0], [0, 0]]
    with pytest.raises(ValueError, match="no atom is in a state in any frame"):
        transitions(nowhere)
    with pytest.raises(ValueError, match="state 2 among n_states = 2"):
        residence_times(nowhere + 3, 2, 1.0)


@pytest.mark.parametrize("cut", [np.nan, -1, "1", None, True])
def test_a_cut_is_a_distance(cut):
    """From 0 on; infinity merges all."""
    matrix = np.array([[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]])
    with pytest.raises(ValueError, match="cut = .*: must be a correlation distance, 0"):
        merge_clusters(matrix, cut=cut)
    assert merge_clusters(matrix, cut=0)[0].tolist() == [0, 1, 2]
    assert merge_clusters(matrix, cut=np.inf)[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_smoothing_needs_numbers(labelled, bad):
    """One that is none would spread over its windows: atom and frame are named."""
    values = np.full((12, 3), 0.5)
    values[7, 1] = bad
    with pytest.raises(ValueError, match="LENS of atom 8 in frame 17 is (nan|inf): smoothing needs numbers"):
        smooth_lens(labelled(values), window=5)
