"""Answers of `trialopt size` as text for a terminal: numbers with formula and source beside them."""

from __future__ import annotations

from typing import Any

EVENTS_BY = {
    "schoenfeld": "by Schoenfeld's formula",
    "freedman": "by Freedman's formula",
    "lachin_foulkes": "by the formula of Lachin and Foulkes",
    "rubinstein": "by the formula of Rubinstein, Gail and Santner",
    "schoenfeld_margin": "by Schoenfeld's formula with the margin",
    "delayed_log_rank": "expected of these patients",
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


# -- Parts of an answer that only some questions have. -------------------------------------------------------------


def _nested(a: dict[str, Any]) -> list[str]:
    n = a["nested"]
    lines = ["", "All patients, and those with the biomarker", f"  {n['formula']}", f"  {n['source']}"]
    lines.append(_one("share with the biomarker", n["share"]))
    if n["effect"] is not None:
        lines.append(_one("rate in them" if a["endpoint"] == "response" else "hazard ratio in them", n["effect"]))
    for where in ("overall", "subgroup"):
        lines.append(_line(f"{where}: alpha", n[f"{where}_alpha"], f"bound {n[f'{where}_z']:.4f}"))
        lines.append(_line(f"{where}: power", n[f"power_{where}"]))
    return [*lines, _line("power of either", n["power_any"]), _line("power of both", n["power_all"])]


def _mams(a: dict[str, Any]) -> list[str]:
    m = a["mams"]
    first, last = m["efficacy_z"]
    lines = ["", f"Two stages, bounds of {m['shape']} shape"]
    lines.append(_line("look at the fraction", m["information_fraction"]))
    lines.append(_line("an arm is effective there above", first, "the best such arm ends the trial"))
    lines.append(_line("an arm is dropped there below", m["lower_z"]))
    lines.append(_line("an arm is effective at the end above", last))
    lines.append(_line("type I error of the family", m["type_one_error"]))
    if "n_total" in m:
        lines.append(_line("patients at the look", m["n_total"], "if no arm was dropped before"))
    if "events" in m:
        lines.append(_line("events at the look", m["events"], "of a comparison"))
    return lines


def _delay(a: dict[str, Any]) -> list[str]:
    d = a["delay"]
    return [
        "",
        f"The effect sets in {d['months']:g} months after entry; before, the hazard ratio is {d['early_hr']:g}",
        _line("average hazard ratio", d["average_hazard_ratio"]),
        _line("power without the delay", d["power_without_delay"]),
        _line("power lost", d["power_lost"]),
    ]


EXTRA = {"delay": _delay, "nested": _nested, "mams": _mams}


def _single_arm(a: dict[str, Any]) -> list[str]:
    d = a["single_arm"]
    lines = [_one("rate that is too low, p0", a["p0"]), _one("rate hoped for, p1", a["p1"])]
    lines += [_one("power asked for", a["power_target"]), ""]
    if "n1" in d:
        lines += [_line("patients of the first stage", d["n1"]), _line("stop with at most responders", d["r1"])]
    lines += [_line("patients in all", d["n"]), _line("reject p0 with more responders than", d["r"])]
    if "n1" in d:
        lines.append(_line("patients expected at p0", d["expected_n_p0"]))
        lines.append(_line("chance of stopping at p0", d["stop_p0"]))
    return [*lines, _line("type I error", d["type_one_error"], "exact"), _line("power", d["power"], "exact")]


def _at_look(a: dict[str, Any]) -> list[str]:
    d = a["at_look"]
    lines = [_line("look", d["look"]), _line("information fraction", d["information_fraction"])]
    lines += [_line("z seen", d["z"]), _line("effect seen, share of the planned", d["share_of_planned"])]
    lines += [_line("efficacy bound", d["efficacy_z"]), _line("futility bound", d["futility_z"])]
    words = {"planned": "the planned effect", "none": "no effect", "trend": "the effect seen"}
    for ruled, said in (("", ""), ("_futility", "later futility bounds stop the trial")):
        if f"predictive_power{ruled}" not in d:
            continue
        lines += ["", *([said] if said else [])]
        lines += [_line(f"conditional power, {w}", d[f"conditional_power{ruled}"][k]) for k, w in words.items()]
        prior = "flat prior" if d["prior"] is None else "prior {:g} (sd {:g}) of the planned effect".format(*d["prior"])
        lines.append(_line("predictive power", d[f"predictive_power{ruled}"], prior))
    return lines


def _p_values(a: dict[str, Any]) -> list[str]:
    names = list(a["p_values"][0])
    lines = ["", "  " + "".join(f"{name:>12}" for name in names)]
    for row in a["p_values"]:
        cells = [f"{_small(row[n], 5)}{'*' if n != 'p' and row[n] <= a['alpha'] else ' '}" for n in names]
        lines.append("  " + "".join(f"{cell:>12}" for cell in cells).rstrip())
    return [*lines, "", "  * rejected at alpha"]


OTHER = {
    "single_arm": ("Single-arm design, exactly", _single_arm),
    "at_look": ("Power at an interim look", _at_look),
    "p_values": ("Adjusted p-values", _p_values),
}


RESULTS = {"median_experimental", "accrual_rate", "accrual_months", "follow_up_months"}
"""Printed with four decimals; what else was given is printed as it was given."""


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


def _given(value: Any) -> str:
    """A number as it was given: four decimals where they say it all, else all its digits."""
    if isinstance(value, str) or value is None or float(value) == int(value):
        return _number(value)
    short = f"{value:.4f}"
    return short if abs(value - float(short)) < 1e-12 * abs(value) else f"{value:.10g}"


def _small(value: float, digits: int = 6) -> str:
    """A probability in decimals, or in powers of ten where these would say 0."""
    return f"{value:.{digits}f}" if value == 0 or value >= 10.0**-digits else f"{value:.2e}"


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
            if kind in family:
                lines.append(_line(f"  power, {label}", family[kind], a["multiplicity"]))
    for test, got in a.get("exact", {}).items():
        note = f"exact, {test} test; type I error up to {got['worst_type_one_error']:.4f}"
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
                _small(r["efficacy_p"]),
                _number(r["futility_z"]),
                _small(r["alpha_spent"]),
                *(f"{r[k]:,.0f}" if float(r[k]).is_integer() else f"{r[k]:,.1f}" for k in sizes),
            ]
        )
    lines = ["", f"Interim analyses: {g['method']}", f"  {a['spending_formula']}", f"  {a['spending_source']}"]
    lines += ["  " + "".join(f"{cell:>13}" for cell in row) for row in rows]
    lines.append(_line("inflation factor", g["inflation"], "largest size over that of one look"))
    for h, label in (("h0", "no effect"), ("half", "half the effect"), ("h1", "the effect")):
        lines.append(_line(f"expected share, {label}", g[f"expected_over_largest_{h}"], "of the largest size"))
    return lines


def report(answer: dict[str, Any]) -> str:
    """The answer of `answer.answer` as text: numbers with the formula's name and source beside them."""
    a, solved = answer, answer["solved_for"]
    if solved in OTHER:
        title, part = OTHER[solved]
        lines = [title, f"  {a['formula']}", f"  {a['source']}", "", _one("alpha, one-sided", a["alpha"]), *part(a)]
    else:
        lines = _comparison(a)
    if a["notes"]:
        lines += ["", *(f"Note: {note}" for note in a["notes"])]
    return "\n".join(lines)


def _one(label: str, value: Any) -> str:
    """A line of a number as it was given."""
    return f"  {label:<34}{_given(value):>12}"


def _comparison(a: dict[str, Any]) -> list[str]:
    lines = [
        f"{TITLES[a['solved_for']]} for a {a['endpoint']} endpoint, method {a['method']}",
        f"  {a['formula']}",
        f"  {a['source']}",
        "",
        _one("alpha, one-sided", a["alpha"]),
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
        "margin": "margin of non-inferiority",
        "ratio": "ratio experimental to control",
        "accrual_rate": "patients a month",
        "accrual_months": "accrual, months",
        "follow_up_months": "follow-up, months",
        "dropout_per_month": "dropout hazard per month",
    }
    found = RESULTS | ({"p1", "hr", "difference"} if a["solved_for"].startswith("effect") else set())
    for key, label in labels.items():
        if key in a:
            lines.append(_line(label, a[key]) if key in found else _one(label, a[key]))
    lines += ["", *_sizes(a), *_power(a)]
    if "group_sequential" in a:
        lines += _looks(a)
    if "subgroups" in a:
        lines += ["", "Power inside each subgroup, at the same alpha"]
        for s in a["subgroups"]:
            who = f"{s['n_experimental']:.1f} experimental, {s['n_control']:.1f} control"
            lines.append(_line(f"share {s['share']:g}", s["power"], f"{who}, {a['method']}"))
    for key, part in EXTRA.items():
        if key in a:
            lines += part(a)
    return lines
