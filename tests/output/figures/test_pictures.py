"""Pictures show the run's numbers, in words that do not collide, with the same bytes each time."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from dataclasses import replace
from itertools import combinations, pairwise

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import trialopt
from tests.hostile import NAMES as HOSTILE
from tests.hostile import hostile
from tests.made import made
from trialopt.output import figures
from trialopt.output.figures.picture import ARMS, Picture
from trialopt.output.figures.plot import NAMES
from trialopt.record.solution import Solution

TWELVE = tuple(f"rather_long_name_of_subgroup_{k}" for k in range(12))
EIGHT = tuple(f"subgroup_number_{k}" for k in range(8))


def runs() -> dict[str, Solution]:
    return {
        "sized": made(sized=True),
        "unsized": made(),
        "infeasible": made(arms=()),
        "eight": made(groups=EIGHT, arms=(EIGHT[:3], EIGHT[3:6], EIGHT[6:]), sized=True),
        "twelve": made(groups=TWELVE, arms=(TWELVE[:5], TWELVE[5:7], TWELVE[7:]), sized=True),
        "long": hostile("word " * 40),
        "longest": hostile("x" * 200),
    }


def texts(figure: Figure) -> list[Text]:
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def undrawn(figure: Figure) -> set[int]:
    """Labels of ticks outside what an axis shows."""
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    drawn = {id(label) for axis in axes for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
    ticks = {id(label) for axis in axes for tick in axis.get_major_ticks() + axis.get_minor_ticks()
             for label in (tick.label1, tick.label2)}  # fmt: skip
    hidden = {id(text) for ax in figure.axes if not ax.axison for axis in (ax.xaxis, ax.yaxis)
              for text in axis.findobj(Text)}  # fmt: skip
    return (ticks - drawn) | hidden


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is drawn with its place, points."""
    figure.draw_without_rendering()
    found, skipped = [], undrawn(figure)
    for text in texts(figure):
        if id(text) in skipped:
            continue
        box = text.get_window_extent()
        if box.width > 0:
            found.append((text.get_text(), box))
    return found


def overlap(a: Bbox, b: Bbox) -> float:
    """How far two boxes reach into each other, in the direction in which they do so least."""
    return min(min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("run", runs())
def test_no_two_texts_collide_and_none_leaves_the_picture(run, name):
    picture = runs()[run].plot[name]
    found = boxes(picture)
    assert found
    room = picture.bbox.padded(1.0)
    for text, box in found:
        assert room.x0 <= box.x0, text
        assert box.x1 <= room.x1, text
        assert room.y0 <= box.y0, text
        assert box.y1 <= room.y1, text
    point = picture.dpi / 72
    for (one, a), (other, b) in combinations(found, 2):
        assert overlap(a, b) <= 1.6 * point, (one, other)


def test_the_check_of_collisions_sees_one():
    picture = Picture(2.0, title="")
    picture.text(0.2, 0.5, "one text")
    picture.text(0.22, 0.5, "another")
    (_, a), (_, b) = boxes(picture)
    assert overlap(a, b) > 3


@pytest.mark.parametrize("name", NAMES)
def test_the_same_run_gives_the_same_bytes(name):
    run = made(sized=True)
    assert run.plot[name].svg() == run.plot[name].svg()
    assert run.plot[name].png() == run.plot[name].png()


def test_the_bytes_are_the_same_in_another_process():
    code = (
        "from tests.made import made; import hashlib; p = made(sized=True).plot; "
        "print(hashlib.sha256(p.schema().svg().encode() + p.toxicity().png()).hexdigest())"
    )
    lines = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert lines[0] == lines[1]


def test_the_schema_says_who_gets_what():
    run = made(sized=True)
    words = " ".join(t.get_text().strip() for t in texts(run.plot.schema())).replace("\u00a0", " ")
    for part in ("A1", "A2", "Fit, 50 %", "Frail, 50 %", "An agent", "dexamethasone mg20", "daratumumab", "Induction",
                 "Maintenance", "60 patients", "30 control", "coverage 76 %"):  # fmt: skip
        assert part in words, part


def test_the_schema_shows_the_control_and_its_patients():
    run = made(sized=True)
    question = replace(run.question, control={"induction": (trialopt.Dose("bortezomib"),), "maintenance": ()})
    words = " ".join(t.get_text() for t in texts(replace(run, question=question).plot.schema()))
    assert "bortezomib" in words
    assert "nothing" in words
    assert "60 control" in words


def test_coverage_shows_every_number_and_leaves_absent_mechanisms_blank():
    shown = [t.get_text() for t in texts(made().plot.coverage())]
    assert shown.count("30") == 2  # crbn_loss in induction, both subgroups; in maintenance it is not there
    assert shown.count("90") == 4
    assert shown.count("-12") == 2
    assert {"76", "77"} <= set(shown)


def test_toxicity_names_what_binds():
    run = made()
    shown = [t.get_text() for t in texts(run.plot.toxicity())]
    assert shown.count("36 of 40") == 2
    assert "10 of 40" not in shown
    assert "All epochs" in shown
    assert "Rash" not in shown  # it has no limit


def test_allocation_shows_patients_and_shares():
    assert " 60 + 30" in [t.get_text() for t in texts(made(sized=True).plot.allocation())]
    assert " 50 %" in [t.get_text() for t in texts(made().plot.allocation())]


def test_the_timeline_shows_months_or_says_why_not():
    assert "90 patients in 20.5 months" in [t.get_text() for t in texts(made(sized=True).plot.timeline())]
    assert "not sized" in texts(made().plot.timeline())[0].get_text()
    run = made(sized=True)
    arms = tuple(replace(arm, size=replace(arm.size, accrual_months=None)) for arm in run.arms)
    assert "no accrual rates" in texts(replace(run, arms=arms).plot.timeline())[0].get_text()


def test_fronts_and_alternatives_are_drawn_from_data_frames():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    frame = pd.DataFrame({"patients": [300, 100, 200], "value": [0.6, 0.4, 0.5], "differs": ["", "a for b", "x" * 200]})
    figures.front(left, frame, "patients", complete=False)
    figures.alternatives(right, frame)
    assert list(left.lines[0].get_xdata()) == [100, 200, 300]
    assert list(left.lines[0].get_ydata()) == [0.4, 0.5, 0.6]
    assert "not complete: the search was stopped" in [t.get_text() for t in texts(figure)]
    assert max(len(line) for t in texts(figure) for line in t.get_text().split("\n")) < 100


def test_functions_draw_on_any_axes_and_leave_settings_alone():
    before = dict(mpl.rcParams)
    figure = Figure(figsize=(8, 20))
    axes = figure.subplots(5, 1)
    run = made(sized=True)
    figures.arm_schema(axes[0], run)
    figures.coverage(axes[1], run, "induction")
    figures.toxicity(axes[2], run)
    figures.allocation(axes[3], run)
    figures.timeline(axes[4], run)
    assert all(ax.texts for ax in axes[[0, 1, 3, 4]])
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_drawn_as_they_are(text):
    run = hostile(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svgs = [run.plot[name].inline(name) for name in NAMES]
    for svg in svgs:
        assert "<script" not in svg
        bare = re.sub(r"<title>[^<]*</title>", "", svg)  # words, escaped, of what is pointed at
        for bad in ("<script", "<img", "onerror", "alert(", "<!--", "javascript:"):
            assert bad not in bare


def test_mathematics_is_not_read_into_names():
    shown = " ".join(t.get_text() for t in texts(hostile(r"$\frac{1}{0}$").plot.allocation()))
    assert r"$\frac{1}{0}$" in shown


def test_arms_differ_in_lightness_so_that_print_in_grey_tells_neighbours_apart():
    grey = [sum(c * w for c, w in zip(to_rgb(colour), (0.299, 0.587, 0.114), strict=True)) for colour in ARMS]
    for one, two in pairwise(grey):
        assert abs(one - two) > 0.1, (one, two)


def test_a_picture_writes_itself_whole(tmp_path):
    picture = made().plot.schema()
    for suffix, start in ((".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")):
        assert picture.write(tmp_path / f"p{suffix}").read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"ends in \.svg, \.png, \.pdf"):
        picture.write(tmp_path / "p.gif")
    assert picture._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(KeyError, match="no picture 'arms'; there are schema"):
        made().plot["arms"]


def test_without_matplotlib_the_message_says_what_to_install():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from tests.made import made\n"
        "try:\n    made().plot\nexcept ImportError as e:\n    print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'trialopt[plot]'" in done.stdout
