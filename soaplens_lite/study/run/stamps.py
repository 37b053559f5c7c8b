"""
The stamp, the provenance that a file carries inside itself.

A figure leaves its folder: it is sent, or pasted into a talk. Therefore it carries its provenance, as one line of JSON
in a field that the format has for comments and that other tools show, too. Whoever writes a file hands the stamp to the
library that writes it; this module knows the fields and reads them.

========================  =====================================================
``.png``                  text chunk ``Description``
``.svg``                  ``dc:description`` in ``<metadata>``
``.pdf``                  ``Subject`` of the document information
``.mp4``, ``.gif``        the comment
``.nc``                   global attribute ``provenance``
``.xyz.gz``               ``provenance`` in the first comment line, percent-encoded
``.json``                 key ``provenance``
any other                 a file beside it, ``<name>.provenance.json``
========================  =====================================================
"""

import gzip
import json
import re
import zlib
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import h5netcdf
from PIL import Image

from soaplens_lite.study.run.folders import write_json

SIDECAR = ".provenance.json"
DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


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
    Put the stamp of a file that cannot carry one, or was written without it, into a file beside it.

    Parameters
    ----------
    path : path
    stamp : dict
    """
    path = Path(path)
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
    except (OSError, EOFError, ValueError, SyntaxError, LookupError, zlib.error):  # of another origin, or incomplete
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


def _from_extended_xyz(path):
    """The comment line of the first frame, which is the second line."""
    from ase.io.extxyz import key_val_str_to_dict

    with gzip.open(path, "rt", encoding="utf-8") as file:
        file.readline()
        text = key_val_str_to_dict(file.readline()).get("provenance")
    return unquote(text) if isinstance(text, str) else None


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
    ".gz": _from_extended_xyz,
    ".json": _from_json,
}
