from .core.catalog import find as find
from .core.design import Arm as Arm
from .core.design import Design as Design
from .core.design import Dose as Dose
from .core.instance import Instance as Instance
from .decision.alternatives import alternatives as alternatives
from .decision.explain import explain as explain
from .decision.frontier import frontier as frontier
from .decision.learn import learn as learn
from .decision.robust import robust as robust
from .decision.solving import solve as solve
from .decision.sweep import sweep as sweep
from .decision.verdict import virtual_trial as virtual_trial
from .decision.whatif import whatif as whatif
from .evaluation import Evaluation as Evaluation
from .evaluation import evaluate as evaluate
from .reading import InputErrors as InputErrors
from .reading import read as read
from .record.comparison import Comparison as Comparison
from .record.comparison import compare as compare
from .record.solution import Solution as Solution
from .simulate.door import simulate as simulate

__version__: str
