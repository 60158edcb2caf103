"""How far a recommendation depends on inputs that are known to a few points only.

The best designs are valued again under many possible truths: draws of every agent's response and event rates.
`stability` does all of it; `inputs.uncertain_inputs` says what is drawn and why.
"""

from __future__ import annotations

from trialopt.core.inputs import Uncertain
from trialopt.decision.stability.assess import NoDesign, Stability, assess, stability
from trialopt.decision.stability.switching import Switch
from trialopt.reading.uncertain import uncertain_inputs

__all__ = ["NoDesign", "Stability", "Switch", "Uncertain", "assess", "stability", "uncertain_inputs"]
