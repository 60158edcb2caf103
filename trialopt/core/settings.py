"""The keys of trial.toml, declared once: meaning, section of the model text, unit, range, default, when they bind."""

from __future__ import annotations

from functools import partial

from trialopt.core.uncertainty import OBJECTIVES
from trialopt.core.vocabulary import (
    AT_LEAST_0,
    BELOW_1,
    INSIDE,
    PATIENTS,
    POSITIVE,
    PROBABILITY,
    Field,
    Range,
    Section,
    count,
    number,
    ref,
)

SPENDING = ("obrien_fleming", "pocock")
"""Spending functions without a parameter."""

SPENDING_FAMILIES = {"hsd": ("GAMMA", Range(-40, 40)), "power": ("RHO", Range(0, 40, low_open=True))}
"""Spending functions with one: what it is called, and its range."""

SPENDING_WORDS = (*SPENDING, *(f"{family}:{name}" for family, (name, _) in SPENDING_FAMILIES.items()))

LEAST_STEP = 0.005
"""Least information between two analyses."""

METHODS = ("schoenfeld", "freedman", "lachin_foulkes", "rubinstein")

SIZED = "in a sized trial"
PFS = "in a sized trial, pfs only"
RESPONSE = "in a sized trial, response only"


def spending_of(text: str) -> tuple[str, float] | None:
    """Family and parameter of a spending function (`hsd:-4`; those without one have 0); `None` for anything else."""
    family, _, written = text.partition(":")
    if text in SPENDING:
        return text, 0.0
    try:
        parameter = float(written)
    except ValueError:
        return None
    known = family in SPENDING_FAMILIES and SPENDING_FAMILIES[family][1].holds(parameter)
    return (family, parameter) if known else None


_flag = partial(Field, kind="flag", default=False)
_items = partial(Field, kind="items", default=(), refers="dose")
_uses = partial(Field, kind="uses", default=(), refers="dose")
_lists = partial(Field, kind="lists", default=(), refers="subgroup")


def _choice(name: str, meaning: str, section: int, choices: tuple[str, ...], binds: str) -> Field:
    """Declare one word of a few; the first is the default."""
    return Field(name, meaning, section, "choice", default=choices[0], choices=choices, binds=binds)


def _word(name: str, meaning: str, choices: tuple[str, ...]) -> Field:
    """Declare one word of a few that only exports use."""
    return Field(name, meaning, 0, "choice", choices=choices, otherwise="said to be missing")


OWN_PREFIX = "x_"
"""Begin of the name of a column of the designer's own."""
ALL_TABLES = "all"
"""Key of `[columns]` that stands for every table."""

# fmt: off

TOP = Section("", "The whole trial: a title, and the tables below", (
    count("format", "Version of the files", 0, "version", Range(), 1),
    Field("title", "One line that says what is designed", 0, otherwise="name of the folder"),
    Field("setting", "Patients it is for, as regimens.csv names its settings, separated by semicolons", 0,
          otherwise="the population of [evidence], else the settings of regimens.csv"),
    Field("trial", "Sizes, limits and weights of the whole trial", 7, "table", required=True),
    Field("epoch", "Planned periods of an arm, in order of time", 1, "tables", required=True),
    Field("control", "The control regimen", 6, "table", otherwise="no control regimen"),
    Field("rules", "Rules on what an arm may give", 6, "table", otherwise="no rules"),
    Field("evidence", "Where tables are filled from", 0, "table", otherwise="only what the tables hold"),
    Field("uncertainty", "Many possible truths, and what is asked of a design under them", 11, "table",
          otherwise="the inputs as given"),
    Field("registration", "What only exports use", 0, "table", otherwise="exports say what is missing"),
    Field("columns", "Columns of your own", 0, "table", otherwise="those that begin with x_"),
))

TRIAL = Section("trial", "Sizes, limits and weights of the whole trial", (
    count("max_arms", "Most experimental arms", 7, "arms", required=True),
    number("carry", "How much of an epoch's effect lasts into later ones", 3, "share", PROBABILITY, 0.0),
    number("toxicity_weight", "Coverage given up to spare a patient one severe event", 8, "share", AT_LEAST_0, 0.0),
    _choice("endpoint", "What arms are compared on; mrd is response with MRD negativity in its place", 7,
            ("response", "pfs", "mrd"), SIZED),
    ref("endpoint_epoch", "Epoch in which response is read", 7, "epoch", "the first epoch", binds=RESPONSE),
    number("target_difference", "Difference in response rate to size for, which an arm must be predicted to reach", 7,
           "share", INSIDE, otherwise="the predicted effect times shrink", binds=RESPONSE),
    number("target_hazard_ratio", "Hazard ratio to size for, which an arm must be predicted to reach", 7, "ratio",
           INSIDE, otherwise="the predicted effect times shrink", binds=PFS),
    number("shrink", "Factor on the predicted effect that is sized for", 7, "factor", Range(0, 1, low_open=True), 1.0,
           binds="in a sized trial without a target"),
    _flag("no_harm", "No subgroup may be covered less than by the control regimen; needs [control]", 6),
    number("alpha", "One-sided type I error of the trial", 7, "probability",
           Range(0, 0.5, low_open=True, high_open=True), 0.025, binds=SIZED),
    number("power", "Power of each arm's comparison; with it the trial is a sized one", 7, "probability", INSIDE,
           otherwise="arms carry no patients"),
    number("allocation_ratio", "Experimental patients for each control patient", 7, "ratio", POSITIVE, 1.0,
           binds=SIZED),
    _choice("analysis", "How subgroups enter the comparison: risk differences with Mantel-Haenszel weights, all data "
            "together, or Boschloo's exact test of all data together", 7, ("stratified", "pooled_data", "exact"),
            RESPONSE),
    Field("null_variance", "Variance of the test under no effect", 7, "choice", choices=("unpooled", "pooled"),
          otherwise="pooled where the allocation ratio is not 1, else unpooled", binds=RESPONSE),
    number("not_evaluable", "Share of patients without a response assessment", 7, "share", BELOW_1, 0.0,
           binds=RESPONSE),
    _choice("multiplicity", "How alpha is shared between arms", 7, ("none", "bonferroni"), SIZED),
    _choice("method", "How events are counted", 7, METHODS, PFS),
    count("max_patients", "Most patients, all arms and controls together", 7, "patients", otherwise="no limit",
          binds=SIZED),
    number("max_accrual_months", "Longest accrual of any arm with its controls", 7, "months", POSITIVE,
           otherwise="no limit", binds=SIZED),
    number("max_study_months", "Longest time of any arm from its first patient to its final analysis", 7, "months",
           POSITIVE, otherwise="no limit", binds=SIZED),
    number("ramp_up_months", "Months over which accrual grows evenly from nothing to the subgroups' rates", 7, "months",
           AT_LEAST_0, 0.0, binds=SIZED),
    number("budget", "Most that the treatment of all patients may cost", 7, "money", AT_LEAST_0, otherwise="no limit",
           binds=SIZED),
    number("control_rate", "Response rate of the control, in subgroups without their own", 7, "share", PROBABILITY,
           otherwise="predicted from [control]", binds=RESPONSE),
    number("control_median_months", "Median progression-free survival of the control, in subgroups without their own",
           7, "months", POSITIVE, otherwise="none, and sizing for pfs needs it", binds=PFS),
    number("follow_up_months", "Follow-up after the last patient", 7, "months", AT_LEAST_0, 0.0, binds=PFS),
    number("dropout_per_month", "Exponential hazard of dropping out", 7, "per month", AT_LEAST_0, 0.0, binds=PFS),
    _uses("include", "Items every arm contains in some epoch; as { item, epochs } in each of the epochs", 6),
    _uses("exclude", "Items no arm contains; as { item, epochs } not in these epochs", 6),
    _lists("same_arm", "Lists of subgroups that are served by one arm", 6),
    _lists("apart", "Lists of subgroups of which no two are served by one arm", 6),
    Field("interim", "Interim looks", 7, "table", otherwise="no interim looks", binds=SIZED),
    Field("contribution", "What an arm must show of each of its agents", 12, "table",
          otherwise="arms are compared with their control alone", binds=SIZED),
))

INTERIM = Section("trial.interim", "Interim looks of a group-sequential trial", (
    count("looks", "Interim analyses before the final one", 7, "analyses", Range(1, 9), required=True, binds=SIZED),
    Field("timing", "Information fractions of the interim looks, rising, such as [0.5, 0.75]", 7, "numbers",
          "information fractions", INSIDE, otherwise="equally spaced", binds=SIZED),
    Field("spending", "How alpha is spent over the looks", 7, "spending", default=SPENDING[0], choices=SPENDING_WORDS,
          binds=SIZED),
    _choice("futility", "Whether looks may stop the trial for futility; bounds that bind must be followed", 7,
            ("none", "nonbinding", "binding"), SIZED),
    Field("futility_spending", "How beta is spent over the looks", 7, "spending", choices=SPENDING_WORDS,
          otherwise="as spending", binds="in a sized trial with futility"),
))

CONTRIBUTION = Section("trial.contribution", "Component arms, which leave out one agent each", (
    _choice("require", "Which arms bring component arms: none; novel, those with a pair of agents at the endpoint that "
            "precedents.csv does not list, an arm for each agent of such pairs; all, every arm, one for each of its "
            "agents but corticosteroids", 12, ("none", "novel", "all"), SIZED),
    number("alpha", "One-sided level of each comparison of an arm with a component arm", 12, "probability",
           Range(0, 0.5, low_open=True, high_open=True), otherwise="the trial's alpha", binds=SIZED),
    number("power", "Power of each of them", 12, "probability", INSIDE, 0.8, binds=SIZED),
    number("target", "Difference in rates, or for pfs hazard ratio, that each of them is sized for, and that an arm "
           "must be predicted to reach", 12, "share or ratio", INSIDE, otherwise="the predicted effect times shrink",
           binds=SIZED),
))

EPOCH = Section("epoch", "One planned period of an arm; epochs stand in order of time", (
    Field("id", "Id of the epoch", 1, "id", required=True),
    number("cycles", "Treatment cycles, for the cost", 7, "cycles", POSITIVE, required=True),
    number("weight", "Weight in the objective; all are scaled to sum to 1", 8, "weight", AT_LEAST_0, 1.0),
    number("pfs_weight", "Weight in the hazard ratio of an arm; all are scaled to sum to 1", 7, "weight", AT_LEAST_0,
           otherwise="the epoch's weight", binds=PFS),
    number("exposure", "Factor on toxicity in the epoch", 4, "factor", AT_LEAST_0, 1.0),
    count("min_agents", "Fewest agents in the epoch", 6, "agents", AT_LEAST_0, 1),
    count("max_agents", "Most agents in the epoch", 6, "agents", required=True),
    count("max_classes", "Most distinct classes of agents in the epoch", 6, "classes", otherwise="no limit"),
), repeated=True)

CONTROL = Section("control", "The control regimen, epoch by epoch",
    more=_items("EPOCH",
                'Agents given in the epoch, "agent@level" for a level; without one it is standard, or the only level',
                6, otherwise="nothing is given in the epoch", refers="agent"))

OWN_CONTROL = Section("control.SUBGROUP", "A subgroup's own control regimen, in the place of [control]",
    more=_items("EPOCH",
                'Agents given in the epoch, "agent@level" for a level; without one it is standard, or the only level',
                6, otherwise="nothing is given in the epoch", refers="agent"))

RULES = Section("rules", "Rules on what an arm may give; an item is an agent, a class or agent@level", (
    _items("one_per_class", "Classes with at most one agent in an epoch", 6, refers="class"),
    _flag("precedent", "Any two agents of an epoch must be a pair of precedents.csv", 6),
    _items("once", "Items used in at most one epoch", 6),
    _items("alone", "Items that are the only agent of their epoch", 6),
    _flag("mixed_cycles", "Levels with different cycle_days may be given in one epoch", 6),
    Field("not_together", "Pairs of items never in one epoch", 6, "pairs", default=(), refers="dose"),
    Field("not_after", "`item` is never in an epoch later than one that has `after`", 6, "orders", default=(),
          refers="dose"),
    Field("requires", "What an item needs beside it in its epoch; or a list of { item, any, epochs }", 6, "needs",
          otherwise="none", refers="dose"),
))

REQUIRES = Section("rules.requires", "What an item needs beside it in its epoch",
    more=_items("ITEM", "Items; another agent that matches one is given with it", 6, otherwise="nothing is needed"))

EVIDENCE = Section("evidence", "Fills what the tables leave out from the evidence library", (
    Field("library", "Name of the library", 0, required=True),
    Field("population", "Population whose numbers are taken", 0, otherwise="none; tables that depend on it ask"),
    Field("outcome", "What coverage means: response, complete or mrd; numbers are then those of the joint model", 0,
          otherwise="response, from the component model"),
    Field("fill", "Tables to fill", 0, "items", otherwise="all the library has"),
    Field("maintenance", "Epochs that are a maintenance", 0, "items", otherwise="the epoch maintenance"),
))

UNCERTAINTY = Section("uncertainty", "Many possible truths, and what is asked of a design under them", (
    count("draws", "Possible truths drawn", 11, "truths", Range(1, 100_000), 500),
    count("seed", "Seed of the draws: equal seeds give equal truths", 11, "seed", AT_LEAST_0, 1),
    _choice("objective", "What is maximised: the value with the inputs as given, its mean over the truths, or the mean "
            "of the worst share", 11, OBJECTIVES, "always"),
    number("tail", "Worst share of the truths", 11, "share", Range(0, 1, low_open=True), 0.1,
           binds="with objective cvar"),
    number("confidence", "Share of truths in which each limit has to hold", 11, "share", Range(0, 1, low_open=True),
           otherwise="limits hold with the inputs as given"),
    number("margin", "Limits on risk are wider by so much", 11, "probability", BELOW_1, 0.0,
           binds="with a confidence"),
    number("min_assurance", "Least assurance of each arm", 11, "probability", INSIDE, otherwise="none required",
           binds=SIZED),
    Field("default", "How far numbers spread about which nothing better is known", 11, "table",
          otherwise="the defaults below"),
))

DEFAULT = Section("uncertainty.default", "How far numbers spread about which nothing better is known", (
    number("read_patients", "Patients a published rate without patients is worth", 11, "patients", PATIENTS, 30.0),
    number("assumed_patients", "Patients an assumed rate is worth", 11, "patients", PATIENTS, 20.0),
    number("read_share_sd", "Standard deviation of retained activity and sensitivity, on the logit of their share of "
           "1.25", 11, "logit", AT_LEAST_0, 0.15),
    number("assumed_share_sd", "The same of assumed ones", 11, "logit", AT_LEAST_0, 0.4),
    number("log_sd", "Standard deviation of hazard ratios and pair terms", 11, "log", AT_LEAST_0, 0.15),
    number("control_patients", "Patients a control rate or median is worth", 11, "patients", PATIENTS, 100.0),
    number("arm_deviation", "Standard deviation of a regimen's own factor on its log-activity", 11, "factor",
           AT_LEAST_0, 0.1),
))
COLUMNS = Section("columns", "Columns of your own in the tables: kept and shown again, never computed with",
    more=Field("TABLE", f"Columns of the table (agents, toxicity, ...; {ALL_TABLES} for every table); those that begin "
               f"with {OWN_PREFIX} need not be listed", 0, "items", default=(), otherwise="none"))

REGISTRATION = Section("registration", "What a planner knows and an optimiser does not; only exports use it", (
    Field("sponsor", "Who is responsible for the trial", 0, otherwise="said to be missing"),
    Field("sponsor_address", "Where the sponsor is: street, town, country", 0, otherwise="said to be missing"),
    _word("sponsor_type", "What the sponsor is", ("company", "academic", "government", "healthcare")),
    Field("protocol_id", "The sponsor's number of the protocol", 0, otherwise="said to be missing"),
    Field("identifier", "Number in a registry of trials", 0, otherwise="said to be missing"),
    Field("official_title", "Title as the protocol has it", 0, otherwise="the title of the instance"),
    _word("phase", "Phase of the trial", ("1", "1/2", "2", "2/3", "3", "4")),
    _word("blinding", "How many do not know the treatment", ("open", "single", "double", "triple", "quadruple")),
    count("minimum_age", "Youngest patient", 0, "years", otherwise="said to be missing"),
    count("maximum_age", "Oldest patient", 0, "years", otherwise="no limit"),
    _word("sex", "Whom the trial takes", ("all", "female", "male")),
    Field("indication", "Disease in words", 0, otherwise="Multiple myeloma"),
    Field("indication_code", "Code of the disease, as 109989006", 0, otherwise="said to be missing"),
    Field("indication_system", "Code system of indication_code, as SNOMED", 0, otherwise="said to be missing"),
    _word("rare_disease", "Whether the disease is a rare one where the trial runs", ("yes", "no")),
    Field("approval_date", "Day of the protocol's approval, as 2027-01-31", 0, otherwise="said to be missing"),
    Field("start_date", "First patient in, as 2027-03-01", 0, otherwise="said to be missing"),
    Field("contact", "Whom to ask about the trial", 0, otherwise="said to be missing"),
))

SCENARIO = Section("scenario", "A scenario file: its base, and what differs from it, in the tables above", (
    Field("base", "Path of an instance folder or another scenario, seen from the file", 0, required=True),
    Field("table", "Rows under [[table.NAME]], which replace those with their key or are added", 0, "tables",
          otherwise="the rows of the base"),
))

SECTIONS = (
    *(TOP, TRIAL, INTERIM, CONTRIBUTION, EPOCH, CONTROL, OWN_CONTROL, RULES, REQUIRES),
    *(EVIDENCE, UNCERTAINTY, DEFAULT, REGISTRATION, COLUMNS),
)
"""Every TOML table of trial.toml, in the order of the file."""
