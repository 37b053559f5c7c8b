"""What other tools open: extended XYZ read back by ASE, and movies read back picture by picture."""

import gzip

import imageio_ffmpeg
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from ase.io import read
from PIL import Image

from soaplens_lite import export
from soaplens_lite.export import write_movie, write_states
from soaplens_lite.plots.movie import journey_movie
from soaplens_lite.trajectory import make_trajectory


@pytest.fixture
def system():
    """Six frames of four atoms of which the last three are analyzed in frames 1 to 4."""
    rng = np.random.default_rng(1)
    trajectory = make_trajectory(
        rng.uniform(0, 9, (6, 4, 3)), ["H", "O", "O", "O"], cell=[9, 9, 9, 90, 90, 90], interval=0.5
    )
    coords = {"frame": [1, 2, 3, 4], "time": ("frame", [0.5, 1.0, 1.5, 2.0]), "atom": [1, 2, 3]}
    states = xr.DataArray(rng.integers(0, 2, (4, 3)), dims=("frame", "atom"), coords=coords)
    lens = xr.DataArray(rng.uniform(0, 1, (4, 3)), dims=("frame", "atom"), coords=coords)
    return trajectory, states, lens


def test_states_come_back(system, tmp_path):
    """Every second analyzed frame: atoms, cell, values, time and units as they were."""
    trajectory, states, lens = system
    path = write_states(
        tmp_path / "x.xyz.gz", trajectory, {"state": states, "lens": lens}, stride=2, units={"lens": "1"}
    )
    frames = read(path, index=":", format="extxyz")
    assert [atoms.info["frame"] for atoms in frames] == [1, 3]
    for atoms in frames:
        frame = atoms.info["frame"]
        np.testing.assert_allclose(atoms.positions, trajectory.positions.sel(frame=frame, atom=[1, 2, 3]), atol=1e-6)
        np.testing.assert_array_equal(atoms.arrays["state"], states.sel(frame=frame))
        np.testing.assert_allclose(atoms.arrays["lens"], lens.sel(frame=frame), atol=1e-7)
        assert atoms.arrays["index"].tolist() == [1, 2, 3] and atoms.get_chemical_symbols() == ["O"] * 3
        assert atoms.info["time"] == frame * 0.5 and atoms.pbc.all()
        assert atoms.info["units"] == "pos in Angstrom, time in ns, lens in 1"
        np.testing.assert_allclose(atoms.cell.lengths(), 9)


def test_the_same_data_give_the_same_file(system, tmp_path):
    """No date and no name in the compressed file; nothing else is left in the folder."""
    trajectory, states, _ = system
    one = write_states(tmp_path / "one.xyz.gz", trajectory, {"state": states})
    other = write_states(tmp_path / "other.xyz.gz", trajectory, {"state": states})
    assert one.read_bytes() == other.read_bytes()
    assert gzip.decompress(one.read_bytes()).startswith(b"3\nLattice=")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.xyz.gz", "other.xyz.gz"]


def test_values_must_fit(system, tmp_path):
    """Other frames or a stride of zero are refused before a file is there."""
    trajectory, states, lens = system
    with pytest.raises(ValueError, match="'lens' is not on the frames"):
        write_states(tmp_path / "x.xyz.gz", trajectory, {"state": states, "lens": lens.isel(frame=slice(1, None))})
    with pytest.raises(ValueError, match="stride = 0 frames: must be at least 1"):
        write_states(tmp_path / "x.xyz.gz", trajectory, {"state": states}, stride=0)
    assert not list(tmp_path.iterdir())


def test_gif_where_mp4_cannot_be(tmp_path, monkeypatch):
    """Three pictures of one color each come back in their order."""
    monkeypatch.setattr(export.importlib.util, "find_spec", lambda name: None)
    images = [np.full((8, 9, 3), color, dtype=np.uint8) for color in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    path = write_movie(tmp_path / "movie", images, frames_per_second=10)
    assert path.name == "movie.gif"
    with Image.open(path) as movie:
        assert movie.n_frames == 3
        for k, image in enumerate(images):
            movie.seek(k)
            np.testing.assert_allclose(np.asarray(movie.convert("RGB"))[4, 4], image[4, 4], atol=8)


def test_journey_follows_the_atom(system):
    """As many pictures as asked for, all of one size, and none like the one before."""
    trajectory, states, lens = system
    scores = xr.concat([lens, lens**2], dim="component").transpose("frame", "atom", "component")
    table = pd.DataFrame({"name": ["slow", "fast"], "color": ["#dcd8ea", "#ec0299"]})
    pictures = list(
        journey_movie(
            trajectory,
            scores,
            states,
            table,
            atom=2,
            frames=[1, 2, 3, 4],
            radius=1.0,
            n_pictures=3,
            size=(60, 30),
            n_jobs=1,
        )
    )
    assert len(pictures) == 3 and len({picture.shape for picture in pictures}) == 1
    assert all((one != other).any() for one, other in zip(pictures, pictures[1:], strict=False))


def test_mp4_plays_back(tmp_path):
    """Odd sides become even; as many pictures come back as were written, in their colors."""
    images = [np.full((33, 47, 3), color, dtype=np.uint8) for color in ((200, 30, 30), (30, 200, 30), (30, 30, 200))]
    path = write_movie(tmp_path / "movie.gif", images * 4, frames_per_second=10)
    assert path.name == "movie.mp4"
    frames = imageio_ffmpeg.read_frames(str(path))
    width, height = next(frames)["size"]
    assert (width, height) == (48, 34)
    back = [np.frombuffer(frame, dtype=np.uint8).reshape(height, width, 3) for frame in frames]
    assert len(back) == 12
    for image, seen in zip(images, back, strict=False):
        np.testing.assert_allclose(seen[15, 20].astype(float), image[15, 20], atol=25)
