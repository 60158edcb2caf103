"""The fast exact engine: the default way to a design (see `search`)."""

from trialopt.engine.regimens import TooLarge
from trialopt.engine.search import begun, quick_design, search

__all__ = ["TooLarge", "begun", "quick_design", "search"]
