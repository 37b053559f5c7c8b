"""
Check the answers of a student: say what is right, or what is wrong and why.

Hints and replies stand in ``exercises.toml``. Right answers do not: a choice is known by its fingerprint, and every
other answer is computed from the student's own data (`soaplens_lite.teaching._answers`), so that it stays right when a
parameter is changed.
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from soaplens_lite.teaching._answers import ANSWERS

NOT_UNDERSTOOD = {"number", "table", "form", "letters"}
"""Faults of an answer that does not have the form of one."""

_wrong_answers: dict[str, list[str]] = {}  # of this session, by exercise


@dataclass(frozen=True)
class Reply:
    """
    What `check` says about an answer.

    Attributes
    ----------
    right : bool
    text : str
        Markdown, which notebooks show formatted.
    """

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def check(name: str, answer: object, *data: object) -> Reply:
    """
    Check the answer to an exercise.

    The first wrong answer is told what is wrong with it, the second gets a hint as well, and the third a second hint.
    The same wrong answer given again does not count as another try, nor does one that cannot be understood.

    Parameters
    ----------
    name : str
        Of the exercise, ``"t1.2"`` for instance.
    answer : object
        ``...`` stands for no answer yet. Numbers may be of any type of number, or text that says one, with a unit or
        without; letters may stand in any order and in any collection.
    *data : object
        What the right answer is computed from, as the exercise gives it.

    Returns
    -------
    reply : Reply
        True if the answer is right; shown as text at the end of a cell.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> check("t1.2", ...)
    t1.2: no answer yet. Replace the dots by your answer and run the cell again.
    >>> check("t1.2", lambda before, after: 0.5).right
    False
    """
    exercises = _exercises()
    if name not in exercises:
        raise ValueError(f"exercise = {name!r}: must be one of {', '.join(exercises)}")
    exercise = exercises[name]
    if answer is None or _has_dots(answer):
        fault = ...
    else:
        fault = _choice(name, exercise, answer) if "right" in exercise else ANSWERS[name](answer, *data)
    if fault is ...:
        return Reply(False, f"{name}: no answer yet. Replace the dots by your answer and run the cell again.")
    if fault is None:
        return Reply(True, f"{name}: right. {exercise.get('praise', '')}".strip())
    tried = _wrong_answers.setdefault(name, [])
    if (shown := repr(answer)) not in tried and fault not in NOT_UNDERSTOOD:
        tried.append(shown)
    hints = [f"*Hint:* {hint}" for hint in exercise["hints"][: len(tried) - 1]]
    text = _how(exercise) if fault == "letters" else exercise.get("mistakes", {}).get(fault, fault)
    return Reply(False, "\n\n".join([f"{name}: not right. {text}", *hints]))


def fingerprint(name: str, letter: str) -> str:
    """
    Fingerprint by which an exercise knows a choice without holding it in plain sight.

    Parameters
    ----------
    name : str
        Of the exercise.
    letter : str

    Returns
    -------
    fingerprint : str
        16 hexadecimal digits, for ``exercises.toml``.

    Examples
    --------
    >>> fingerprint("t0.1", "b") == fingerprint("t0.2", "b")
    False
    """
    return hashlib.sha256(f"soaplens_lite {name} {letter}".encode()).hexdigest()[:16]


def _has_dots(answer):
    """Whether dots are left in an answer."""
    return answer is ... or (isinstance(answer, (list, tuple)) and any(map(_has_dots, answer)))


def _how(exercise):
    """How to answer a choice."""
    return f'Answer with {exercise["how"]}, out of {", ".join(exercise["options"])}: "a" for instance.'


def _choice(name, exercise, answer):
    """None if the letters are right in any order and collection, otherwise what to reply."""
    parts = [answer] if isinstance(answer, str) or not np.iterable(answer) else answer
    # "c: what happens" stands for "c"; "c and e" are two letters, and "none" is no letter.
    text = " ".join(re.sub(r"^\s*(\w)\s*:.*", r"\1", str(part)) for part in parts).lower()
    given = set(re.sub(r"\b(and|events?|only|none|nothing)\b|\W", "", text))
    options, one = exercise["options"], exercise["how"] == "one letter"
    if given - set(options) or (one and not given):
        return "letters"
    prints = {letter: fingerprint(name, letter) for letter in options}
    right = {letter for letter in options if prints[letter] in exercise["right"]}
    if given == right:
        return None
    if one and len(given) > 1:
        return "Choose one letter only."
    return exercise["replies"][prints[min(given - right or right - given)]]


@cache
def _exercises():
    """Contents of ``exercises.toml``."""
    return tomllib.loads(files("soaplens_lite.teaching").joinpath("exercises.toml").read_text("utf-8"))
