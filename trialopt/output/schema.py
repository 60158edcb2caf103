"""What may be written, as declared: on a terminal, as the page docs/input.md, and as a JSON Schema."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from trialopt.core.columns import DESIGN, REMARK_COLUMNS, SPREAD_COLUMNS, TABLES
from trialopt.core.json_schema import DIALECT, input_schemas
from trialopt.core.settings import SCENARIO, SECTIONS
from trialopt.core.vocabulary import Field, Group, Section, Table
from trialopt.reading.document import suggest
from trialopt.record.solution_schema import solution_schema

REMARKS = Group("remarks", "Columns any table may have: kept and shown, never computed with", REMARK_COLUMNS)

_OF = ", ".join(f"`{table.name}.{' or '.join(table.uncertain)}`" for table in TABLES.values() if table.uncertain)
SPREAD = Group("spread", f"Columns of tables with an uncertain number: {_OF}", SPREAD_COLUMNS)

GROUPS: tuple[Group, ...] = (*SECTIONS, SCENARIO, *TABLES.values(), SPREAD, REMARKS, DESIGN)
"""Everything a designer may write, in the order of docs/input.md."""

WIDEST = 100
INDENT = 24
"""Characters before the text of a field."""


def group(name: str) -> Group:
    """Find a group by its name, the last part of it, or its title. Raises `KeyError` with a sentence."""
    known = {key: group for group in GROUPS for key in (group.name.rpartition(".")[2], group.name, group.title)}
    if name not in known:
        names = [group.name for group in GROUPS if group.name]
        raise KeyError(f"{name!r} is not a table or a part of trial.toml; {suggest(name, names, ', '.join(names))}")
    return known[name]


def facts(field: Field) -> list[str]:
    """What is declared of a field besides its meaning: unit, values, default, since when it binds, section."""
    words = [field.unit, field.allowed if field.allowed != field.unit else ""]
    words += ["required" if field.required else f"default: {field.default_words}"]
    words += [f"binds {field.binds}" if field.binds != "always" else "", f"section {field.section}"]
    return [word for word in words if word]


def _about(group: Group) -> str:
    """One paragraph about a group: what it is for, its key, what counts without it."""
    text = f"{group.meaning}."
    if isinstance(group, Table):
        order = ", in either order" if group.unordered else ""
        text += f" Key: {', '.join(group.key)}{order}. Without a row: {group.absent}."
    return text


def text(groups: Iterable[Group], width: int) -> str:
    """Groups as text at most `width` wide, one field below the other."""
    width = min(WIDEST, width)
    return "\n\n".join("\n".join(_text(group, width)) for group in groups)


def _text(group: Group, width: int) -> Iterator[str]:
    yield group.title
    yield from textwrap.wrap(_about(group), width, initial_indent="  ", subsequent_indent="  ")
    for field in group.declared:
        lines = textwrap.wrap(f"{field.meaning}.", width - INDENT)
        lines += textwrap.wrap("; ".join(facts(field)), width - INDENT)
        if len(field.name) > INDENT - 4:
            yield f"  {field.name}"
            lines.insert(0, "")
            yield from (f"{'':{INDENT}}{line}" for line in lines[1:])
        else:
            yield from (f"  {field.name if n == 0 else '':{INDENT - 2}}{line}" for n, line in enumerate(lines))


# -- The same as a page. ------------------------------------------------------------------------------------------

HEAD = """# What may be written

Every key of `trial.toml` and every column of every table, from the declarations that reading itself is driven by.
`trialopt schema` prints the same (`trialopt schema agents` one table), `trialopt schema --json` a JSON Schema of the
files and of `solution.json`. Sections are those of the [model text](model.md); section 0 is what is shown or looked
up and never computed with.

An instance is a folder with `trial.toml` and tables as CSV (UTF-8, commas, decimal points). A blank cell means the
default. Ids are lower_snake; an agent and a class never share one, and `none` is reserved. An item is an agent or a
class. Unknown files are ignored with a warning; an unknown key or column is an error that names the nearest known one.
`trialopt new` writes a `trial.toml` in which the keys that are not set stand as comments.

Files are read as people have them, where they have one reading. Columns may be separated by semicolons, with decimal
points or, in the whole file, decimal commas. Headers may be in another case, with spaces for `_`. Shares,
probabilities and factors may be written `45%`, money with separators of thousands (`1,250,000`, `12.500,00`).
`12,500` has two readings and is asked about. Columns whose names begin with `x_`, or that `[columns]` lists, are your
own: kept and never computed with.

A workbook (`trialopt new NAME mine.xlsx`; needs `trialopt[excel]`) can be given wherever a folder can. It has a sheet
for each table, named like it, and the sheet `trial` with the columns `key` and `value`: dotted keys
(`trial.max_arms`, `epoch.induction.cycles`, `control.induction`), and numbers, words or TOML (`["a", "b"]`).
"""
PARTS = {"": "trial.toml", "scenario": "Scenarios", "agents": "Tables", "design": "Designs"}
"""Heading above the group of each name."""


def page(groups: list[Group]) -> str:
    """Markdown of groups under headings, one table each."""
    parts = [HEAD]
    for group in groups:
        if group.name in PARTS:
            parts.append(f"## {PARTS[group.name]}\n")
        parts.append("\n".join(_markdown(group)))
    return "\n".join(parts)


def _markdown(group: Group) -> Iterator[str]:
    header = "Column" if isinstance(group, Table) or group in (SPREAD, REMARKS) else "Key"
    yield f"### {'Top of the file' if group.name == '' else f'`{group.title}`'}\n\n{_about(group)}\n"
    yield f"| {header} | Meaning | Unit | Values | Default | Binds | Section |\n|---|---|---|---|---|---|---|"
    for field in group.declared:
        name = f"**`{field.name}`**" if field.required else f"`{field.name}`"
        cells = (name, field.meaning, field.unit, field.allowed, field.default_words, field.binds, str(field.section))
        yield f"| {' | '.join(cells)} |"
    yield ""


# -- The same for programs. ---------------------------------------------------------------------------------------


def document(groups: list[Group] | None = None) -> dict[str, object]:
    """One JSON Schema: an object with each file by name (tables as lists of rows), or only the files of the groups."""
    schemas = input_schemas()
    if groups is not None:
        schemas = {name: schemas[name] for group in groups if (name := _file(group)) in schemas}
    else:
        schemas["solution.json"] = solution_schema()
    lists = {name: {"type": "array", "items": {"$ref": f"#/$defs/{name}"}} for name in schemas if name.endswith(".csv")}
    others = {name: {"$ref": f"#/$defs/{name}"} for name in schemas if not name.endswith(".csv")}
    return {
        "$schema": DIALECT,
        "title": "The files of trialopt",
        "type": "object",
        "properties": others | lists,
        "$defs": schemas,
    }


def _file(group: Group) -> str:
    return "trial.toml" if isinstance(group, Section) else group.title
