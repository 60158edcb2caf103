"""Designs played on virtual patients who know nothing of the model, and what that says of the model."""

from trialopt.decision.verdict.play import FILE_NAME, virtual_trial
from trialopt.decision.verdict.verdict import Verdict

__all__ = ["FILE_NAME", "Verdict", "virtual_trial"]
