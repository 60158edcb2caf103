"""Pictures of a design: functions that draw one on an `Axes`, and the finished figures of `solution.plot`.

Every function takes the `Axes` first and a run (or any design's numbers) second, draws, and returns nothing.
Colours are told apart without colour vision and by lightness; what they mean is said in words in the picture.
Needs matplotlib (`pip install 'trialopt[plot]'`).
"""

from __future__ import annotations

from importlib.util import find_spec

from trialopt.output.formats import FiguresMissing

if find_spec("matplotlib") is None:
    raise FiguresMissing

from trialopt.output.figures.calendar import calendar_lanes, forecast
from trialopt.output.figures.charts import allocation, timeline, toxicity
from trialopt.output.figures.heat import coverage
from trialopt.output.figures.picture import Picture
from trialopt.output.figures.plot import alternatives, front
from trialopt.output.figures.schema import arm_schema

__all__ = [
    "FiguresMissing",
    "Picture",
    "allocation",
    "alternatives",
    "arm_schema",
    "calendar_lanes",
    "coverage",
    "forecast",
    "front",
    "timeline",
    "toxicity",
]
