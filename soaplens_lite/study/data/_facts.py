"""
What is known about the user's own trajectory: the table before a run, what lacks in it, and what a look shows.

Each fact is from the file, stated, or guessed. What would change results and was only guessed, or looks wrong, has to
be confirmed.
"""

from itertools import compress

import numpy as np

from soaplens_lite.study import DataError, columns
from soaplens_lite.trajectory._look import heed, look

from ._statement import HOW_TO_STATE, how_to_confirm

MISSING = "missing"
COMPARED = ("n_frames", "n_atoms", "n_centers", "species")  # given by the user; must agree with the files
MUST_BE_STATED = ("length_unit", "motion")  # doubts of a look that a run does not begin with


def rows_of(statement, found, files, known, species):
    """What is known, its value, and where it is from."""
    symbols = np.unique(species.symbols, return_counts=True)
    atoms = ", ".join(f"{number} {symbol}" for symbol, number in zip(*symbols, strict=True))
    topology, *parts = files
    named = [("trajectory", file) for file in parts]
    if topology and topology.path not in statement.parts:
        named.append(("topology", topology))
    rows = [(what, file.path.name, f"{file.size} bytes, sha256 {file.sha256[:12]}...") for what, file in named]
    rows.append(_frames(found))
    rows.append(("atoms", atoms, _confirmed(species.origin, "elements", species.doubtful, statement)))
    interval = f"{known['interval']:g} {known['units'].time}" if known["interval"] else "?"
    rows.append(("interval", interval, _origin(statement.interval, found.interval, "{:g} ns")))
    cell = statement.cell or found.cell
    if known["periodic"] or not cell and statement.periodic is None:
        length = known["units"].length
        units = length if cell and len(cell) == 9 else f"{length}, degrees"
        shown = f"{' '.join(f'{x:.5g}' for x in cell)} ({units})" if cell else "?"
        if isinstance(known["periodic"], tuple):
            shown += f", periodic along {' and '.join(compress('abc', known['periodic']))}"
        rows.append(("cell", shown, _origin(statement.cell, found.cell, "another")))
    else:
        rows.append(("cell", "not periodic", "stated"))
    origin = "stated" if "centers" in statement.model_fields_set else "nothing stated"
    rows.append(("centers", f"{statement.centers}: {known['n_centers'] or 'no'} atoms", origin))
    return tuple(rows)


def _frames(found):
    """How many frames are analyzed, and which."""
    n_frames, chosen = len(found.chosen), found.chosen
    if n_frames == found.available:
        return "frames", str(n_frames), "from the file"
    which = f"{chosen[0]} to {chosen[-1]}, every {chosen.step}" if chosen.step > 1 else f"{chosen[0]} to {chosen[-1]}"
    return "frames", f"{n_frames} of {found.available}: {which}", "stated"


def _confirmed(origin, fact, doubt, statement):
    """Where a guessed fact is from, and that the user confirmed it."""
    return f"{origin}; confirmed" if doubt and fact in statement.confirmed else origin


def _origin(stated, found, text):
    """Where a value is from."""
    if stated is None:
        return MISSING if found is None else "from the file"
    return "stated" if found is None or found == stated else f"stated; the file says {text.format(found)}"


def missing(statement, found, species, known):
    """What is needed, but is neither in the files nor given by the user."""
    name, faults = statement.name, []
    if species.unknown:
        faults.append(f"elements: {', '.join(species.unknown)} not understood: state them ({HOW_TO_STATE['elements']})")
    guessed = dict(found.guessed)
    if species.doubtful:
        guessed["elements"] = "; ".join(species.doubtful[:5])
    for fact, why in guessed.items():
        if fact not in (*statement.confirmed, *statement.model_fields_set):
            faults.append(f"{fact}: {why}: state it ({HOW_TO_STATE[fact]}) or confirm it ({how_to_confirm(fact)})")
    if known["interval"] is None:
        faults.append(f"interval: {name} holds no times: state the ns between frames ({HOW_TO_STATE['interval']})")
    if not (statement.cell or found.cell) and statement.periodic is not False:
        faults.append(
            f"cell: {name} has no cell: state it, or that the system is not periodic ({HOW_TO_STATE['cell']})"
        )
    return faults


def contradictions(statement, found, known):
    """Statements that do not agree with each other or with the files."""
    faults = []
    if statement.cell and statement.periodic is False:
        faults.append("cell: a cell is stated, and that the system is not periodic: state only one of them")
    called = {str(name) for key in ("elements", "names", "types") for name in found.columns.get(key, ())}
    if strange := [name for name in statement.elements if name not in called]:
        names = ", ".join(sorted(called)[:10])
        faults.append(f"elements: no atom is called {strange[0]!r}; the files call them {names}")
    for key in COMPARED:
        said, is_so = getattr(statement, key), known[key]
        if said is not None and is_so and (set(said) != set(is_so) if key == "species" else said != is_so):
            faults.append(f"{key}: {said} is stated, but there are {is_so}")
    return faults


def looked_at(data_set, read, statement):
    """The data set with what a look at its frames shows; an error if it cannot be right."""
    unit = "Angstrom" if statement.length_unit is None else f"units of {statement.length_unit:g} Angstrom"
    seen = look(read, angstrom=statement.length_unit)
    where = f"seen in {seen.n_frames} frame{'s' if seen.n_frames > 1 else ''}"
    shown = {
        "distances": ("nearest", seen.nearest),
        "boundary": ("nearest across", seen.across),
        "motion": ("per frame", seen.step),
    }
    rows = [(name, f"{what} {value:.3g} {unit}", where) for name, (what, value) in shown.items() if np.isfinite(value)]
    stops, doubts = heed(seen, statement.name, statement.confirmed)
    stops += [doubt for doubt in doubts if doubt.startswith(MUST_BE_STATED)]
    if stops:
        advice = [f"{text}. {_remedy(text.partition(':')[0])}" for text in stops]
        raise DataError("\n".join([columns([*data_set.rows, *rows]), *advice]))
    return data_set.model_copy(update={"rows": (*data_set.rows, *rows), "doubts": tuple(doubts)})


def _remedy(fact):
    """What the user can do about a fact that looks wrong."""
    stated = f"State it ({HOW_TO_STATE[fact]}), or confirm it" if fact in HOW_TO_STATE else "If it is right, confirm it"
    return f"{stated} ({how_to_confirm(fact)})"
