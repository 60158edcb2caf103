"""The price of robustness: designs for limits held with confidence, and for the worst truths (model section 11)."""

from __future__ import annotations

from trialopt.decision.robust.robust import robust
from trialopt.decision.robust.robustness import FILE_NAME, Robustness
from trialopt.decision.robust.rows import Row

__all__ = ["FILE_NAME", "Robustness", "Row", "robust"]
