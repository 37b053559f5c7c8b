"""Movies from pictures."""

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image


def write_movie(path, images, *, frames_per_second=15, comment=""):
    """
    Write pictures as a movie: MP4 if imageio-ffmpeg is installed, otherwise GIF.

    Parameters
    ----------
    path : path
        With or without an ending; it is replaced by that of the written format.
    images : iterable of numpy.ndarray, each of shape (height, width, 3), uint8
        All of the same size.
    frames_per_second : int
        Positive.
    comment : str
        Is kept in the file, for instance what made the movie; ASCII.

    Returns
    -------
    path : pathlib.Path
        With its ending, ``.mp4`` or ``.gif``.
    """
    encode = _write_mp4 if importlib.util.find_spec("imageio_ffmpeg") else _write_gif
    path = Path(path).with_suffix(".mp4" if encode is _write_mp4 else ".gif")
    scratch = path.with_name("new-" + path.name)
    try:
        encode(scratch, images, frames_per_second, comment)
        return scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)  # an incomplete movie, if a picture could not be drawn


def _write_mp4(path, images, frames_per_second, comment=""):
    """H.264, which every browser plays. It needs even sides: the last row or column is repeated if necessary."""
    import imageio_ffmpeg

    # Without the encoder's name and date the same pictures give the same file.
    options = ["-crf", "20", "-metadata", f"comment={comment}", "-movflags", "+faststart", "-fflags", "+bitexact"]
    writer = None
    try:
        for image in images:
            height, width = image.shape[:2]
            even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            if writer is None:
                size = even.shape[1], even.shape[0]
                writer = imageio_ffmpeg.write_frames(
                    str(path), size, fps=frames_per_second, macro_block_size=2, output_params=options
                )
                writer.send(None)
            writer.send(np.ascontiguousarray(even))
    finally:
        if writer is not None:
            writer.close()


def _write_gif(path, images, frames_per_second, comment=""):
    """A palette of 256 colors for each picture."""
    first, *others = (Image.fromarray(image).quantize(256) for image in images)
    first.save(
        path, save_all=True, append_images=others, duration=1000 / frames_per_second, loop=0, comment=comment.encode()
    )
