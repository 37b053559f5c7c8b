"""
The parameters of a notebook, checked against its model (`soaplens_lite.edition.models`).

A wrong value is refused before anything starts, with what was given and what is allowed.
"""

import ast
from typing import get_args

import jupytext
from pydantic import ValidationError

from . import EditionError, suggest
from .models import MODELS

TYPES = {float: "a number", int: "a whole number", bool: "true or false", str: "a name"}
BOUNDS = (("gt", "above"), ("ge", "at least"), ("lt", "below"), ("le", "at most"))


class ParameterError(EditionError):
    """A parameter that is unknown or has a value that makes no sense."""


def model_of(notebook):
    """
    The model of a notebook's parameters.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.

    Returns
    -------
    model : type of pydantic.BaseModel

    Raises
    ------
    ParameterError
        If the notebook has none.
    """
    if notebook not in MODELS:
        raise ParameterError(f"no parameters are known for the notebook {notebook!r}; {suggest(notebook, MODELS)}")
    return MODELS[notebook]


def validate(notebook, given):
    """
    All parameters of a notebook: the given ones, checked, and the defaults of the others.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    given : dict of str to (str, number or bool)
        Text is read as the type that the parameter has.

    Returns
    -------
    parameters : dict

    Raises
    ------
    ParameterError
        If a name is unknown, or a value has the wrong type or is out of range. All faults are named at once.

    Examples
    --------
    >>> validate("01_cu211", {"r_cut": "5.5"})["r_cut"]
    5.5
    >>> validate("01_cu211", {"r_cut": 0})
    Traceback (most recent call last):
    soaplens_lite.edition.parameters.ParameterError: r_cut = 0 Angstrom: must be a number, above 1
    """
    model = model_of(notebook)
    try:
        return model.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise ParameterError("\n".join(_explain(model, fault) for fault in error.errors())) from None


def in_notebook(notebook, namespace):
    """
    The parameters that a notebook is being executed with, checked.

    A notebook that is run by hand, or by papermill itself, has not been checked by the runner: it does so here,
    before its work starts.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    namespace : dict
        The notebook's variables, as ``globals()`` gives them; other names in it are passed over.

    Returns
    -------
    parameters : dict

    Raises
    ------
    ParameterError
        As for `validate`.
    """
    return validate(notebook, {name: namespace[name] for name in model_of(notebook).model_fields if name in namespace})


def studies_within(notebook, given):
    """
    The case studies that a notebook looks at together, each with the parameters that it would have alone.

    Parameters
    ----------
    notebook : str
        ``04_cost`` for instance.
    given : dict
        All parameters of this notebook. Those that a study has too, by the same name, take the place of the study's
        defaults.

    Returns
    -------
    studies : dict of str to (str, dict)
        By the parameter that names the data set: the study's notebook and its parameters. Empty for a notebook that is
        about one study.

    Raises
    ------
    ParameterError
        If they make no sense for one of the studies.

    Examples
    --------
    >>> studies = studies_within("04_cost", validate("04_cost", {"n_max": 4}))
    >>> {name: (study, settings["r_cut"], settings["n_max"]) for name, (study, settings) in studies.items()}
    {'copper': ('01_cu211', 6.0, 4), 'gold': ('02_au_nanoparticle', 4.48, 4), 'water': ('03_ice_water', 6.0, 4)}
    """
    studies = {}
    for name, field in model_of(notebook).model_fields.items():
        study = (field.json_schema_extra or {}).get("study")
        if study:
            shared = {key: given[key] for key in MODELS[study].model_fields if key in given}
            studies[name] = study, validate(study, shared | {"data": given[name]})
    return studies


def _explain(model, fault):
    """One fault that pydantic found, in the words of the notebook."""
    if not fault["loc"]:
        return str(fault["ctx"]["error"])
    name = fault["loc"][0]
    if fault["type"] == "extra_forbidden":
        return f"{name} = {fault['input']}: no parameter has this name; {suggest(name, model.model_fields)}"
    unit = unit_of(model.model_fields[name])
    return f"{name} = {fault['input']}{unit and ' '}{unit}: must be {allowed(model.model_fields[name])}"


def unit_of(field):
    """
    Unit of a parameter.

    Parameters
    ----------
    field : pydantic.fields.FieldInfo

    Returns
    -------
    unit : str
        Empty for plain numbers and names.
    """
    return (field.json_schema_extra or {}).get("unit", "")


def allowed(field):
    """
    Which values a parameter may have, in words.

    Parameters
    ----------
    field : pydantic.fields.FieldInfo

    Returns
    -------
    text : str

    Examples
    --------
    >>> allowed(MODELS["01_cu211"].model_fields["n_max"])
    'a whole number, at least 1 and at most 20'
    """
    if choices := get_args(field.annotation):
        return " or ".join(choices)
    bounds = [
        f"{word} {getattr(limit, key):.10g}" for limit in field.metadata for key, word in BOUNDS if hasattr(limit, key)
    ]
    return ", ".join([TYPES[field.annotation], " and ".join(bounds)] if bounds else [TYPES[field.annotation]])


def notebook_defaults(path):
    """
    What the parameters cell of a notebook assigns, read without executing it.

    Parameters
    ----------
    path : path
        Notebook in percent format with one cell tagged ``parameters``, whose lines are
        ``name: type = value  # unit or meaning``.

    Returns
    -------
    defaults : dict
        Names and values in the order of the cell.

    Raises
    ------
    ParameterError
        If there is no such cell or more than one, or it holds something other than assignments of plain values.
    """
    cells = [cell for cell in jupytext.read(path).cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ParameterError(f"{path}: {len(cells)} cells are tagged 'parameters'; there must be one")
    defaults = {}
    for statement in ast.parse(cells[0].source).body:
        try:
            defaults[statement.target.id] = ast.literal_eval(statement.value)
        except (AttributeError, ValueError):
            line = ast.get_source_segment(cells[0].source, statement)
            raise ParameterError(f"{path}: {line!r} in the parameters cell is not `name: type = value`") from None
    return defaults
