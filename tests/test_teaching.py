"""Exercises: every right answer is accepted in any form, every typical mistake gets the reply that belongs to it."""

import ast
import builtins
import re
import tomllib
from fractions import Fraction
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import pyplot as plt

import soaplens_lite as sl
from soaplens_lite.study.run import notebooks
from soaplens_lite.teaching import _check as checking
from soaplens_lite.teaching import check, fingerprint, sliders
from soaplens_lite.teaching._answers import ANSWERS

METHODS = {"argmax", "idxmax", "keepdims"}  # named in hints without what they belong to
EXERCISES = tomllib.loads(files("soaplens_lite.teaching").joinpath("exercises.toml").read_text("utf-8"))

# Neighbors of atom 0 within 3 Angstrom: 1, 2, 3 before and 1, 4 after. LENS = |{2, 3, 4}| / (3 + 2).
FIVE = sl.make_trajectory(
    [
        [[0, 0, 0], [2, 0, 0], [-1, 2, 0], [-2, -1, 0], [4, 2, 0]],
        [[0, 0, 0], [2, 1, 0], [-2, 3, 0], [-4, -1, 0], [2, -2, 0]],
    ],
    ["Cu"] * 5,
)
# Means: atom 10 0.3, atom 20 0.4 (in place 1), atom 30 0.35; the highest single value is that of atom 30.
DELTA = xr.DataArray(
    [[0.3, 0.4, 0.7], [0.3, 0.4, 0.0]], dims=("frame", "atom"), coords={"frame": [0, 1], "atom": [10, 20, 30]}
)
# Variances of the components over all points: 0.25, 0 and 0; of LENS: (0.01 + 0.01 + 0.0025 + ...)/6, by NumPy below.
SPECTRA = xr.DataArray(
    [[[1, 0, 0], [0, 0, 0], [1, 0, 0]], [[0, 0, 0], [1, 0, 0], [0, 0, 0]]],
    dims=("frame", "atom", "feature"),
    coords=DELTA.coords,
).astype(float)
LENS_VARIANCE = float(np.var([0.3, 0.4, 0.7, 0.3, 0.4, 0.0]))
PCA = xr.Dataset({"cumulative_variance": ("all_components", [0.8, 0.95, 0.985, 0.992, 1.0])})  # 99 % with four
HARD = np.array([0, 1, -1, -1, 0, 0, 1, 0, -1, 0])  # three of ten are noise
COUNTS = np.array([[50, 3, 45, 2], [3, 90, 4, 3], [400, 30, 550, 20], [1, 5, 2, 92]])  # rows 0 and 2 are alike
HISTORY = xr.DataArray(np.transpose([[0, 0, 1, 2, 2, 0, 1, 1]]), dims=("frame", "atom"))
COUNTED = [[1, 2, 0], [0, 1, 1], [1, 0, 1]]
TWO = np.array([[3, 1], [3, 7]])
STEADY = np.array([[288457, 158, 0], [161, 96104, 169], [0, 178, 47019]])  # columns sum to nearly the same as rows
# Entries into "fast": one from "inside", one from "terrace", three from "edge", none from "island"; most transitions
# start in "inside".
KINETICS = sl.transitions(
    xr.DataArray(np.transpose([[4, 0, 0, 0, 0, 0, 0, 0, 3, 3, 2, 3, 2, 3, 2, 3, 1, 3]]), dims=("frame", "atom")),
    names=["inside", "terrace", "edge", "fast", "island"],
    n_resamples=2,
)

RIGHT = [
    ("t1.1", [0.6, "3/5", "60 %", "0,6", Fraction(3, 5), np.float32(0.6), np.array([0.6]), 0.601], (FIVE, 3.0)),
    ("t1.2", [lambda before, after: len(before ^ after) / (len(before) + len(after))], ()),
    ("t1.5", [20, np.int64(20), 20.0, DELTA.atom[1], "20", "atom 20"], (DELTA,)),
    ("t2.1", [LENS_VARIANCE / (0.25 + LENS_VARIANCE), "15 %"], (SPECTRA, DELTA)),  # 0.045 / 0.295 = 0.1525
    ("t2.2", [4, 4.0, "4", "4 components"], (PCA, 0.99)),
    ("t2.3", [0.3, "3/10", "30%"], (HARD,)),
    (
        "t2.4",
        [
            *([0, 1, 0, 2], (7, 3, 7, 1), np.array([0, 2, 0, 1]), ["A", "B", "A", "C"], "0102", "0, 1, 0, 2"),
            *([[0, 2], [1], [3]], [{3}, {1}, {2, 0}], {0: 0, 1: 1, 2: 0, 3: 2}, {2: 5, 0: 5, 1: 1, 3: 0}),
        ],
        (COUNTS, 1),
    ),
    ("t3.1", [COUNTED, np.array(COUNTED), pd.DataFrame(COUNTED)], (HISTORY,)),
    ("t3.2", [[[0.75, 0.25], [0.3, 0.7]], TWO / TWO.sum(axis=1, keepdims=True)], (TWO,)),
    ("t3.3", [0.4, "0.4", "0.4 ns", "400 ps", 0.41], (0.9, 0.04)),  # left once in ten frames of 0.04 ns
    ("t3.4", [50, 50.2, "50", "50 frames", 54], (0.002, 100, 10, 0.04)),  # a fifth of an event in a frame
    ("t3.5", ["edge", "Edge", " edge ", {"edge"}, ["edge"], np.str_("edge"), np.array("edge")], (KINETICS, "fast")),
]
DATA = {name: data for name, _, data in RIGHT}

WRONG = [
    (
        "t1.1",
        {
            **{"jaccard": 0.75, "count": 3, "itself": 3 / 7, "left": 2 / 3, "stayed": 0.4, "once": 0.2},
            **{"percent": 60, "number": "many"},
        },
    ),
    ("t1.1", {"once": 0.8, "number": True}),
    (
        "t1.2",
        {
            "left_only": lambda before, after: len(before - after) / (len(before) + len(after)),
            "percent": lambda before, after: 100 * len(before ^ after) / (len(before) + len(after)),
            "once": lambda before, after: len(before & after) / (len(before) + len(after)),
            "jaccard": lambda before, after: len(before ^ after) / len(before | after),
            "count": lambda before, after: len(before ^ after),
            "left": lambda before, after: len(before - after) / len(before),
            "stayed": lambda before, after: 2 * len(before & after) / (len(before) + len(after)),
        },
    ),
    ("t1.2", {"once": lambda before, after: 1 - len(before & after) / (len(before) + len(after))}),
    ("t1.5", {"place": 1, "peak": 30, "value": 0.4, "slower": 10, "unknown": 77, "number": DELTA}),
    (
        "t2.1",
        {
            "of_soap": LENS_VARIANCE / 0.25,
            "rest": 0.25 / (0.25 + LENS_VARIANCE),
            "lens": LENS_VARIANCE,
            "averaged": LENS_VARIANCE / (LENS_VARIANCE + 0.25 / 3),
            "components": 1 / 4,
            "flat": LENS_VARIANCE / float(SPECTRA.var()),
            "percent": 100 * LENS_VARIANCE / (0.25 + LENS_VARIANCE),
            "number": [1, 2],
        },
    ),
    ("t2.1", {"flat": LENS_VARIANCE / (LENS_VARIANCE + float(SPECTRA.var()))}),
    ("t2.2", {"place": 3, "one_more": 5, "number": "four"}),
    (
        "t2.3",
        {
            **{"clustered": 0.7, "count": 3, "percent": 30, "number": HARD},
            **{"negative": -0.3, "ratio": 3 / 7, "first": 0.5},
        },
    ),
    ("t2.4", {"all": [1, 1, 1, 1], "none": [0, 1, 2, 3], "form": [0, 1]}),
    ("t2.4", {"form": [[0, 2], [1]], "none": {0: 3, 1: 2, 2: 1, 3: 0}}),
    (
        "t3.1",
        {
            "transposed": np.transpose(COUNTED),
            "moves": [[0, 2, 0], [0, 0, 1], [1, 0, 0]],
            "shares": [[1 / 3, 2 / 3, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]],
            "table": 7,
        },
    ),
    (
        "t3.2",
        {
            "columns": TWO / TWO.sum(axis=0),
            "total": TWO / 14,
            "percent": [[75, 25], [30, 70]],
            "counts": TWO,
            "broadcast": TWO / TWO.sum(axis=1),
            "transposed": [[0.75, 0.3], [0.25, 0.7]],
            "moves": [[0, 1], [1, 0]],
            "table": "a table",
        },
    ),
    ("t3.2", {"moves": [[0, 0.25], [0.3, 0]]}),
    (
        "t3.3",
        {
            **{"frames": 10, "stay": 0.04 / 0.9, "leave": 0.1, "logarithm": -1 / np.log(0.1), "number": "long"},
            **{"later": 0.36, "unit": 400},  # nine frames after the first; 400 ps
        },
    ),
    (
        "t3.4",
        {"one_atom": 5000, "one_event": 5, "inverse": 0.02, "time": 2.0, "percent": 0.5, "number": "a lot"},
    ),
    ("t3.5", {"itself": "fast", "populous": "inside", "fewer": "terrace", "never": "island"}),
]


@pytest.fixture(autouse=True)
def no_answers_yet(monkeypatch):
    """Every test begins with the first try."""
    monkeypatch.setattr(checking, "_wrong_answers", {})


@pytest.mark.parametrize(("name", "answers", "data"), RIGHT)
def test_right_answers_are_accepted_in_any_form(name, answers, data):
    """Types, order, numbering and small deviations do not matter."""
    assert [check(name, answer, *data).right for answer in answers] == [True] * len(answers)


@pytest.mark.parametrize(
    ("name", "mistake", "answer"),
    [(name, mistake, answer) for name, mistakes in WRONG for mistake, answer in mistakes.items()],
)
def test_typical_mistakes_get_their_reply(name, mistake, answer):
    """The reply is that of the mistake; nobody is told so who answered right."""
    reply = check(name, answer, *DATA[name])
    assert not reply and EXERCISES[name]["mistakes"][mistake] in reply.text


def test_every_mistake_that_is_written_down_is_tested():
    """And every exercise has an answer, hints for the second and third try, and either mistakes or replies."""
    tested = {name: set() for name, _ in WRONG}
    for name, mistakes in WRONG:
        tested[name] |= set(mistakes)
    written = {name: set(exercise["mistakes"]) for name, exercise in EXERCISES.items() if "mistakes" in exercise}
    assert written.keys() == tested.keys() == ANSWERS.keys()
    assert written == tested
    assert all(len(exercise["hints"]) == 2 for exercise in EXERCISES.values())


CHOICES = {name: exercise for name, exercise in EXERCISES.items() if "right" in exercise}


@pytest.mark.parametrize("name", CHOICES)
def test_every_letter_of_a_choice_has_a_reply_and_one_set_of_letters_is_right(name):
    """All sets of letters are tried; the file names no letter in plain sight."""
    exercise = CHOICES[name]
    options = exercise["options"]
    prints = {fingerprint(name, letter) for letter in options}
    assert set(exercise["replies"]) == prints and set(exercise["right"]) < prints
    subsets = [{x for k, x in enumerate(options) if number >> k & 1} for number in range(1, 2 ** len(options))]
    assert sum(check(name, letters).right for letters in subsets) == 1
    right = next(letters for letters in subsets if check(name, letters))
    for same in (sorted(right), tuple(right), ", ".join(right).upper(), np.array(sorted(right)), "".join(right) * 2):
        assert check(name, same)
    for same in (" and ".join(sorted(right)), [f"{letter}: what happens" for letter in right]):
        assert check(name, same)
    for strange in ("z", 4, [2, 4]):
        assert exercise["how"] in check(name, strange).text
    for empty in ("", [], "none"):  # a prediction, unless one letter is asked for
        assert not check(name, empty)
        assert (exercise["how"] in check(name, empty).text) == (exercise["how"] == "one letter")


def test_hints_come_with_the_second_and_third_wrong_answer():
    """The same answer again is no other try."""
    hints = EXERCISES["t1.1"]["hints"]
    replies = [check("t1.1", answer, FIVE, 3.0).text for answer in (0.1, 0.1, 0.2, 0.9, 0.95)]
    assert [[hint in reply for hint in hints] for reply in replies] == [
        [False, False],
        [False, False],
        [True, False],
        [True, True],
        [True, True],
    ]


def test_what_cannot_be_understood_is_no_try():
    """Its reply says how to answer; the first wrong answer after it brings no hint."""
    for name, answers in {"t1.1": ["many", [1, 2], True], "t1.3": ["z", 7], "t2.4": ["01"], "t3.1": [3]}.items():
        for answer in answers:
            assert "not right" in check(name, answer, *DATA.get(name, ())).text
        assert checking._wrong_answers[name] == []
    assert "Hint" not in check("t1.1", 0.1, FIVE, 3.0).text


def test_the_nearest_of_two_mistakes_is_named():
    """Numbers of the copper sample, for which two mistakes give nearly the same."""
    stay, interval = 0.9584, 0.04  # 1 - stay = 0.0416 and interval / stay = 0.0417
    mistakes = EXERCISES["t3.3"]["mistakes"]
    assert mistakes["leave"] in check("t3.3", 1 - stay, stay, interval).text
    assert mistakes["stay"] in check("t3.3", interval / stay, stay, interval).text
    assert mistakes["later"] in check("t3.3", interval * stay / (1 - stay), stay, interval).text  # 0.92, not 0.96
    assert check("t3.3", 1.0, stay, interval) and check("t3.3", "0.96 ns", stay, interval)
    mistakes = EXERCISES["t3.2"]["mistakes"]
    assert mistakes["broadcast"] in check("t3.2", STEADY / STEADY.sum(axis=1), STEADY).text
    assert mistakes["columns"] in check("t3.2", STEADY / STEADY.sum(axis=0), STEADY).text
    assert check("t3.2", (STEADY / STEADY.sum(axis=1, keepdims=True)).round(3), STEADY)


def test_merging_names_the_clusters_that_do_not_belong_together():
    """Of two pairs of like rows both must be merged."""
    assert "clusters 0 and 1" in check("t2.4", [0, 0, 1, 1], COUNTS, 1).text
    pairs = np.array([[9, 1, 0, 0], [8, 2, 0, 0], [0, 0, 3, 7], [0, 0, 2, 8]])
    assert check("t2.4", "AABB", pairs, 1)
    assert "apart" in check("t2.4", "AABC", pairs, 1).text


def test_hints_and_replies_name_only_what_the_notebook_has():
    """Code in them can be parsed, and every variable stands in the tutorial."""
    for name, exercise in EXERCISES.items():
        source = (notebooks.folder() / "tutorials" / f"{name[:2]}.py").read_text("utf-8")
        texts = [*exercise["hints"], *exercise.get("mistakes", exercise.get("replies")).values()]
        for code in re.findall("`([^`]+)`", " ".join(texts)):
            used = {node.id for node in ast.walk(ast.parse(code.lstrip("."))) if isinstance(node, ast.Name)}
            assert used - set(dir(builtins)) - METHODS <= set(re.findall(r"\w+", source)), (name, code)


@pytest.mark.parametrize("name", EXERCISES)
def test_no_answer_yet_is_no_wrong_answer(name):
    """The notebook as it is handed out runs through; what is shown is Markdown and false."""
    for dots in ([..., ...], [[..., 1], [2, 3]]):
        assert "no answer yet" in check(name, dots, *DATA.get(name, ())).text
    reply = check(name, ..., *DATA.get(name, ()))
    assert not reply and repr(reply) == reply._repr_markdown_() == reply.text
    assert checking._wrong_answers == {}


def test_numbers_that_are_no_known_mistake():
    """Too large or too small; for tables, where."""
    assert "0.9" in check("t1.1", 0.9, FIVE, 3.0).text
    assert "row 1, column 2: 5" in check("t3.1", [[1, 2, 0], [0, 1, 5], [1, 0, 1]], HISTORY).text


def test_functions_that_fail_are_reported_with_their_arguments():
    """An exception of the student's function is shown, not raised; so is a function that was called."""
    assert "no answer yet" in check("t1.2", lambda before, after: ...).text and checking._wrong_answers == {}
    assert "ZeroDivisionError" in check("t1.2", lambda before, after: 1 / 0).text
    assert "my_lens({" in check("t1.2", lambda before, after: None).text
    assert "is 0.5" in check("t1.2", lambda before, after: 0.5).text
    assert "my_lens" in check("t1.2", 0.5).text


def test_unknown_exercises_are_refused():
    """The message lists those that there are."""
    with pytest.raises(ValueError, match="t9.9.*t1.1"):
        check("t9.9", 1)


def test_answers_follow_the_data():
    """With another radius another answer is right: nothing is stored."""
    # Within 2.1 Angstrom atom 0 has neighbor 1 before and none after.
    assert check("t1.1", 1.0, FIVE, 2.1) and not check("t1.1", 0.6, FIVE, 2.1)


def test_sliders_begin_in_the_middle_and_redraw():
    """A picture for pages, a widget for notebooks; moving a slider changes its picture."""
    drawn = []

    def draw(n, m):
        drawn.append((n, m))
        ax = plt.figure().subplots()
        ax.plot(range(n * m))
        return ax

    figure = sliders(draw, n=[1, 2, 3], m=(5, 6))
    bundle = figure._repr_mimebundle_()
    assert drawn == [(2, 6)] and bundle["image/png"].startswith("iVBOR")
    slider, picture = figure.box.children[0], figure.box.children[-1]
    before = picture.value
    slider.value = 3
    assert drawn == [(2, 6), (3, 6)] and picture.value != before
    assert plt.get_fignums() == []
