"""Joining by label: planted frame numbers show every shift by one; samples and labels go back and forth."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from soaplens_lite.descriptors import (
    Features,
    join,
    lens,
    smooth_lens,
    structure_alone,
    to_labelled,
    to_samples,
)
from soaplens_lite.trajectory import make_trajectory

ATOMS = [40, 7, 12]


def planted(frames, atoms=ATOMS):
    """Spectra (frame, atom, 2) that hold their own frame and atom."""
    grid = np.stack(np.meshgrid(frames, atoms, indexing="ij"), axis=-1)
    return xr.DataArray(
        grid.astype(np.float32),
        dims=("frame", "atom", "feature"),
        coords={"frame": frames, "time": ("frame", 0.5 * np.asarray(frames)), "atom": atoms},
    )


def planted_lens(frames, atoms=ATOMS):
    """LENS (frame, atom) that holds frame + atom / 1000."""
    return planted(frames, atoms).isel(feature=0, drop=True).astype(float) + np.array(atoms) / 1000


def everything(features, **settings):
    """All blocks as one array."""
    return np.concatenate(list(features.blocks(**settings)))


def test_by_hand():
    """Spectra of the frames 0 to 5 and LENS of the frames 2 to 4: three frames, each with the LENS of its own label."""
    features = join(planted(range(6)), planted_lens(range(2, 5)))
    assert features.shape == (3, 3, 3)
    expected = [[frame, atom, frame + atom / 1000] for frame in (2, 3, 4) for atom in ATOMS]
    np.testing.assert_allclose(everything(features), expected, rtol=1e-12)


@given(n_frames=st.integers(1, 30), first=st.integers(0, 8), n_delta=st.integers(1, 20), per_block=st.integers(1, 40))
def test_every_sample_is_of_one_frame_and_one_atom(n_frames, first, n_delta, per_block):
    """Whatever the frames and the size of the blocks: the planted numbers of spectra and LENS agree in every row."""
    delta = planted_lens(range(first, min(first + n_delta, first + n_frames)))
    spectra = planted(range(first, first + n_frames + 2))
    samples = everything(join(spectra, delta), frames_per_block=per_block)
    np.testing.assert_allclose(samples[:, 2], samples[:, 0] + samples[:, 1] / 1000)
    np.testing.assert_array_equal(samples[:, 0], np.repeat(delta.frame, 3))
    alone = everything(structure_alone(spectra, delta), frames_per_block=per_block)
    np.testing.assert_array_equal(alone, samples[:, :2])


def test_frames_with_gaps():
    """Every third frame: they are found by label, not by position."""
    frames = [3, 6, 9]
    features = join(planted(range(12)), planted_lens(frames))
    assert everything(features)[::3, 0].tolist() == frames
    assert features.spectra.frame.values.tolist() == frames


def test_event_meets_the_spectrum_that_precedes_it():
    """
    From positions: all neighbors change between frames 30 and 31, and LENS peaks beside the spectra of frame 30.

    Eight pairs on a line; at frame 31 the partners change. Smoothing with an odd window does not move the peak.
    """
    places = np.repeat(np.arange(8) * 10.0, 2) + np.tile([0, 1.0], 8)
    before = np.stack([places, np.zeros(16), np.zeros(16)], axis=1)
    after = before[np.r_[0, np.roll(np.arange(1, 16), 1)]]  # Atom 0 stays, the others move on by one place.
    trajectory = make_trajectory(np.where(np.arange(61)[:, None, None] <= 30, before, after), ["Cu"] * 16)
    delta = smooth_lens(lens(trajectory, 2.0), window=7, order=2)
    samples = everything(join(planted(range(61), list(range(16))), delta)).reshape(-1, 16, 3)
    assert samples[samples[:, 0, 2].argmax(), 0, 0] == 30
    assert (samples[:, :, 2].argmax(axis=0) == samples[:, 0, 2].argmax()).all()


def test_lens_of_a_frame_without_spectra():
    """The frames that are missing are named."""
    with pytest.raises(ValueError, match=r"frames without SOAP spectra \(\[6, 7\]"):
        join(planted(range(6)), planted_lens(range(4, 8)))
    with pytest.raises(ValueError, match=r"\[3\]"):
        structure_alone(planted([0, 1, 2, 4, 5]), planted_lens(range(1, 5)))


@pytest.mark.parametrize("atoms", [[40, 7], [40, 7, 13], [7, 12, 40]])
def test_other_atoms_are_refused(atoms):
    """Fewer, others, and the same in another order."""
    for together in (join, structure_alone):
        with pytest.raises(ValueError, match="SOAP has 3 atoms and LENS .*same centers"):
            together(planted(range(6)), planted_lens(range(1, 4), atoms))


def test_blocks_are_not_the_whole():
    """No block holds more frames than asked for, all are float64, and the spectra are a view of what was given."""
    spectra = planted(range(50))
    features = join(spectra, planted_lens(range(5, 45)))
    sizes = [len(block) for block in features.blocks(frames_per_block=16)]
    assert sizes == [16 * 3, 16 * 3, 8 * 3]
    assert max(len(block) for block in features.blocks()) < 40 * 3
    assert all(block.dtype == np.float64 for block in features.blocks())
    assert np.shares_memory(features.spectra.values, spectra.values)


def test_many_atoms_make_shorter_blocks(monkeypatch):
    """Of 3 atoms with 2 + 1 numbers: 9 numbers a frame, so that 40 allow 4 frames, and 5 still one; 16 at most."""
    features = join(planted(range(40)), planted_lens(range(40)))
    for allowed, expected in ((40, 4), (5, 1), (10_000, 16)):
        monkeypatch.setattr("soaplens_lite.descriptors._joint.NUMBERS_PER_BLOCK", allowed)
        assert len(next(features.blocks())) == 3 * expected
        np.testing.assert_array_equal(everything(features), everything(features, frames_per_block=40))


def test_spectra_on_disk_are_read_block_by_block(tmp_path):
    """Of a file that is mapped, only the blocks that were asked for come into memory, as copies."""
    array = np.lib.format.open_memmap(tmp_path / "p.npy", mode="w+", dtype=np.float32, shape=(40, 3, 2))
    array[:] = planted(range(40)).values
    spectra = planted(range(40)).copy(data=array)
    features = join(spectra, planted_lens(range(40)))
    assert np.shares_memory(features.spectra.values, array)
    block = next(features.blocks())
    assert not np.shares_memory(block, array)
    np.testing.assert_array_equal(everything(features)[:, :2], array.reshape(-1, 2))


def test_samples_and_labels_by_hand(labelled):
    """Two frames of three atoms: 0 1 2 / 3 4 5, all atoms of the first frame first."""
    like = labelled(np.zeros((2, 3)), frame=[10, 11], atom=[4, 5, 9])
    back = to_labelled(np.arange(6), like, name="state", n_states=6)
    assert back.sel(frame=10).values.tolist() == [0, 1, 2] and back.sel(atom=9).values.tolist() == [2, 5]
    assert back.name == "state" and back.attrs == {"n_states": 6}
    assert back.time.values.tolist() == [5.0, 5.5]
    assert to_samples(back).tolist() == [0, 1, 2, 3, 4, 5]


@given(n_frames=st.integers(1, 6), n_atoms=st.integers(1, 6), n_components=st.integers(1, 4))
def test_round_trip(n_frames, n_atoms, n_components):
    """Labelled, to samples and back; and rows of samples are those of the blocks."""
    frames, atoms = list(range(3, 3 + n_frames)), list(range(2, 2 + n_atoms))
    scores = xr.DataArray(
        np.random.default_rng(0).normal(size=(n_frames, n_atoms, n_components)),
        dims=("frame", "atom", "component"),
        coords={"frame": frames, "atom": atoms},
    )
    samples = to_samples(scores)
    assert samples.shape == (n_frames * n_atoms, n_components)
    for component in range(n_components):
        back = to_labelled(samples[:, component], scores)
        xr.testing.assert_equal(back, scores.isel(component=component, drop=True))
    np.testing.assert_array_equal(everything(Features(scores)), samples)


def test_wrong_number_of_samples(labelled):
    """Samples of other frames do not fit."""
    with pytest.raises(ValueError):
        to_labelled(np.arange(5), labelled(np.zeros((2, 3))))
