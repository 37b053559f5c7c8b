"""Repeating a trajectory in space and time: the surroundings of every atom stay what they are."""

import numpy as np
import pytest

from soaplens_lite.descriptors import lens, soap
from soaplens_lite.trajectory import lengths_and_angles, make_trajectory, repeat_frames, supercell

CELLS = {"right-angled": [9, 10, 11, 90, 90, 90], "oblique": [9, 10, 11, 80, 95, 70]}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_copies_have_the_surroundings_of_the_original(wander, cell, tmp_path):
    """LENS and SOAP of every copy are those of the original, also across boundaries."""
    small = wander(3, 30, cell=cell, species=("O", "H"))
    large = supercell(small, (1, 2, 3))
    assert large.sizes["atom"] == 6 * 30
    np.testing.assert_allclose(lengths_and_angles(large.cell[0]), [9, 20, 33, *cell[3:]])
    assert large.species.values.tolist() == small.species.values.tolist() * 6
    delta, deltas = (lens(system, 3.5).values for system in (small, large))
    assert delta.max() > 0
    assert np.array_equal(deltas.reshape(2, 6, 30), np.repeat(delta[:, None], 6, axis=1))
    options = {"r_cut": 3.5, "n_max": 2, "l_max": 2, "n_jobs": 1, "cache_folder": tmp_path}
    spectra = soap(small, [4], **options).values
    last = soap(large, [4 + 5 * 30], **options).values
    np.testing.assert_allclose(last, spectra, atol=1e-5)


def test_frames_run_forth_and_back(wander):
    """Counted by hand for three frames: 0 1 2 1 0 1 2 1; fewer than there are is a cut."""
    short = wander(3, 4, cell=[9, 9, 9, 90, 90, 90])
    long = repeat_frames(short, 8)
    assert np.array_equal(long.positions.values, short.positions.values[[0, 1, 2, 1, 0, 1, 2, 1]])
    assert long.frame.values.tolist() == list(range(8)) and long.time.values.tolist() == [0.5 * k for k in range(8)]
    assert long.periodic and repeat_frames(short, 2).sizes["frame"] == 2
    later = repeat_frames(short.isel(frame=slice(1, 3)), 3)  # Begins at 0.5 ns, at intervals of 0.5.
    assert later.time.values.tolist() == [0, 0.5, 1]


def test_what_cannot_be_repeated(wander):
    """No cell, no copies, no frames to run through."""
    alone = wander(2, 4)
    with pytest.raises(ValueError, match="is not periodic"):
        supercell(alone, (1, 1, 2))
    with pytest.raises(ValueError, match=r"copies = \(1, 0, 2\): must be three numbers, each at least 1"):
        supercell(wander(2, 4, cell=[9, 9, 9, 90, 90, 90]), (1, 0, 2))
    with pytest.raises(ValueError, match="n_frames = 0, 2 frames to repeat"):
        repeat_frames(alone, 0)
    with pytest.raises(ValueError, match="n_frames = 5, 1 frames to repeat"):
        repeat_frames(make_trajectory([[[0, 0, 0]]], ["Cu"]), 5)
