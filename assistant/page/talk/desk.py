"""What happens on the page, answered with updates for its components. No layout here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.page.session import Opening, Session
from assistant.page.talk.conversation import Conversation, Conversations
from assistant.page.talk.hello import chips, summary_line, welcome
from assistant.page.talk.tab import Tab
from assistant.page.talk.threads import thread_list
from assistant.page.wording import page_words, summary
from segmentation.types import KindredError
from store.errors import NoSnapshot

__all__ = ["Desk"]

LONGEST_QUESTION = 2000
GLANCE = 0.3
"""Seconds between two looks at an answer that another tab asked for."""

Updates = tuple[Any, ...]


class Desk:
    """What happens on the page, answered; each method names the components it updates."""

    def __init__(self, opening: Opening, language: str) -> None:
        self._opening = opening
        self._language = language
        self._conversations = Conversations()

    def arrive(self, request: gr.Request) -> Any:
        """language: a browser has come; where the page may choose, it speaks its language."""
        chinese = request.headers.get("accept-language", "").startswith("zh")
        return "zh" if self._language == "auto" and chinese else gr.skip()

    def opened(self) -> None:
        """Nothing is updated: waits until there is something to show, be it an error."""
        self._opening.wait_quietly()

    def wording(self, language: str) -> Updates:
        """box, new, menu, aside, head, hello: their words, and what they say of the data."""
        words = page_words(language)
        return (
            gr.update(placeholder=words["placeholder"], label=words["question"]),
            gr.update(value=words["new"]),
            gr.update(value=words["threads"]),
            gr.update(value=words["side"]),
            *self._shop(language),
        )

    def typed(self, question: str, tab: Tab | None, language: str, request: gr.Request) -> Updates:
        """tab, place, chat, hello, box, chips: a question was typed."""
        return self._begin(question, self._tab(tab, request), language, typed=True)

    def picked(
        self, tab: Tab | None, language: str, event: gr.EventData, request: gr.Request
    ) -> Updates:
        """tab, place, chat, hello, box, chips: a question was picked."""
        return self._begin(str(event.question), self._tab(tab, request), language)

    def answer(self, tab: Tab) -> Iterator[Any]:
        """chat: the answer, again and again as it grows."""
        yield gr.skip()
        tab.beside = False
        conversation = tab.conversation
        for _ in conversation.answer(self._session, self._language):
            if conversation is tab.conversation:
                yield tab.draw()
        yield gr.skip()  # what a generator says last is sent whole once more

    def follow(self, tab: Tab) -> Iterator[Any]:
        """chat: an answer that another tab asked for, as it grows."""
        conversation = tab.conversation
        while conversation is tab.conversation and conversation.busy:
            yield tab.draw()
            time.sleep(GLANCE)
        yield gr.skip()

    def settle(self, tab: Tab) -> Updates:
        """chat, box, chips: the answer is over."""
        chat = gr.skip() if tab.whole and not tab.beside else tab.draw()
        if tab.conversation.busy:
            return chat, gr.skip(), gr.skip()
        return chat, _ready(), self._chips(tab.conversation)

    def act(self, tab: Tab | None, event: gr.EventData) -> Updates:
        """chat, parcel: a button beneath an offer was pressed: confirm, cancel or save."""
        if tab is None:
            return gr.skip(), None
        if event.act == "save":
            return gr.skip(), _parcel(tab.conversation, str(event.offer))
        tab.beside = tab.beside or tab.conversation.busy
        yes = event.act == "confirm"
        place = tab.conversation.decide(self._opening.wait(), str(event.offer), yes=yes)
        return (gr.skip() if place is None else tab.draw()), None

    def stop(self, tab: Tab | None) -> None:
        """The answer under way is no longer wanted."""
        if tab is not None:
            tab.conversation.stop()

    def undo(self, tab: Tab) -> Updates:
        """chat, hello, box, chips: the last question goes back into the box."""
        question = tab.conversation.take_back(self._opening.session)
        if question is None:
            return gr.skip(), gr.skip(), gr.skip(), gr.skip()
        empty = tab.conversation.empty
        return (
            gr.update(value=tab.draw(), visible=not empty),
            gr.update(visible=empty),
            gr.update(value=question),
            self._chips(tab.conversation),
        )

    def retry(self, tab: Tab, language: str) -> Updates:
        """tab, place, chat, hello, box, chips: the last question is asked again."""
        question = tab.conversation.take_back(self._opening.session)
        return self._begin(question or "", tab, language)

    def renew(self, tab: Tab | None, request: gr.Request) -> Updates:
        """tab, place, chat, hello, box, chips: a new conversation; the answer under way ends."""
        tab = self._tab(tab, request)
        tab.conversation.stop()
        tab.show(self._conversations.new(_owner(request)))
        return self._shown(tab, value="")

    def turn(self, tab: Tab | None, event: gr.EventData, request: gr.Request) -> Updates:
        """tab, place, chat, hello, box, chips: a thread was opened, renamed or deleted."""
        tab, session, thread = self._tab(tab, request), self._opening.session, str(event.thread)
        if session is None:
            return _unchanged(tab)
        if event.act == "rename":
            session.threads.rename(thread, str(event.title), _owner(request))
            return _unchanged(tab)
        found = self._conversations.find(session, thread, _owner(request))
        if found is None:
            return _unchanged(tab)
        if event.act == "open":
            tab.show(found)
            return self._shown(tab)
        found.delete(session)
        if found is not tab.conversation:
            return _unchanged(tab)
        tab.show(self._conversations.new(_owner(request)))
        return self._shown(tab)

    def listed(self, tab: Tab | None, language: str, request: gr.Request) -> str:
        """list: the conversations of whoever looks at it."""
        session = self._opening.session
        threads = session.threads.threads(_owner(request)) if session else None
        current = tab.conversation.thread if tab else ""
        return thread_list(threads, language, datetime.now().astimezone(), current)

    def _shop(self, language: str) -> Updates:
        """head, hello: what depends on the data."""
        words = page_words(language)
        if not self._opening.ready:
            return summary_line(words["opening"], pending=True), welcome((), language)
        try:
            session = self._opening.wait()
        except NoSnapshot:
            return summary_line(words["arrival"]["no_data"]), welcome((), language)
        except KindredError as error:
            return summary_line(f"{words['closed']}: {error}"), welcome((), language)
        line = summary_line(_summary(session, language))
        return line, welcome(session.examples(language), language)

    def _begin(self, question: str, tab: Tab, language: str, *, typed: bool = False) -> Updates:
        text = question.strip()[:LONGEST_QUESTION]
        busy = tab.conversation.busy
        if not text or tab.conversation.begin(text, language) is None:
            return _unchanged(tab)
        emptied: dict[str, Any] = {"value": ""} if typed else {}
        answering = gr.update(submit_btn=False, stop_btn=True, **emptied)
        return (
            tab,
            tab.conversation.thread,
            gr.update(value=tab.draw(), visible=True),
            gr.update(visible=False),
            answering if typed or not busy else gr.skip(),
            gr.update(visible=False),
        )

    def _shown(self, tab: Tab, **box: Any) -> Updates:
        """tab, place, chat, hello, box, chips: the conversation that the tab has turned to."""
        empty, busy = tab.conversation.empty, tab.conversation.busy
        tab.beside = busy
        return (
            tab,
            tab.conversation.thread,
            gr.update(value=tab.draw(), visible=not empty),
            gr.update(visible=empty),
            gr.update(submit_btn=not busy, stop_btn=busy, **box),
            self._chips(tab.conversation),
        )

    def _chips(self, conversation: Conversation) -> Any:
        """chips: what one may ask after the last answer."""
        session = self._opening.session
        if conversation.empty or conversation.busy or session is None:
            return gr.update(visible=False)
        last = conversation.exchanges[-1]
        if last.answer is None:
            return gr.update(visible=False)
        asked = {exchange.question.casefold() for exchange in conversation.exchanges}
        fitting = session.next_questions(last.answer, last.answer.language)
        left = [question for question in fitting if question.casefold() not in asked]
        return gr.update(value=chips(left, last.language), visible=bool(left))

    def _tab(self, tab: Tab | None, request: gr.Request) -> Tab:
        return tab or Tab(self._conversations.new(_owner(request)))

    def _session(self, seconds: float) -> Session | None:
        try:
            return self._opening.wait(seconds)
        except TimeoutError:
            return None


def _parcel(conversation: Conversation, key: str) -> dict[str, str] | None:
    """A file that was written on the user's word in this conversation: its name and content."""
    for exchange in conversation.exchanges:
        if (decision := exchange.decisions.get(key)) and decision.files:
            path = Path(decision.files[0])
            return {"name": path.name, "content": path.read_text(encoding="utf-8")}
    return None


def _owner(request: gr.Request) -> str:
    """Whose conversations these are: the user who entered with a password, else nobody's."""
    return request.username or ""


def _unchanged(tab: Tab) -> Updates:
    """tab, place, chat, hello, box, chips: all as it was."""
    return tab, *[gr.skip()] * 5


def _ready(**changes: Any) -> Any:
    """The box, ready for a question."""
    return gr.update(submit_btn=True, stop_btn=False, **changes)


def _summary(session: Session, language: str) -> str:
    named = [segment for segment in session.segments() if segment.id]
    return summary(session.shop, len(named), language, session.standing().verdict)
