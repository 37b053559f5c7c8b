"""
Check the answers of a student: say what is right, or what is wrong and why.

Hints and replies stand in ``exercises.toml``. Right answers do not: a choice is known by its fingerprint, and every
other answer is computed from the student's own data (`soaplens_lite.teaching._answers`), so that it stays right when a
parameter is changed.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from soaplens_lite.teaching._answers import ANSWERS

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
    The same wrong answer given again does not count as another try.

    Parameters
    ----------
    name : str
        Of the exercise, ``"t1.2"`` for instance.
    answer : object
        ``...`` stands for no answer yet. Numbers may be of any type of number, or text that says one; several atoms or
        letters may stand in any order and in any collection.
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
    if answer is ... or answer is None:
        fault = ...
    else:
        fault = _choice(name, exercise, answer) if "right" in exercise else ANSWERS[name](answer, *data)
    if fault is ...:
        return Reply(False, f"{name}: no answer yet. Replace the dots by your answer and run the cell again.")
    if fault is None:
        return Reply(True, f"{name}: right. {exercise.get('praise', '')}".strip())
    tried = _wrong_answers.setdefault(name, [])
    if (shown := repr(answer)) not in tried:
        tried.append(shown)
    hints = [f"*Hint:* {hint}" for hint in exercise["hints"][: len(tried) - 1]]
    text = exercise.get("mistakes", {}).get(fault, fault)
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


def _choice(name, exercise, answer):
    """None if the letters are right in any order and collection, otherwise what to reply."""
    parts = answer if isinstance(answer, str) or not np.iterable(answer) else "".join(map(str, answer))
    given, options = {letter for letter in str(parts).lower() if letter.isalnum()}, exercise["options"]
    if not given or given - set(options):
        return f'Answer with {exercise["how"]}, out of {", ".join(options)}: "a" for instance.'
    prints = {letter: fingerprint(name, letter) for letter in options}
    right = {letter for letter in options if prints[letter] in exercise["right"]}
    if given == right:
        return None
    if len(given) > 1 and exercise["how"] == "one letter":
        return "Choose one letter only."
    return exercise["replies"][prints[min(given - right or right - given)]]


@cache
def _exercises():
    """Contents of ``exercises.toml``."""
    return tomllib.loads(files("soaplens_lite.teaching").joinpath("exercises.toml").read_text("utf-8"))
