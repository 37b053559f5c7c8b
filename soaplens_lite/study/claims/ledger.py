"""
The ledger of what the paper says, claim by claim.

Every claim names the recorded quantity that it is compared with, the tiers of data on which it can be judged, and the
verdict that is expected on the bundled samples, with the reason; on the paper's own data it is "reproduced", unless the
claim says otherwise. Where the authors published another trajectory of the system, it also says what is expected on
that one.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from soaplens_lite.study import StudyError, bundled

Verdict = Literal["reproduced", "differs", "not settled", "not evaluated", "source inconsistent"]
Value = bool | int | float | str
Clusterings = Literal["soap", "joint", "finer", "joint clusters"]
REPRODUCED, DIFFERS, NOT_SETTLED, NOT_EVALUATED, INCONSISTENT = VERDICTS = Verdict.__args__
EVERY_STATE, NUMBER_OF_STATES = "every state", "number of states"
ONLY_THE_PAPER = "only the paper's trajectory can decide a number of the paper's trajectory"

# Which notebook records what the claims of a study are compared with.
NOTEBOOKS = {
    "cu211": "01_cu211",
    "au309": "02_au_nanoparticle",
    "icewater": "03_ice_water",
    "cost": "04_cost",
}


class ClaimError(StudyError):
    """A ledger that cannot be read, or a claim that cannot be judged."""


class Claim(BaseModel):
    """
    One checkable statement of the paper.

    Attributes
    ----------
    id : str
        Study, subject and detail, joined by dots.
    section, figure : str
        Where the paper says it; `figure` is empty where no figure shows it.
    study : {"cu211", "au309", "icewater", "cost"}
    kind : {"number", "count", "relation", "finding", "method"}
    statement : str
        In our words.
    published : number, str or bool
        What the paper gives; for a finding, what it comes to in few words.
    unit : str
        "%" where a recorded share is to be compared in percent.
    tolerance : float
        How far a measured number may be from the published one, in that unit.
    reason : str
        Of the tolerance, or of the bound.
    parameter : str
        The parameter of the study that is compared; empty unless the claim is about a setting.
    quantity : str
        The recorded quantity: the name of a number, or the path of a variable in ``results.nc``. Both are empty only
        where the source contradicts itself about something that nothing measures.
    select : dict of str to (str or int)
        Which value of it, see `soaplens_lite.study.claims.results.measured`.
    words : str
        What follows a measured number: "of the fast points", "states".
    share : bool
        Whether a measured share is written in percent.
    yes, no : str
        How a measured answer is written.
    test : {"within", "above", "below", "at least", "at most", "is"}
        What the quantity has to be: within the tolerance of the published value, or compared with `than`.
    than : number, bool or str
        A bound, or for a relation the name of another quantity.
    than_select : dict of str to (str or int)
        Which value of that quantity.
    depends_on : dict of str to tuple of str
        By clustering ("soap", "joint", "finer"; "joint clusters" for micro-clusters), what rotations of the points must
        find again: kinds of states, "every state", or "number of states". Otherwise the method does not settle the
        claim.
    cell_of : str
        Id of the matrix that the claim is a cell of; usually empty.
    title : str
        Of that matrix.
    cell : tuple of str
        Its row and column there; the row is empty in a list of numbers.
    contradicted_by : str
        What the source says elsewhere; empty if it agrees with itself.
    tiers : tuple of {"sample", "authors", "paper"}
        Data on which the claim can be judged; none where nothing was published to compare with.
    expected, expected_reason : str
        Verdict on the bundled samples, and why.
    expected_on_paper, expected_on_paper_reason : str
        The same on the paper's data, where it is not "reproduced"; usually empty.
    expected_on_authors, expected_on_authors_reason : str
        The same on the authors' other data; the reason also says why they cannot decide a claim. Empty where there are
        none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str = Field(pattern=r"^[a-z0-9]+(\.[a-z0-9-]+)+$")
    section: str = Field(min_length=1)
    figure: str
    study: Literal[tuple(NOTEBOOKS)]
    kind: Literal["number", "count", "relation", "finding", "method"]
    statement: str = Field(min_length=10)
    published: Value
    unit: str = ""
    tolerance: float = Field(0.0, ge=0, strict=False)
    reason: str = Field(min_length=3)
    parameter: str = ""
    quantity: str = ""
    select: dict[str, int | str] = {}
    words: str = ""
    share: bool = False
    yes: str = "yes"
    no: str = "no"
    test: Literal["within", "above", "below", "at least", "at most", "is"] = "within"
    than: Value | None = None
    than_select: dict[str, int | str] = {}
    depends_on: dict[Clusterings, Annotated[tuple[str, ...], Field(strict=False)]] = {}
    cell_of: str = ""
    title: str = ""
    cell: tuple[str, str] = ("", "")
    contradicted_by: str = ""
    tiers: tuple[Literal["sample", "authors", "paper"], ...] = Field(strict=False)
    expected: Verdict = NOT_EVALUATED
    expected_reason: str = ONLY_THE_PAPER
    expected_on_paper: Verdict | Literal[""] = ""
    expected_on_paper_reason: str = ""
    expected_on_authors: Verdict = NOT_EVALUATED
    expected_on_authors_reason: str = ""

    @model_validator(mode="after")
    def _is_whole(self):
        """What the fields ask of each other."""
        if not self.quantity and not self.parameter and not self.contradicted_by:
            raise ValueError("without a quantity or a parameter there is nothing to compare with")
        if self.quantity and self.parameter:
            raise ValueError("compares either a quantity or a parameter")
        if bool(self.contradicted_by) != (self.expected == INCONSISTENT):
            raise ValueError(f"'contradicted_by' and the expected verdict {self.expected!r} do not fit")
        if (self.than is None) != (self.test == "within"):
            raise ValueError("'than' is what 'above', 'below', 'at least', 'at most' and 'is' compare with, only they")
        judged = self.tiers and not self.contradicted_by
        if self.test == "within" and judged and not isinstance(self.published, int | float):
            raise ValueError(f"published = {self.published!r} is not a number: say with 'test' what it must be")
        waits = set(self.tiers) - {"authors"} == {"paper"}
        if self.expected == NOT_EVALUATED and not waits and self.expected_reason == ONLY_THE_PAPER:
            raise ValueError("does not wait for the paper's data: say what is expected on the samples, and why")
        if NOT_SETTLED in (self.expected, self.expected_on_paper, self.expected_on_authors) and not self.depends_on:
            raise ValueError(f"expects {NOT_SETTLED!r}: say with 'depends_on' which states the claim depends on")
        if self.expected in (REPRODUCED, DIFFERS, NOT_SETTLED) and "sample" not in self.tiers:
            raise ValueError(f"cannot be judged on the samples: {self.expected!r} cannot be expected there")
        if bool(self.expected_on_paper) != bool(self.expected_on_paper_reason):
            raise ValueError("'expected_on_paper' and its reason belong together")
        if self.expected_on_paper and "paper" not in self.tiers:
            raise ValueError(
                f"cannot be judged on the paper's data: {self.expected_on_paper!r} cannot be expected there"
            )
        if self.expected_on_authors in (REPRODUCED, DIFFERS, NOT_SETTLED) and "authors" not in self.tiers:
            raise ValueError(
                f"cannot be judged on the authors' data: {self.expected_on_authors!r} cannot be expected there"
            )
        if "authors" in self.tiers and not self.expected_on_authors_reason:
            raise ValueError("can be judged on the authors' data: say what is expected there, and why")
        return self

    def expected_on(self, tier):
        """
        The verdict that is expected of a run with the paper's parameters.

        Parameters
        ----------
        tier : {"sample", "authors", "paper"}
            Of the data.

        Returns
        -------
        verdict, reason : str
        """
        if tier == "authors" and not self.contradicted_by:
            return self.expected_on_authors, self.expected_on_authors_reason or "nothing is expected of these data"
        if tier == "sample" or tier not in self.tiers or self.contradicted_by:
            return self.expected, self.expected_reason
        if self.expected_on_paper:
            return self.expected_on_paper, self.expected_on_paper_reason
        return REPRODUCED, "these are the paper's own data"

    @property
    def place(self):
        """Where the source says it: ``Section 2, Figure 2b`` for instance."""
        section = f"Section {self.section}" if self.section[0].isdigit() else self.section
        return f"{section}, Figure {self.figure}" if self.figure else section

    @property
    def group(self):
        """What it is counted with: "statements", "settings" that were taken over, or "cells" of matrices."""
        if self.cell_of:
            return "cells"
        return "settings" if self.parameter and not self.contradicted_by else "statements"

    @property
    def recorded_as(self):
        """What is compared, for reading: ``joint/kinetics/matrix (origin = edge, target = fast)`` for instance."""
        if self.parameter:
            return f"parameter {self.parameter}"
        place = ", ".join(f"{dim} = {name}" for dim, name in self.select.items())
        return f"{self.quantity} ({place})" if place else self.quantity


def load_claims(folder=None):
    """
    All claims of the ledger, published matrices cell by cell.

    Parameters
    ----------
    folder : path, optional
        That holds ``claims.toml`` and ``published.toml``. Default: the one that travels with the package.

    Returns
    -------
    claims : tuple of Claim
        In the order of the file.

    Raises
    ------
    ClaimError
        If the ledger cannot be read, an entry is incomplete, or two claims share an id.
    """
    folder = bundled("data_registry") if folder is None else Path(folder)
    ledger, published = (_read_toml(folder / name) for name in ("claims.toml", "published.toml"))
    claims = {}
    for number, entry in enumerate(ledger.get("claim", []), start=1):
        where = f"{folder / 'claims.toml'}, claim {entry.get('id', f'number {number}')!r}"
        for fields in _cells(entry, published, where) if "matrix" in entry else [entry]:
            try:
                claim = Claim(**fields)
            except ValidationError as error:
                raise ClaimError(f"{where}: {_explain(error)}") from None
            if claim.id in claims:
                raise ClaimError(f"{where}: two claims have the id {claim.id!r}; give one another id")
            claims[claim.id] = claim
    return tuple(claims.values())


def _read_toml(path):
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ClaimError(f"{path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ClaimError(f"{path} is not valid TOML: {error}") from None


def _explain(error):
    """The first fault that pydantic found, in one line."""
    fault = error.errors()[0]
    name = ".".join(map(str, fault["loc"]))
    return f"{name}: {fault['msg']}" if name else str(fault["ctx"]["error"])


def _cells(entry, published, where):
    """One claim for each cell of a published matrix, whose rows are the states that atoms come from, or of a list."""
    fields = {key: value for key, value in entry.items() if key not in ("matrix", "states")} | {"cell_of": entry["id"]}
    try:
        values = _at(published, entry["matrix"])
        names = _at(published, entry["states"]) if "states" in entry else None
    except KeyError as error:
        raise ClaimError(f"{where}: {error.args[0]!r} is not in published.toml") from None
    if names is None:
        cells = [(("", str(k)), str(k), {"index": k - 1}, value) for k, value in enumerate(values, start=1)]
    else:
        cells = [
            ((start, end), f"{start} → {end}", {"origin": start, "target": end}, value)
            for start, row in zip(names, values, strict=True)
            for end, value in zip(names, row, strict=True)
        ]
    for cell, words, select, value in cells:
        yield fields | {
            "id": f"{entry['id']}.{'.'.join(filter(None, cell)).replace(' ', '-')}",
            "statement": f"{entry['statement']}: {words}.",
            "title": entry["statement"],
            "published": value,
            "select": select,
            "cell": cell,
        }


def _at(content, path):
    for key in path.split("."):
        content = content[key]
    return content
