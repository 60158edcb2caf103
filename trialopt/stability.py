"""The public way to `stability`; what it does is in `trialopt.decision.stability`."""

from trialopt.decision.stability import NoDesign, Stability, stability

__all__ = ["NoDesign", "Stability", "stability"]
