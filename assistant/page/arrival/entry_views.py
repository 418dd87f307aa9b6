"""The ways in, as HTML: the head of the sheet, where files are dropped, the demo shop."""

from __future__ import annotations

from html import escape

from assistant.page.arrival.words import arrival_words

__all__ = ["drop_zone", "head_view", "message", "ways_in"]

ACCEPTED = ".csv,.tsv,.tab,.txt,.dat,.psv,.gz,.bz2,.xz,.parquet,.pq,.xlsx,.xlsm,.xlsb,.xls,.ods"


def head_view(title: str, text: str, *, close: str | None) -> str:
    """The head of the sheet; `close` is the name of its button, None where it stays."""
    button = (
        f'<button type="button" class="kd-shut" data-arrival="close" data-key="close" '
        f'aria-label="{escape(close)}">×</button>'
        if close
        else ""
    )
    return (
        f'<div class="kd-sheet-head"><div><h2 tabindex="-1">{escape(title)}</h2>'
        f"<p>{escape(text)}</p></div>{button}</div>"
    )


def drop_zone(language: str, *, more: bool) -> str:
    """Where files are dropped or chosen; the script (arrival.js) sends them."""
    words = arrival_words(language)
    said = {
        name: words[name]
        for name in (
            "uploading",
            "uploaded",
            "upload_failed",
            "too_large",
            "looking",
            "stop_upload",
        )
    }
    data = " ".join(
        f'data-{name.replace("_", "-")}="{escape(text)}"' for name, text in said.items()
    )
    size = "kd-drop kd-drop-small" if more else "kd-drop"
    return (
        f'<div class="{size}" {data}><label><input type="file" id="kd-files" multiple '
        f'accept="{ACCEPTED}"><span class="kd-drop-icon" aria-hidden="true"></span>'
        f"<strong>{escape(words['drop_more' if more else 'drop'])}</strong>"
        f"<small>{escape(words['drop_hint' if more else 'own_text'])}</small></label>"
        '<ul class="kd-uploads"></ul></div>'
    )


def ways_in(language: str) -> str:
    """The other way in: the demo shop."""
    words = arrival_words(language)
    return (
        f'<div class="kd-way"><div><h3>{escape(words["demo"])}</h3>'
        f"<p>{escape(words['demo_text'])}</p></div>"
        f'<button type="button" class="kd-act" data-arrival="demo" data-key="demo">'
        f"{escape(words['open_demo'])}</button></div>"
    )


def message(text: str, kind: str = "bad") -> str:
    """One message at its place: `bad`, `good` or `plain`."""
    return f'<p class="kd-say kd-say-{kind}" data-say="{escape(text)}">{escape(text)}</p>'
