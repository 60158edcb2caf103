"""The compact model: the readable specification of a design problem as one mixed-integer program."""

from trialopt.model.build import build
from trialopt.model.rounds import search, solve
from trialopt.model.write import write_lp

__all__ = ["build", "search", "solve", "write_lp"]
