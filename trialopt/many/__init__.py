"""Many independent solves on one machine or many, each kept as soon as it is finished."""

from trialopt.many.executor import Executor, Work, executor
from trialopt.many.run import Job, answers, named
from trialopt.many.store import NotKept, Store

__all__ = ["Executor", "Job", "NotKept", "Store", "Work", "answers", "executor", "named"]
