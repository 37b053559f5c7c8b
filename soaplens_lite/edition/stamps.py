"""
The provenance that a file carries inside itself.

A figure leaves its folder sooner or later: it is sent, pasted into a talk, printed. What tells where it came from has
to travel inside. It is one line of JSON in a field that each format has for such words and that other tools show too:

========================  =====================================================
``.png``                  text chunk ``Description``
``.svg``                  ``dc:description`` in ``<metadata>``
``.pdf``                  ``Subject`` of the document information
``.mp4``, ``.gif``        the comment
``.nc``                   global attribute ``provenance``
``.gz``                   comment in the header, which readers of the data skip
``.json``                 key ``provenance``
any other                 a file beside it, ``<name>.provenance.json``
========================  =====================================================
"""

import json
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import h5netcdf
from PIL import Image

from .folders import write_json

SIDECAR = ".provenance.json"
DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
GZIP_HEADER, GZIP_NAME, GZIP_COMMENT = 10, 0x08, 0x10  # bytes of the fixed part; bits of its flags


def as_text(stamp):
    """
    A stamp as one line of plain ASCII, which every format can hold.

    Parameters
    ----------
    stamp : dict

    Returns
    -------
    text : str

    Examples
    --------
    >>> as_text({"panel": "fig1a", "parameters": {"r_cut": 6.0}})
    '{"panel":"fig1a","parameters":{"r_cut":6.0}}'
    """
    return json.dumps(stamp, separators=(",", ":"), allow_nan=False)


def figure_metadata(stamp, ending):
    """
    What matplotlib's ``savefig`` takes as ``metadata``.

    Parameters
    ----------
    stamp : dict
    ending : {".png", ".svg", ".pdf"}

    Returns
    -------
    metadata : dict
        With the stamp, and without the dates that matplotlib would add: the stamp has one, the same for all
        files of a run.
    """
    if ending == ".pdf":
        return {"Subject": as_text(stamp), "CreationDate": None, "ModDate": None}
    return {"Description": as_text(stamp)} | ({"Date": None} if ending == ".svg" else {})


def write(path, stamp):
    """
    Stamp a file that was written before: a movie, an export, a table.

    Parameters
    ----------
    path : path
        Replaced as a whole. A format that cannot hold a stamp gets a file beside it.
    stamp : dict
    """
    path = Path(path)
    stamper = {".gif": _into_gif, ".mp4": _into_mp4, ".gz": _into_gzip}.get(path.suffix)
    scratch = path.with_name(f".stamped.{path.name}")
    if stamper and stamper(path, scratch, as_text(stamp)):
        scratch.replace(path)
    else:
        write_json(path.with_name(path.name + SIDECAR), stamp)


def read(path):
    """
    The stamp that a file carries.

    Parameters
    ----------
    path : path

    Returns
    -------
    stamp : dict or None
        None if it carries none that can be read.

    Raises
    ------
    OSError
        If the file cannot be read at all.
    """
    path = Path(path)
    with open(path, "rb"):
        pass
    reader = READERS.get(path.suffix, lambda _: None)
    try:
        text = reader(path)
        sidecar = path.with_name(path.name + SIDECAR)
        if text is None and sidecar.is_file():
            text = sidecar.read_text("utf-8")
        stamp = json.loads(text) if text else None
    except (OSError, ValueError, SyntaxError, IndexError):  # a file of another origin, or half of one
        return None
    return stamp if isinstance(stamp, dict) and "notebook" in stamp else None


def _from_png(path):
    with Image.open(path) as image:
        return image.info.get("Description")


def _from_gif(path):
    with Image.open(path) as image:
        return image.info.get("comment")


def _from_svg(path):
    for _, element in ElementTree.iterparse(path):
        if element.tag == DESCRIPTION:
            return element.text
    return None


def _from_pdf(path):
    found = re.search(rb"/Subject \(((?:\\.|[^\\)])*)\)", path.read_bytes(), re.DOTALL)
    return re.sub(rb"\\(.)", rb"\1", found[1]) if found else None


def _from_mp4(path):
    """A comment is an atom ``(c)cmt`` around an atom ``data``: its length, its name, 8 bytes, the text."""
    content = path.read_bytes()
    found = re.search(rb"\xa9cmt(.{4})data.{8}(?=\{)", content, re.DOTALL)
    return content[found.end() : found.start(1) + int.from_bytes(found[1], "big")] if found else None


def _from_netcdf(path):
    with h5netcdf.File(path, "r") as data:
        return data.attrs.get("provenance")


def _from_gzip(path):
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    if head[:2] != b"\x1f\x8b" or not head[3] & GZIP_COMMENT or head[3] & ~(GZIP_COMMENT | GZIP_NAME):
        return None
    fields = head[GZIP_HEADER:].split(b"\0", 2)
    return fields[1 if head[3] & GZIP_NAME else 0]


def _from_json(path):
    content = json.loads(path.read_text("utf-8"))
    return as_text(content.get("provenance", {})) if isinstance(content, dict) else None


READERS = {
    ".png": _from_png,
    ".gif": _from_gif,
    ".svg": _from_svg,
    ".pdf": _from_pdf,
    ".mp4": _from_mp4,
    ".nc": _from_netcdf,
    ".gz": _from_gzip,
    ".json": _from_json,
}


def _into_gif(path, scratch, text):
    """A comment, in blocks of at most 255 bytes, after the header and the table of colors."""
    content, comment = path.read_bytes(), text.encode("ascii")
    start = 13 + (3 * 2 ** ((content[10] & 7) + 1) if content[10] & 0x80 else 0)
    blocks = [comment[k : k + 255] for k in range(0, len(comment), 255)]
    packed = b"".join(bytes([len(block)]) + block for block in blocks)
    scratch.write_bytes(content[:start] + b"\x21\xfe" + packed + b"\0" + content[start:])
    return True


def _into_mp4(path, scratch, text):
    """The pictures are copied as they are; without the encoder's name and date the same movie gives the same file."""
    if not find_spec("imageio_ffmpeg"):
        return False
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", "-i", path, "-codec", "copy"]
    command += ["-metadata", f"comment={text}", "-movflags", "+faststart", "-fflags", "+bitexact", scratch]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _into_gzip(path, scratch, text):
    """A field of the header that begins after its fixed part."""
    with open(path, "rb") as file, open(scratch, "wb") as stamped:
        header = bytearray(file.read(GZIP_HEADER))
        if header[:2] != b"\x1f\x8b" or header[3]:
            return False
        header[3] = GZIP_COMMENT
        stamped.write(bytes(header) + text.encode("ascii") + b"\0")
        shutil.copyfileobj(file, stamped)
    return True
