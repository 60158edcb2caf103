"""What the control regimen leaves uncovered, for rules and effects that compare with it."""

from __future__ import annotations

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import Floats, Instance


def control_residuals(instance: Instance, c: Coefficients) -> Floats:
    """(G, S) residual of the control regimen by the end of each epoch. Needs `instance.control`."""
    i = instance
    if i.control is None:
        raise ValueError("the instance has no control regimen")
    emerged = np.zeros(len(i.emergence_multiplier), dtype=bool)
    earlier = np.zeros_like(c.start[:, 0])
    residual = np.zeros((len(i.subgroups), len(i.epochs)))
    for s, options in enumerate(i.control):
        agents = np.zeros(len(i.agents), dtype=bool)
        agents[i.option_agent[list(options)]] = True
        pairs = agents[i.pair_agents[:, 0]] & agents[i.pair_agents[:, 1]]
        activity = c.activity[:, s][:, :, list(options)].sum(axis=2) + c.pair_activity[:, :, pairs].sum(axis=2)
        factor = np.zeros(len(i.mechanisms))
        np.add.at(factor, i.emergence_mechanism[emerged], np.log(i.emergence_multiplier[emerged]))
        residual[:, s] = (c.start[:, s] * np.exp(factor - i.trial.carry * earlier - activity)).sum(axis=1)
        emerged |= i.emergence_agents[:, agents].any(axis=1)
        earlier = earlier + activity
    return residual
