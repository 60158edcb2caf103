"""What `trialopt size` answers: numbers with the formulas they come from, as a record and as text for a terminal.

The keys of the record are documented in docs/sizing.md and do not change meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trialopt.sizing import answer_response, answer_survival
from trialopt.sizing.families import Family, Interim
from trialopt.sizing.request import DEFAULT_POWER, SizeRequest, unknown_of


@dataclass(frozen=True)
class Formula:
    """What stands beside a number: its formula in plain text and where it comes from."""

    text: str
    source: str


_Z = "(z_alpha + z_beta)"
_ALT = "p0 q0 + p1 q1 / r"

FORMULAS: dict[str, Formula] = {
    "unpooled": Formula(
        f"n0 = {_Z}^2 ({_ALT}) / (p1 - p0)^2, n1 = r n0",
        "normal approximation, unpooled variance: Chow, Shao and Wang, Sample Size Calculations in Clinical "
        "Research, 2nd ed. 2008, section 4.2.1",
    ),
    "pooled": Formula(
        f"n0 = (z_alpha sqrt((1 + 1/r) p q) + z_beta sqrt({_ALT}))^2 / (p1 - p0)^2, p = (p0 + r p1) / (1 + r)",
        "normal approximation, pooled variance under the null: Fleiss, Levin and Paik, Statistical Methods for "
        "Rates and Proportions, 3rd ed. 2003, chapter 4",
    ),
    "schoenfeld": Formula(
        f"d = (1 + r)^2 / r {_Z}^2 / (log HR)^2, N = d (1 + r) / (P0 + r P1)",
        "Schoenfeld, Biometrics 39 (1983) 499-503; chance of an event: Lachin and Foulkes, Biometrics 42 (1986) "
        "507-519",
    ),
    "freedman": Formula(
        f"d = {_Z}^2 (1 + r HR)^2 / (r (1 - HR)^2), N = d (1 + r) / (P0 + r P1)",
        "Freedman, Statistics in Medicine 1 (1982) 121-129; chance of an event: Lachin and Foulkes, Biometrics 42 "
        "(1986) 507-519",
    ),
    "lachin_foulkes": Formula(
        "N = (z_alpha sqrt((1 + r)^2 / (r Pm)) + z_beta sqrt((1 + r) (1/P0 + 1/(r P1))))^2 / (log HR)^2",
        "Lachin and Foulkes, Biometrics 42 (1986) 507-519",
    ),
    "rubinstein": Formula(
        f"N = {_Z}^2 (1 + r) (1/P0 + 1/(r P1)) / (log HR)^2",
        "direct variance of the log hazard ratio: Rubinstein, Gail and Santner, Journal of Chronic Diseases 34 "
        "(1981) 469-479",
    ),
    "none": Formula("each arm at alpha", "no adjustment over arms"),
    "bonferroni": Formula("each arm at alpha / K", "Bonferroni"),
    "holm": Formula(
        "smallest p-value at alpha / K, next at alpha / (K - 1), ..",
        "Holm, Scandinavian Journal of Statistics 6 (1979) 65-70",
    ),
    "dunnett": Formula(
        "c with P(Z_1 <= c, .., Z_K <= c) = 1 - alpha, corr = r / (1 + r)",
        "Dunnett, Journal of the American Statistical Association 50 (1955) 1096-1121, infinite degrees of freedom",
    ),
    "obrien_fleming": Formula(
        "alpha(t) = 2 (1 - Phi(z_{alpha/2} / sqrt(t)))",
        "Lan and DeMets, Biometrika 70 (1983) 659-663, O'Brien-Fleming type",
    ),
    "hsd": Formula(
        "alpha(t) = alpha (1 - exp(-gamma t)) / (1 - exp(-gamma))",
        "Hwang, Shih and DeCani, Statistics in Medicine 9 (1990) 1439-1445",
    ),
    "power": Formula("alpha(t) = alpha t^rho", "Kim and DeMets, Biometrika 74 (1987) 149-154"),
    "pocock": Formula(
        "alpha(t) = alpha ln(1 + (e - 1) t)", "Lan and DeMets, Biometrika 70 (1983) 659-663, Pocock type"
    ),
}


def answer(request: SizeRequest) -> dict[str, Any]:
    """Solve `request` for what it leaves out.

    Returns
    -------
    dict
        Plain floats, strings, lists and dicts, ready for JSON; keys in docs/sizing.md.

    Raises
    ------
    SizingError
        Options that contradict each other, leave too much or nothing open, or lie outside their range.
    """
    unknown = unknown_of(request)
    family = Family(
        request.arms,
        request.multiplicity if request.arms > 1 else "none",
        request.power_kind,
        request.one_sided_alpha,
        request.shared_control,
    )
    interim = Interim(request.looks, request.spending, request.futility, request.timing)
    part = answer_response if request.endpoint == "response" else answer_survival
    return {**_head(request, unknown, family), **part.solve(request, unknown, family, interim)}


def _head(q: SizeRequest, unknown: str, family: Family) -> dict[str, Any]:
    formula = FORMULAS[q.chosen_method]
    head: dict[str, Any] = {
        "endpoint": q.endpoint,
        "solved_for": unknown,
        "method": q.chosen_method,
        "formula": formula.text,
        "source": formula.source,
        "alpha": q.one_sided_alpha,
        "sides": q.sides,
        "power_target": None if unknown in ("power", "power_of_events") else q.power or DEFAULT_POWER,
        "power_kind": q.power_kind,
        "arms": q.arms,
        "shared_control": q.shared_control if q.arms > 1 else None,
        "multiplicity": family.multiplicity,
        "multiplicity_formula": FORMULAS[family.multiplicity].text,
        "multiplicity_source": FORMULAS[family.multiplicity].source,
        "looks": q.looks,
    }
    if q.looks:
        head["spending"] = q.spending
        family_name = q.spending.partition(":")[0]
        head["spending_formula"] = FORMULAS[family_name].text
        head["spending_source"] = FORMULAS[family_name].source
        head["futility"] = q.futility
    return head


EVENTS_BY = {
    "schoenfeld": "by Schoenfeld's formula",
    "freedman": "by Freedman's formula",
    "lachin_foulkes": "by the formula of Lachin and Foulkes",
    "rubinstein": "by the formula of Rubinstein, Gail and Santner",
}

TITLES = {
    "size": "Patients",
    "events": "Events",
    "power": "Power",
    "power_of_events": "Power",
    "effect": "Least effect detected",
    "effect_of_events": "Least effect detected",
    "follow_up": "Follow-up",
}


def _number(value: Any, digits: int = 4) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if float(value) == int(value):
        return f"{int(value):,}"
    if abs(value) < 1e-3 or (abs(value) < 100 and float(f"{value:.4f}") == round(value)):
        return f"{value:.10g}"  # four decimals would say 0, or a whole number, of what is neither
    return f"{value:,.{digits}f}" if abs(value) < 100 else f"{value:,.2f}"


def _line(label: str, value: Any, note: str = "") -> str:
    return f"  {label:<34}{_number(value):>12}{'  ' + note if note else ''}".rstrip()


def _sizes(a: dict[str, Any]) -> list[str]:
    lines = []
    for key, label in (
        ("n_experimental", "experimental patients, each arm"),
        ("n_control", "control patients"),
        ("n_total", "patients in all"),
    ):
        if key in a:
            exact = a.get(f"{key}_exact")
            lines.append(_line(label, a[key], f"from {exact:,.4f}" if exact is not None else ""))
    if a.get("events") is not None:
        lines.append(_line("events", a["events"], EVENTS_BY[a["method"]]))
        if a.get("events_whole") is not None:
            lines.append(_line("events, whole", a["events_whole"]))
        if a.get("events_expected") is not None:
            lines.append(_line("events expected of these patients", a["events_expected"]))
    return lines


def _power(a: dict[str, Any]) -> list[str]:
    lines = [_line("power reached", a["power"], f"{a['method']}, {a['power_kind']}")]
    for name, value in a.get("power_by_method", {}).items():
        if name != a["method"]:
            lines.append(_line("  one comparison by", value, name))
    family = a.get("family_power")
    if family:
        for kind, label in (
            ("marginal", "a given arm"),
            ("any", "at least one arm"),
            ("all", "every arm"),
            ("alone", "an arm that alone is effective"),
        ):
            lines.append(_line(f"  power, {label}", family[kind], a["multiplicity"]))
    for test, got in a.get("exact", {}).items():
        note = f"exact, {test} test; type I error up to {got['worst_type_one_error']:.5f}"
        lines.append(_line("  one comparison", got["power"], note))
    return lines


def _looks(a: dict[str, Any]) -> list[str]:
    g = a["group_sequential"]
    sizes = [k for k in ("events", "n_total", "month") if k in g["analyses"][0]]
    head = ["look", "information", "efficacy z", "one-sided p", "futility z", "alpha spent", *sizes]
    rows = [head]
    for r in g["analyses"]:
        rows.append(
            [
                str(r["look"]),
                f"{r['information_fraction']:.4f}",
                f"{r['efficacy_z']:.4f}",
                f"{r['efficacy_p']:.6f}",
                _number(r["futility_z"]),
                f"{r['alpha_spent']:.6f}",
                *(f"{r[k]:,.1f}" for k in sizes),
            ]
        )
    lines = ["", f"Interim analyses: {g['method']}", f"  {a['spending_formula']}", f"  {a['spending_source']}"]
    lines += ["  " + "".join(f"{cell:>13}" for cell in row) for row in rows]
    lines.append(_line("inflation factor", g["inflation"], "largest size over that of one look"))
    for h, label in (("h0", "no effect"), ("half", "half the effect"), ("h1", "the effect")):
        lines.append(_line(f"expected share of largest, {label}", g[f"expected_over_largest_{h}"]))
    return lines


def report(answer: dict[str, Any]) -> str:
    """The answer of `answer.answer` as text: numbers with the formula's name and source beside them."""
    a = answer
    lines = [
        f"{TITLES[a['solved_for']]} for a {a['endpoint']} endpoint, method {a['method']}",
        f"  {a['formula']}",
        f"  {a['source']}",
        "",
        _line("alpha, one-sided", a["alpha"]),
    ]
    if a["arms"] > 1:
        control = "shared control" if a["shared_control"] else "a control each"
        lines.append(_line("experimental arms", a["arms"], control))
        lines.append(_line("alpha of a comparison", a["comparison_alpha"], a["multiplicity"]))
        lines.append(f"    {a['multiplicity_formula']}: {a['multiplicity_source']}")
        lines.append(_line("critical z", a["critical_z"]))
    labels = {
        "p0": "control rate p0",
        "p1": "experimental rate p1",
        "difference": "difference",
        "hr": "hazard ratio",
        "median": "control median, months",
        "median_experimental": "experimental median, months",
        "ratio": "ratio experimental to control",
        "accrual_rate": "patients a month",
        "accrual_months": "accrual, months",
        "follow_up_months": "follow-up, months",
        "dropout_per_month": "dropout hazard per month",
    }
    lines += [_line(label, a[key]) for key, label in labels.items() if key in a]
    lines += ["", *_sizes(a), *_power(a)]
    if "group_sequential" in a:
        lines += _looks(a)
    if "subgroups" in a:
        lines += ["", "Power inside each subgroup, at the same alpha"]
        for s in a["subgroups"]:
            who = f"{s['n_experimental']:.1f} experimental, {s['n_control']:.1f} control"
            lines.append(_line(f"share {s['share']:g}", s["power"], f"{who}, {a['method']}"))
    if a["notes"]:
        lines += ["", *(f"Note: {note}" for note in a["notes"])]
    return "\n".join(lines)
