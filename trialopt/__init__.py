"""trialopt: provably best designs for combination-therapy trials.

    import trialopt
    instance = trialopt.read(trialopt.find("rrmm_early_relapse"))
    solution = trialopt.solve(instance)
    solution.tables.arms
    solution.plot.schema()

The public names stand in `__init__.pyi`, and are loaded when first used: importing the package costs nothing.
"""

from __future__ import annotations

import lazy_loader

from trialopt.core.seams import register

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

register("plots", "trialopt.output.figures.plot:Plots")
register("alternatives picture", "trialopt.output.figures.plot:alternatives_picture")
register("front picture", "trialopt.output.figures.plot:front_picture")
register("robust picture", "trialopt.output.figures.robust:robust_picture")
register("simulation picture", "trialopt.output.figures.simulation:simulation_picture")
register("question of run", "trialopt.output.formats.folder:read_question_of")
register("replay picture", "trialopt.output.figures.replay:replay_picture")
register("write runs", "trialopt.output.formats.folder:write_runs")
