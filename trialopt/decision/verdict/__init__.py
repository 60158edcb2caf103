"""Designs played on virtual patients who know nothing of the model, and what that says of the model."""

from trialopt.decision.verdict.play import virtual_trial
from trialopt.decision.verdict.verdict import FILE_NAME, Verdict

__all__ = ["FILE_NAME", "Verdict", "virtual_trial"]
