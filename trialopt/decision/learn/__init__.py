"""What to learn first: the value of knowing inputs, and of planned studies (model section 11)."""

from __future__ import annotations

from trialopt.decision.learn.learn import learn
from trialopt.decision.learn.learning import FILE_NAME, Learning, Part
from trialopt.decision.learn.study import Study

__all__ = ["FILE_NAME", "Learning", "Part", "Study", "learn"]
