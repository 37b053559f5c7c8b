"""
Write recorded_numbers.md, the list of all numbers that the notebooks record, from complete runs of them.

    python docs/recorded_numbers.py results/*/latest
"""

import re
import sys
from pathlib import Path

from soaplens_lite.study.run.folders import read_numbers
from soaplens_lite.study.values import shape_of

TARGET = Path(__file__).with_suffix(".md")
# What stands for several names: a dot separates the parts of a name.
ALIKE = {"<system>": ("copper", "gold", "water"), "<vectors>": ("soap", "joint")}
HEAD = """# What the notebooks record

The numbers in `numbers.json`, and so the columns of `soaplens table`. Made from complete runs by
`python docs/recorded_numbers.py results/*/latest`.

A value has one of four shapes: a *value* (a number, an answer, a text, or none), an *interval* (`value`, and `low` and
`high`, the ends of its 95 % interval), a *list* of values, or a *table* (lists of the same length by column; only in
`soaplens table --long`). `<system>` is copper, gold or water; `<vectors>` is soap (SOAP alone) or joint (with LENS).
"""


def general(name, known):
    """A name in which what several known names have in its place has one word: ``<vectors>.n_states``."""
    for word, parts in ALIKE.items():
        pattern = re.compile(rf"\b({'|'.join(parts)})(?=[._])")
        if pattern.search(name) and all(pattern.sub(part, name) in known for part in parts):
            name, known = pattern.sub(word, name), {pattern.sub(word, other) for other in known}
    return name


def page(folders):
    """The page as Markdown: a section for each notebook, a line for each name."""
    sections = {}
    for content in map(read_numbers, folders):
        lines = sections.setdefault(content["notebook"], {})
        for name, entry in content["numbers"].items():
            shape = "value" if entry["value"] is None else shape_of(entry["value"])
            key = general(name, set(content["numbers"]))
            if (
                key not in lines or lines[key][0] == "value"
            ):  # None may stand for an interval that could not be computed
                lines[key] = shape, entry["unit"], entry["note"]
    text = HEAD
    for notebook, lines in sorted(sections.items()):
        text += f"\n## {notebook}\n\n| name | shape | unit | meaning |\n|---|---|---|---|\n"
        rows = ((f"`{name}`", *about) for name, about in lines.items())
        text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return text


if __name__ == "__main__":
    TARGET.write_text(page(map(Path, sys.argv[1:])), "utf-8")
