"""The files to be confirmed, as HTML.

Names of files and columns, their values and what was wrong with them come from strangers: escaped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from assistant.formats import format_count, format_value
from assistant.page.arrival.entry_views import message
from assistant.page.arrival.fault_words import error_words
from assistant.page.arrival.words import Words, arrival_words, column_words, fill, reason_words
from segmentation.types import TABLES

if TYPE_CHECKING:
    from assistant.loading.file import File, Part
    from assistant.loading.plan import Plan, Problem

__all__ = ["CURRENCIES", "plan_view"]

LONGEST_CELL = 40
MOST_REASONS = 6
CURRENCIES = ("EUR", "USD", "GBP", "CNY", "BRL", "JPY", "CHF", "AUD", "CAD", "HKD", "INR", "SEK")


def plan_view(plan: Plan, language: str, *, over: bool, said: str = "") -> str:
    """Every file with its table and columns, what is in the way, and the button that builds.

    Args:
        over: whether there are data that the new ones take the place of.
        said: a message on top, as HTML.
    """
    words = arrival_words(language)
    files = "".join(_file(plan, file, words, language) for file in plan.files.values())
    return (
        f"{said}<h3>{escape(words['files_title'])}</h3>"
        f'<p class="kd-soft">{escape(words["files_text"])}</p>'
        f"{_preset(plan, words)}{files}{_options(plan, words)}"
        f"{_standing(plan, words, language)}{_build(plan, words, over=over)}"
    )


def _file(plan: Plan, file: File, words: Words, language: str) -> str:
    trouble = "".join(
        f'<li class="kd-say-bad">{escape(_problem(problem, file, words, language))}</li>'
        for problem in plan.problems
        if problem.file == file.key
    )
    shown = not plan.known and file.preview is not None and file.path is not None
    return (
        f'<article class="kd-file" aria-label="{escape(file.name)}">'
        f"<header><div><strong>{escape(file.name)}</strong>"
        f'<span class="kd-soft">{escape(_size(file, words, language))}</span></div>'
        f"{_table_choice(file, words) if shown else ''}{_remove(file, words)}</header>"
        f'<ul class="kd-trouble">{trouble}</ul>'
        f"{_columns(file, words) if shown else ''}</article>"
    )


def _remove(file: File, words: Words) -> str:
    label = fill(words["remove"], name=file.name)
    return (
        f'<button type="button" class="kd-act" data-arrival="remove" data-file="{file.key}" '
        f'data-key="remove-{file.key}" aria-label="{escape(label)}">'
        f"{escape(words['remove_short'])}</button>"
    )


def _size(file: File, words: Words, language: str) -> str:
    size, unit = float(file.size), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    told = f"{format_value(round(size, 1), 'size', language)} {unit}"
    if file.preview is None:
        return told
    count = len(file.columns)
    many = words["column_count"]["one" if count == 1 else "many"]
    return fill(words["size"], size=told, columns=fill(many, count=format_count(count, language)))


def _problem(problem: Problem, file: File, words: Words, language: str) -> str:
    if problem.kind == "unreadable":
        return error_words(file.error, language)
    if problem.kind == "missing":
        return _missing(file, words)
    return fill(words["problems"][problem.kind], about=problem.about)


def _missing(file: File, words: Words) -> str:
    """The columns that nothing is taken for; where there are several, that all are needed."""
    count = "one" if len(file.missing) == 1 else "many"
    return fill(words["problems"]["missing"][count], about=column_words(file.missing, words))


def _table_choice(file: File, words: Words) -> str:
    options = "".join(_option(t, words["tables"][t], t == file.table) for t in TABLES)
    label = f"{file.name}: {words['is_table']}"
    return (
        f'<label class="kd-pick"><span>{escape(words["is_table"])}</span>'
        f'<select data-arrival="table" data-file="{file.key}" data-key="table-{file.key}" '
        f'aria-label="{escape(label)}">{options}</select></label>'
    )


def _columns(file: File, words: Words) -> str:
    heads = "".join(f'<th scope="col">{escape(words[n])}</th>' for n in _HEADS)
    rows = "".join(_column(file, part, words) for part in file.parts)
    return (
        f'<table class="kd-columns"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        f"{_lacks(file, words)}"
    )


_HEADS = ("your_column", "examples", "taken_for")


def _column(file: File, part: Part, words: Words) -> str:
    examples = "".join(f"<li>{escape(_short(value))}</li>" for value in part.examples)
    shown = f"<ul>{examples}</ul>" if examples else f"<em>{escape(words['empty_column'])}</em>"
    return (
        f'<tr class="kd-role-{"left" if part.role == "left" else "used"}">'
        f'<th scope="row">{escape(_short(part.column))}</th><td>{shown}</td>'
        f"<td>{_role_choice(file, part, words)}{_person(part, words)}</td></tr>"
    )


def _role_choice(file: File, part: Part, words: Words) -> str:
    label = fill(words["takes"], file=file.name, column=part.column)
    kept = fill(words["kept"], name=part.name) if part.name else words["kept_new"]
    choices = {role: words["columns"][role] for role in _roles(file.table)} | {
        "left": words["left"]
    }
    if not part.person:
        choices["kept"] = kept
    options = "".join(_option(role, said, role == part.role) for role, said in choices.items())
    return (
        f'<select data-arrival="column" data-file="{file.key}" data-column="{escape(part.column)}" '
        f'data-key="column-{file.key}-{escape(part.column)}" aria-label="{escape(label)}">'
        f"{options}</select>"
    )


def _roles(table: str) -> list[str]:
    from segmentation.data.words import synonyms

    return list(synonyms()[table])


def _person(part: Part, words: Words) -> str:
    if not part.person:
        return ""
    said = words["person" if part.role == "left" else "person_id"]
    return f'<span class="kd-person">{escape(fill(said, kind=words["kinds"][part.person]))}</span>'


def _lacks(file: File, words: Words) -> str:
    """What useful columns the file has not, and what that costs."""
    all_costs = words["costs"].get(file.table, {})
    roles = [role for role in all_costs if role not in file.mapping.picks]
    if not roles:
        return ""
    names = words["comma"].join(words["columns"][role] for role in roles)
    costs = " ".join(all_costs[role] for role in roles)
    return f'<p class="kd-soft">{escape(fill(words["lacks"], columns=names))} {escape(costs)}</p>'


def _preset(plan: Plan, words: Words) -> str:
    if plan.preset is None:
        return ""
    title = fill(words["preset"], name=words["presets"][plan.preset.name])
    options = _option("yes", words["preset_use"], plan.as_known) + _option(
        "no", words["preset_own"], not plan.as_known
    )
    return (
        f'<div class="kd-known"><div><strong>{escape(title)}</strong>'
        f'<span class="kd-soft">{escape(words["preset_text"])}</span></div>'
        f'<select data-arrival="preset" data-key="preset" aria-label="{escape(title)}">'
        f"{options}</select></div>"
    )


def _options(plan: Plan, words: Words) -> str:
    """Currency, and the order of day and month where the files do not tell."""
    if not plan.readable:
        return ""
    return f'<div class="kd-options">{_currency(plan, words)}{_dates(plan, words)}</div>'


def _currency(plan: Plan, words: Words) -> str:
    found = plan.known.currency if plan.known else None
    if plan.trial.report is not None:
        found = plan.trial.report.currency
    known = found if found and found != "money" else None
    auto = fill(words["currency_auto"], code=known) if known else words["currency_unknown"]
    options = _option("", auto, plan.currency is None)
    options += "".join(_option(code, code, code == plan.currency) for code in CURRENCIES)
    return _choice("currency", words["currency"], options)


def _dates(plan: Plan, words: Words) -> str:
    example = next((f.two_ways for f in plan.readable if f.two_ways), None)
    if example is None or plan.known:
        return ""
    day, month = _readings(example)
    said = plan.date_format
    options = (
        _option("", words["dates_auto"], said is None)
        + _option("day-first", fill(words["dates_day"], day=day), said == "day-first")
        + _option("month-first", fill(words["dates_month"], month=month), said == "month-first")
    )
    return _choice("dates", fill(words["dates_ask"], example=example), options)


def _readings(example: str) -> tuple[str, str]:
    from segmentation.data.dates import Dates, read_date

    found = [read_date(example, Dates(order)) for order in ("dmy", "mdy")]
    day, month = (f"{moment:%Y-%m-%d}" if moment else example for moment in found)
    return day, month


def _choice(act: str, label: str, options: str) -> str:
    return (
        f'<label class="kd-pick"><span>{escape(label)}</span>'
        f'<select data-arrival="{act}" data-key="{act}">{options}</select></label>'
    )


def _option(value: str, text: str, chosen: bool) -> str:
    return f'<option value="{escape(value)}"{" selected" if chosen else ""}>{escape(text)}</option>'


def _standing(plan: Plan, words: Words, language: str) -> str:
    """What the first rows gave, and what is in the way of all files together."""
    whole = [problem for problem in plan.problems if problem.file is None]
    said = "".join(message(_in_the_way(problem, plan, words, language)) for problem in whole)
    report = plan.trial.report
    if report is None:
        return said
    read, accepted = sum(report.read.values()), sum(report.accepted.values())
    counts = {"read": format_count(read, language), "accepted": format_count(accepted, language)}
    told = fill(words["tried_all" if read == accepted else "tried"], **counts)
    listed = "".join(
        f"<li>{escape(words['tables'][r.table])}: {escape(name)} "
        f"({format_count(r.rows, language)}). {escape(fix)}</li>"
        for r in report.reasons[:MOST_REASONS]
        for name, fix in [reason_words(r.reason, r.fix, words)]
    )
    return f'{said}<p class="kd-soft">{escape(told)}</p><ul class="kd-soft">{listed}</ul>'


def _in_the_way(problem: Problem, plan: Plan, words: Words, language: str) -> str:
    if problem.kind == "refused":
        return error_words(plan.trial.error, language, [file.name for file in plan.readable])
    return str(words["problems"][problem.kind])


def _build(plan: Plan, words: Words, *, over: bool) -> str:
    state = "" if plan.ready else " disabled"
    hint = words["build_hint"] if plan.ready else words["mend"]
    label = words["build_over" if over else "build"]
    return (
        f'<div class="kd-go"><button type="button" class="kd-primary" data-arrival="build" '
        f'data-key="build"{state}>{escape(label)}</button>'
        f'<button type="button" class="kd-act" data-arrival="start_over" data-key="start_over">'
        f'{escape(words["start_over"])}</button><p class="kd-soft">{escape(hint)}</p></div>'
    )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
