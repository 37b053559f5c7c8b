"""Principal components in blocks: those of scikit-learn, with signs that a rule fixes."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.utils.extmath import svd_flip

from soaplens_lite.descriptors import Features, join, structure_alone
from soaplens_lite.states import fit_pca, project
from soaplens_lite.study.cost import measure


class InBlocksOf(Features):
    """Features whose blocks have a chosen number of frames."""

    def of(self, frames_per_block):
        """Choose it."""
        object.__setattr__(self, "chosen", frames_per_block)
        return self

    def blocks(self, frames_per_block=None):
        """As Features does."""
        return super().blocks(self.chosen)


def correlated(labelled, n_frames=23, n_atoms=9, n_features=12, seed=0, mean=0.5, scale=1.0):
    """Random spectra whose components depend on each other, float32 as they come from the cache."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(n_features, n_features)) * 0.6 ** np.arange(n_features)[:, None]
    values = mean + scale * rng.normal(size=(n_frames, n_atoms, n_features)) @ mixing
    return labelled(values.astype(np.float32), last="feature")


def by_rule(components):
    """The sign rule: the entry of largest magnitude is positive."""
    return np.array([row if row[np.abs(row).argmax()] > 0 else -row for row in components])


def against_sklearn(features, pca, rtol=1e-9):
    """Components, mean, ratios and scores against scikit-learn on the whole array."""
    samples = np.concatenate(list(features.blocks()))
    theirs = PCA(svd_solver="full").fit(samples)
    kept = pca.sizes["component"]
    components = by_rule(theirs.components_)[:kept]
    np.testing.assert_allclose(pca.components, components, atol=100 * rtol)
    np.testing.assert_allclose(pca["mean"], samples.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(pca.variance_ratio, theirs.explained_variance_ratio_, rtol=rtol, atol=1e-13)
    np.testing.assert_allclose(pca.cumulative_variance, np.cumsum(theirs.explained_variance_ratio_), rtol=rtol)
    scores = project(features, pca)
    expected = (samples - samples.mean(axis=0)) @ components.T
    np.testing.assert_allclose(
        scores.values.reshape(expected.shape), expected, atol=100 * rtol * np.abs(expected).max()
    )
    transformed = theirs.transform(samples)[:, :kept]
    np.testing.assert_allclose(np.abs(scores.values.reshape(expected.shape)), np.abs(transformed), atol=1e-6)
    return scores


@pytest.mark.parametrize("n_frames", [1, 7, 16, 23, 40])
def test_equals_sklearn(n_frames, labelled):
    """From one block to three, with the last one shorter; SOAP alone and with LENS."""
    spectra = correlated(labelled, n_frames, n_atoms=20)
    delta = labelled(np.random.default_rng(1).uniform(size=(n_frames, 20)))
    for features, n_features in ((structure_alone(spectra, delta), 12), (join(spectra, delta), 13)):
        pca = fit_pca(features, variance=0.9, signs="loadings")
        assert 1 < pca.sizes["component"] < 12 and pca.sizes["feature"] == n_features
        against_sklearn(features, pca)


@pytest.mark.parametrize("frames_per_block", [1, 2, 5, 1000])
def test_blocks_do_not_matter(frames_per_block, labelled):
    """Frame by frame or all at once, the same to rounding."""
    spectra = correlated(labelled)
    features = InBlocksOf(spectra).of(frames_per_block)
    against_sklearn(features, fit_pca(features, n_components=5, signs="loadings"))


def test_small_spread_far_from_zero(labelled):
    """Spread 0.01 about 1000: sums of squares about zero would lose all digits of it."""
    features = Features(correlated(labelled, mean=1000.0, scale=0.01).astype(float))
    pca = fit_pca(features, n_components=3, signs="loadings")
    samples = np.concatenate(list(features.blocks()))
    theirs = PCA(svd_solver="full").fit(samples)
    np.testing.assert_allclose(pca.variance_ratio[:3], theirs.explained_variance_ratio_[:3], rtol=1e-4)
    np.testing.assert_allclose(pca.components, by_rule(theirs.components_)[:3], atol=1e-3)


def cross(labelled, squares):
    """Pairs of points at plus and minus sqrt(square) along each axis: the variances are in the ratio of the squares."""
    n = len(squares)
    points = np.zeros((2, n, n))
    for axis, square in enumerate(squares):
        points[0, axis, axis], points[1, axis, axis] = np.sqrt(square), -np.sqrt(square)
    return Features(labelled(points, last="feature"))


@pytest.mark.parametrize(
    "variance, kept", [(0.3, 1), (0.49, 1), (0.51, 2), (0.79, 2), (0.81, 3), (0.94, 3), (0.96, 4), (0.9999, 4)]
)
def test_number_of_components_by_hand(variance, kept, labelled):
    """Variances 5 : 3 : 1.5 : 0.5 retain 50 %, 80 %, 95 %, 100 %: the fewest that reach the target."""
    pca = fit_pca(cross(labelled, [3, 0.5, 5, 1.5]), variance=variance)
    np.testing.assert_allclose(pca.variance_ratio, [0.5, 0.3, 0.15, 0.05])
    np.testing.assert_allclose(pca.cumulative_variance, [0.5, 0.8, 0.95, 1])
    assert pca.component.values.tolist() == list(range(1, kept + 1))
    assert pca.attrs["variance_retained"] == pytest.approx([0.5, 0.8, 0.95, 1][kept - 1])
    assert np.abs(pca.components.values).argmax(axis=1).tolist() == [2, 0, 3, 1][:kept]


@pytest.mark.parametrize("seed", range(40))
def test_target_that_rounding_keeps_out_of_reach(seed, labelled):
    """A share just below 1: the shares may sum up to less, and all components are as many as there are."""
    values = np.random.default_rng(seed).normal(size=(3, 9, 12))
    assert fit_pca(Features(labelled(values, last="feature")), variance=np.nextafter(1, 0)).sizes["component"] <= 12


def test_a_share_that_is_just_reached(labelled):
    """Two directions of the same variance: one of them has half, which is enough for half."""
    cross = Features(labelled(np.array([[[1.0, 0], [-1, 0], [0, 1], [0, -1]]]), last="feature"))
    assert fit_pca(cross, variance=0.5).sizes["component"] == 1
    assert fit_pca(cross, variance=0.51).sizes["component"] == 2


def test_given_number_overrides_the_share(labelled):
    """Three of four, whatever they retain."""
    assert fit_pca(cross(labelled, [3, 0.5, 5, 1.5]), variance=0.1, n_components=3).sizes["component"] == 3


def test_published_default_is_99_5_percent(labelled):
    """Ratios 0.8, 0.19, 0.004, 0.003, 0.003: three retain 99.4 %, four 99.7 %."""
    assert fit_pca(cross(labelled, [80, 19, 0.4, 0.3, 0.3])).sizes["component"] == 4


def test_loadings_are_positive(labelled):
    """The largest entry of every component is positive; mirrored data keep the components and mirror the scores."""
    spectra = correlated(labelled, seed=4)
    features, mirrored = Features(spectra), Features(-spectra)
    pca, other = (fit_pca(data, n_components=12, signs="loadings") for data in (features, mirrored))
    for row in pca.components.values:
        assert row[np.abs(row).argmax()] > 0
        assert np.linalg.norm(row) == pytest.approx(1)
    np.testing.assert_allclose(other.components, pca.components, atol=1e-8)
    np.testing.assert_allclose(project(mirrored, other), -project(features, pca), atol=1e-7)
    assert fit_pca(features).identical(fit_pca(Features(spectra.copy(deep=True))))


@pytest.mark.parametrize("signs, u_based", [("scores", True), ("loadings", False)])
@pytest.mark.parametrize("frames_per_block", [1, 4, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_signs_are_those_of_sklearn(signs, u_based, frames_per_block, seed, labelled):
    """The rule of scikit-learn before 1.5 goes by the scores, that of later versions by the loadings."""
    features = InBlocksOf(correlated(labelled, seed=seed)).of(frames_per_block)
    samples = np.concatenate(list(features.blocks()))
    u, _, vt = np.linalg.svd(samples - samples.mean(axis=0), full_matrices=False)
    _, expected = svd_flip(u, vt, u_based_decision=u_based)
    pca = fit_pca(features, n_components=12, signs=signs)
    np.testing.assert_allclose(pca.components, expected, atol=1e-7)
    assert fit_pca(features, n_components=3).equals(fit_pca(features, n_components=3, signs="scores"))


def test_the_rules_differ(labelled):
    """Scores 4, -1, -1, -2 along a component whose only entry is negative: the scores decide against the loading."""
    values = np.array([[[0, -4.0], [0, 1], [0, 1], [0, 2]]])
    by_scores, by_loadings = (
        fit_pca(Features(labelled(values, last="feature")), signs=s) for s in ("scores", "loadings")
    )
    np.testing.assert_allclose(by_scores.components, [[0, -1]], atol=1e-12)
    np.testing.assert_allclose(by_loadings.components, [[0, 1]], atol=1e-12)


@pytest.mark.parametrize("frames_per_block", [1, 2, 1000])
def test_of_equal_scores_the_first_counts(frames_per_block, labelled):
    """Points at 0.1, -5, 5 and -0.1 along (0.6, 0.8): -5 comes first and becomes positive, in any blocks."""
    values = np.array([0.1, -5, 5, -0.1])[:, None, None] * np.array([0.6, 0.8])
    features = InBlocksOf(labelled(values, last="feature")).of(frames_per_block)
    pca = fit_pca(features, n_components=1, signs="scores")
    np.testing.assert_allclose(pca.components, [[-0.6, -0.8]], atol=1e-12)


def test_unknown_rule(labelled):
    """There are two."""
    with pytest.raises(ValueError, match="signs = 'first'"):
        fit_pca(Features(correlated(labelled)), signs="first")


def test_scores_keep_their_labels(labelled):
    """Frames, times and atoms of the features, components from 1."""
    spectra, delta = correlated(labelled, 30), labelled(np.zeros((20, 9)), frame=np.arange(15, 35))
    features = join(spectra, delta)
    scores = project(features, fit_pca(features, n_components=2))
    assert scores.dims == ("frame", "atom", "component")
    assert scores.frame.values.tolist() == list(range(15, 35)) and scores.time.values[0] == 7.5
    assert scores.atom.values.tolist() == delta.atom.values.tolist()
    assert scores.component.values.tolist() == [1, 2]
    np.testing.assert_allclose(scores.mean(("frame", "atom")), 0, atol=1e-12)


@pytest.mark.parametrize("variance", [0, 1, -0.1, 1.5, np.nan])
def test_share_out_of_range(variance, labelled):
    """A share is between 0 and 1, both excluded."""
    with pytest.raises(ValueError, match="variance = .*: must be between 0 and 1"):
        fit_pca(Features(correlated(labelled)), variance=variance)


@pytest.mark.parametrize("n_components", [0, -1, 13])
def test_number_out_of_range(n_components, labelled):
    """There are twelve features."""
    with pytest.raises(ValueError, match=f"n_components = {n_components}: must be between 1 and 12"):
        fit_pca(Features(correlated(labelled)), n_components=n_components)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1000.1])
@pytest.mark.parametrize("n_frames", [1, 7, 40])
def test_no_variance(value, n_frames, labelled):
    """All vectors the same, also where rounding makes a difference of them."""
    with pytest.raises(ValueError, match="all vectors are the same"):
        fit_pca(Features(labelled(np.full((n_frames, 7, 4), value), last="feature")))


@pytest.mark.slow
def test_features_stay_what_they_are_and_memory_small(labelled):
    """Neither function changes the spectra, which it takes in blocks: far less memory than all vectors would take."""
    spectra = correlated(labelled, n_frames=400, n_atoms=250, n_features=100)
    before = spectra.copy(deep=True)
    features = Features(spectra)
    pca, _, fitting = measure(lambda: fit_pca(features, n_components=2))
    _, _, projecting = measure(lambda: project(features, pca))
    assert np.array_equal(spectra, before)
    assert max(fitting, projecting) < 0.3 * 8 * spectra.size
