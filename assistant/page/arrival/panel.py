"""How data comes in: the empty page, the upload, the build, the notes on the data. What happens,
answered with updates; how it looks is in the files beside this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder

from assistant.page.arrival.build_views import building_view, news_view
from assistant.page.arrival.building import Building
from assistant.page.arrival.data_notes import notes_view
from assistant.page.arrival.entry_views import drop_zone, head_view, message, ways_in
from assistant.page.arrival.fault_words import error_words
from assistant.page.arrival.file_views import CURRENCIES, plan_view
from assistant.page.arrival.words import arrival_words
from assistant.page.panel import HIDDEN, Panel, saved
from assistant.page.session import Opening
from segmentation.types import InputError, KindredError

if TYPE_CHECKING:
    from assistant.loading.order import Loading
    from assistant.loading.plan import Plan

__all__ = ["Arrival", "arrival_panel"]

ACTS = """
document.addEventListener('kd-arrival', event => trigger('click', event.detail));
"""
"""What is pressed, chosen or dropped; arrival.js says what."""
QUICK, SLOW = 1.0, 15.0
"""Seconds between two looks at the state: while a build is watched, and else."""

Updates = tuple[Any, ...]


class Visit:
    """What one browser tab holds of its data on their way.

    `plan` is its files (None before the first), `open` whether the sheet shows, `building` the
    build that was begun here, `said` a message on top of the sheet and `news` one over the page (as
    HTML), `edition` which data the tab shows, `drawn` what was drawn last.
    """

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.building: Building | None = None
        self.open = False
        self.said = self.news = ""
        self.edition = 0
        self.drawn: Updates = ()
        self.lock = threading.RLock()

    def __deepcopy__(self, memo: Any) -> Visit:
        """Every tab begins with its own."""
        return Visit()

    def leave(self) -> None:
        """The tab is gone, and its files with it; a build under way keeps its own."""
        if self.plan is not None and (self.building is None or self.building.over):
            self.plan.start_over()


@dataclass(frozen=True)
class Arrival:
    """The sheet, laid out.

    Args:
        panel: what is worded with the rest of the page.
        edition: changes when other data has taken the place of the old.
        after: given an event's `then`, has the sheet look at the state after it.
    """

    panel: Panel
    edition: gr.State
    after: Callable[[Callable[..., Any]], Any]


def arrival_panel(
    opening: Opening, loading: Loading | None, data: gr.Button, spoken: gr.Radio
) -> Arrival:
    """Lay the sheet out here, which `data` opens and an empty workspace shows by itself."""
    desk = _Desk(opening, loading)
    visit = gr.State(Visit(), delete_callback=lambda visit: visit.leave())
    edition = gr.State(0)
    news = gr.HTML("", elem_id="kd-news")
    with gr.Column(elem_id="kd-arrival", visible=False) as sheet:
        head = gr.HTML("", elem_id="kd-arrival-head")
        drop = gr.HTML("", elem_id="kd-arrival-drop")
        view = gr.HTML("", elem_id="kd-arrival-view")
    acts = gr.HTML("", js_on_load=ACTS, elem_id="kd-arrival-acts", elem_classes="kd-unseen")
    parcel = gr.JSON(visible=False)
    timer = gr.Timer(SLOW)
    drawn = [visit, sheet, head, drop, view, news, timer, edition]

    data.click(desk.opened, [visit, spoken], drawn, **HIDDEN)
    saved(acts.click(desk.act, [visit, spoken], [*drawn, parcel], **HIDDEN), parcel)
    timer.tick(desk.look, [visit, spoken], drawn, **HIDDEN)
    spoken.change(desk.redraw, [visit, spoken], drawn, **HIDDEN)

    def worded(language: str) -> tuple[Any, ...]:
        quick = opening.state in ("empty", "building")
        known = opening.session is not None
        button = gr.update(value=arrival_words(language)["data"], visible=known)
        return button, gr.Timer(QUICK if quick else SLOW)

    def after(then: Callable[..., Any]) -> Any:
        return then(desk.look, [visit, spoken], drawn, **HIDDEN)

    return Arrival(Panel((data, timer), worded), edition, after)


class _Desk:
    """What happens on the sheet; every method answers with `drawn`, in that order."""

    def __init__(self, opening: Opening, loading: Loading | None) -> None:
        self._opening, self._loading = opening, loading
        self._acts: Mapping[str, Callable[..., None]] = {
            "add": self._add,
            "remove": lambda plan, said: plan.remove(_key(said)),
            "table": lambda plan, said: plan.set_table(_key(said), str(said["value"])),
            "column": lambda plan, said: plan.set_part(
                _key(said), str(said["column"]), str(said["value"])
            ),
            "preset": lambda plan, said: plan.choose(as_known=said["value"] == "yes"),
            "currency": lambda plan, said: plan.choose(currency=_one_of(said, CURRENCIES)),
            "dates": lambda plan, said: plan.choose(
                date_format=_one_of(said, ("day-first", "month-first"))
            ),
            "start_over": lambda plan, said: plan.start_over(),
        }

    def opened(self, visit: Visit, language: str) -> Updates:
        """The notes on the data are wanted, or no longer."""
        visit.open, visit.news = not visit.open, ""
        return self._drawn(visit, language)

    def redraw(self, visit: Visit, language: str) -> Updates:
        """The page speaks another language."""
        visit.said = ""
        return self._drawn(visit, language)

    def look(self, visit: Visit, language: str) -> Updates:
        """Time has passed: what a build came to, here or in another tab."""
        with visit.lock:
            self._learn(visit, language)
        return self._drawn(visit, language)

    def act(self, visit: Visit, language: str, event: gr.EventData, request: gr.Request) -> Updates:
        """Something was pressed, chosen or dropped on the sheet; the last is a file to save."""
        said: dict[str, Any] = dict(event._data or {})
        parcel = None
        with visit.lock:
            visit.said = ""
            if said.get("act") == "aside":
                parcel = self._parcel(str(said.get("table")), request.username or "page")
            else:
                self._do(visit, str(said.get("act")), said, language)
            self._learn(visit, language)
        return *self._drawn(visit, language), parcel

    def _do(self, visit: Visit, act: str, said: Mapping[str, Any], language: str) -> None:
        if act in ("close", "notes"):
            visit.open, visit.news = act == "notes", ""
        elif act == "dismiss":
            visit.news = ""
        elif act == "cancel" and visit.building is not None:
            visit.building.cancel()
        elif self._loading is not None and act in ("demo", "build"):
            self._begin(visit, act, language)
        elif self._loading is not None and act in self._acts and not self._waits(visit):
            self._acts[act](self._plan(visit), said)

    def _waits(self, visit: Visit) -> bool:
        """Whether the tab's files are being built: then they stay as they are."""
        return visit.building is not None and not visit.building.over

    def _plan(self, visit: Visit) -> Plan:
        from assistant.loading.plan import Plan

        if visit.plan is None:
            assert self._loading is not None
            visit.plan = Plan(self._loading.root)
        return visit.plan

    def _add(self, plan: Plan, said: Mapping[str, Any]) -> None:
        for file in said.get("files", ()):
            if path := _uploaded(str(file.get("path", ""))):
                plan.add(path, str(file.get("name", "")))

    def _begin(self, visit: Visit, act: str, language: str) -> None:
        assert self._loading is not None
        work: Callable[..., Any] = self._loading.demo
        if act == "build":
            plan = self._plan(visit)
            if not plan.ready:
                return
            work = _once(plan, self._loading)
        try:
            visit.building = self._opening.build(work)
        except InputError:
            visit.said = message(arrival_words(language)["busy"], "plain")

    def _learn(self, visit: Visit, language: str) -> None:
        """What has changed since this tab was drawn last."""
        building, words = visit.building, arrival_words(language)
        mine = building is not None and building.over
        if building is not None and mine:
            visit.building = None
            if building.outcome == "cancelled":
                visit.said = message(words["cancelled"], "plain")
            elif building.outcome == "failed":
                files = visit.plan.files.values() if visit.plan is not None else ()
                error = error_words(building.error, language, [file.name for file in files])
                visit.said = message(
                    words["failed"].format(error=error) if building.error else error
                )
        if self._opening.edition != visit.edition:
            self._change(visit, language, mine=mine)

    def _change(self, visit: Visit, language: str, *, mine: bool) -> None:
        """Other data is there: the chat opens with it."""
        visit.edition = self._opening.edition
        first = not visit.drawn
        session = self._opening.session
        if session is not None and not first:
            visit.news = news_view(session.report() or None, language, mine=mine)
        if mine and visit.plan is not None:
            visit.plan.start_over()
        if visit.plan is None or not visit.plan.files:
            visit.open = False

    def _parcel(self, table: str, by: str) -> dict[str, str] | None:
        session = self._opening.session
        if session is None:
            return None
        try:
            return {"name": f"set-aside-{table}.csv", "content": session.set_aside(table, by)}
        except KindredError:
            return None

    # Drawing

    def _drawn(self, visit: Visit, language: str) -> Updates:
        """visit, sheet, head, drop, view, news, timer, edition; what is as it was is skipped."""
        with visit.lock:
            state = self._opening.state
            has_data = self._opening.session is not None
            shows = (visit.open and has_data) or self._must_show(state)
            head, drop, view = self._sheet(visit, state, language) if shows else ("", "", "")
            watched = state in ("empty", "building")
            now = (shows, head, drop, view, visit.news, watched, visit.edition, language)
            before, visit.drawn = visit.drawn, now
        changed = [
            not before or one != other for one, other in zip(now, before or now, strict=True)
        ]
        updates = (
            gr.update(visible=shows),
            head,
            drop,
            view,
            visit.news,
            gr.Timer(QUICK if watched else SLOW),
            visit.edition,
        )
        kept = (one if new else gr.skip() for one, new in zip(updates, changed, strict=False))
        return visit, *kept

    def _must_show(self, state: str) -> bool:
        """An empty workspace has nothing else to show."""
        return state == "empty" or (state == "building" and self._opening.session is None)

    def _sheet(self, visit: Visit, state: str, language: str) -> tuple[str, str, str]:
        """head, drop, view."""
        words, building = arrival_words(language), self._opening.building
        has_data = self._opening.session is not None
        close = words["close"] if has_data else None
        if state == "building" and building is not None:
            mine = visit.building is building
            title = words["building_title" if mine else "building_other"]
            text = words["building_text" if mine or not has_data else "building_other_text"]
            view = building_view(building, language, mine=mine, first=not has_data)
            return head_view(title, "" if mine else text, close=close), "", visit.said + view
        if visit.plan is not None and visit.plan.files:
            head = head_view(words["own"], words["own_text"], close=close)
            view = plan_view(visit.plan, language, over=has_data, said=visit.said)
            return head, drop_zone(language, more=True), view
        if has_data:
            return self._notes(visit, language, words)
        title = head_view(words["empty_title"], words["empty_text"], close=close)
        return title, drop_zone(language, more=False), visit.said + ways_in(language)

    def _notes(self, visit: Visit, language: str, words: Mapping[str, Any]) -> tuple[str, str, str]:
        session = self._opening.session
        assert session is not None
        may_load = self._loading is not None
        head = head_view(words["notes_title"], words["notes_text"], close=words["close"])
        drop = drop_zone(language, more=True) if may_load else ""
        return head, drop, visit.said + notes_view(session, language, may_load=may_load)


def _once(plan: Plan, loading: Loading) -> Callable[..., Any]:
    """Builds a plan's files, which are deleted whatever comes of it."""
    order = plan.order()

    def work(progress: Any) -> Any:
        try:
            return loading.files(order, progress)
        finally:
            plan.clear()

    return work


def _uploaded(said: str) -> Path | None:
    """A file that was uploaded; None for any other that a browser may name."""
    path = Path(said).resolve()
    inside = path.is_relative_to(Path(get_upload_folder()).resolve())
    return path if inside and path.is_file() else None


def _key(said: Mapping[str, Any]) -> int:
    return int(said["file"])


def _one_of(said: Mapping[str, Any], values: tuple[str, ...]) -> str | None:
    return next((value for value in values if value == said.get("value")), None)
