"""Seeded synthetic instances of any size, shaped like the real ones.

Agents come in classes that share targets, resistance and toxicity; mechanisms take activity from whole classes and
exposure to a class selects for them; subgroups differ in prior exposure, biology and frailty; toxicity limits are set
so that they decide which agents fit together. Every row says `synthetic` as its source: the numbers mean nothing
clinically.
"""

from trialopt.generate.make import generate
from trialopt.generate.people import Size

__all__ = ["Size", "generate"]
