"""The list of conversations, as HTML. What its buttons do is in desk.py.

Native `<details>` hold what is seldom needed: to rename one, and to delete it, which asks once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import groupby
from typing import Any

from assistant.formats import format_moment
from assistant.page.wording import page_words
from assistant.threads import LONGEST_TITLE, Thread

__all__ = ["TURN", "thread_list"]

TURN = """
const within = (event, selector) => event.target.closest(`#kd-threads ${selector}`);
document.addEventListener('click', event => {
  const opens = within(event, '[data-open]'), deletes = within(event, '[data-delete]');
  if (opens) trigger('click', {act: 'open', thread: opens.dataset.open});
  if (deletes) trigger('click', {act: 'delete', thread: deletes.dataset.delete});
});
document.addEventListener('kd-back', event => {
  trigger('click', {act: 'open', thread: event.detail});
});
document.addEventListener('submit', event => {
  const form = within(event, 'form');
  if (!form) return;
  event.preventDefault();
  trigger('click', {act: 'rename', thread: form.dataset.rename, title: form.elements.title.value});
});
"""
"""The user's hand in the list, and a tab that was loaded again (`kindred.back`)."""


def thread_list(
    threads: Sequence[Thread] | None, language: str, now: datetime, current: str = ""
) -> str:
    """The conversations by day, newest first; None: not yet known.

    Args:
        now: decides what is today; its time zone is the reader's.
        current: id of the one on show.
    """
    words = page_words(language)
    head = f'<h2 id="kd-threads-head" tabindex="-1">{escape(words["threads"])}</h2>'
    if threads is None:
        return head
    if not threads:
        return f"{head}<p>{escape(words['threads_none'])}</p>"
    days = groupby(threads, lambda one: _is_today(one, now))
    return head + "".join(
        _day(words["today" if today else "earlier"], group, words, language, now, current)
        for today, group in days
    )


def _day(
    title: str,
    threads: Iterable[Thread],
    words: Mapping[str, Any],
    language: str,
    now: datetime,
    current: str,
) -> str:
    rows = "".join(_row(one, words, language, now, current == one.id) for one in threads)
    return f"<h3>{escape(title)}</h3><ul>{rows}</ul>"


def _row(
    thread: Thread, words: Mapping[str, Any], language: str, now: datetime, on_show: bool
) -> str:
    title, id = escape(thread.title), escape(thread.id)
    when = escape(format_moment(thread.at.astimezone(now.tzinfo), now, language))
    mark = ' aria-current="true"' if on_show else ""
    more = escape(words["thread_more"].format(title=thread.title))
    return (
        f"<li{' class=kd-on-show' if on_show else ''}>"
        f'<button type="button" data-open="{id}"{mark}><span>{title}</span>'
        f'<time datetime="{thread.at.isoformat()}">{when}</time></button>'
        f'<details class="kd-thread-more"><summary aria-label="{more}" title="{more}"></summary>'
        f"{_renaming(id, title, words)}{_deleting(id, words)}</details></li>"
    )


def _renaming(id: str, title: str, words: Mapping[str, Any]) -> str:
    return (
        f'<form data-rename="{id}"><input name="title" value="{title}" required autocomplete="off" '
        f'maxlength="{LONGEST_TITLE}" aria-label="{escape(words["thread_name"])}">'
        f'<button type="submit">{escape(words["rename"])}</button></form>'
    )


def _deleting(id: str, words: Mapping[str, Any]) -> str:
    return (
        f'<details class="kd-sure"><summary>{escape(words["delete"])}</summary>'
        f'<p>{escape(words["delete_means"])}</p><button type="button" data-delete="{id}">'
        f"{escape(words['delete_sure'])}</button></details>"
    )


def _is_today(thread: Thread, now: datetime) -> bool:
    return thread.at.astimezone(now.tzinfo).date() == now.date()
