"""What happens on the page, answered with updates for its components. No layout here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.page.conversation import Conversation
from assistant.page.hello import summary_line, welcome
from assistant.page.messages import draw
from assistant.page.session import Opening, Session
from assistant.page.wording import page_words, summary
from segmentation.types import KindredError, Segment

__all__ = ["Desk", "Tab"]

LONGEST_QUESTION = 2000

Updates = tuple[Any, ...]


@dataclass
class Tab:
    """What one browser tab holds: its conversation, and the finished exchanges as drawn."""

    conversation: Conversation = field(default_factory=Conversation)
    drawn: list[list[Any]] = field(default_factory=list)
    drawing: threading.Lock = field(default_factory=threading.Lock)

    def take_back(self, forget: Callable[[str], None]) -> str | None:
        """The last question, gone with its answer; None if there is none."""
        question = self.conversation.take_back(forget)
        del self.drawn[len(self.conversation.exchanges) :]
        return question

    def renew(self) -> None:
        """Begin anew; an answer under way ends soon."""
        self.conversation.stop()
        self.conversation, self.drawn = Conversation(), []


class Desk:
    """What happens on the page, answered; each method names the components it updates."""

    def __init__(self, opening: Opening, language: str) -> None:
        self._opening = opening
        self._language = language

    def arrive(self, request: gr.Request) -> Any:
        """language: a browser has come; where the page may choose, it speaks its language."""
        chinese = request.headers.get("accept-language", "").startswith("zh")
        return "zh" if self._language == "auto" and chinese else gr.skip()

    def opened(self) -> None:
        """Nothing is updated: waits until there is something to show, be it an error."""
        self._opening.wait_quietly()

    def wording(self, language: str) -> Updates:
        """box, new, head, hello: their words, and what they say of the data."""
        words = page_words(language)
        return (
            gr.update(placeholder=words["placeholder"], label=words["question"]),
            gr.update(value=words["new"]),
            *self._shop(language),
        )

    def typed(self, question: str, tab: Tab | None, language: str) -> Updates:
        """tab, chat, hello, box: a question was typed."""
        return self._begin(question, tab or Tab(), language)

    def picked(self, tab: Tab | None, language: str, event: gr.EventData) -> Updates:
        """tab, chat, hello, box: a question was picked."""
        return self._begin(str(event.question), tab or Tab(), language)

    def answer(self, tab: Tab) -> Iterator[Any]:
        """chat: the answer, again and again as it grows."""
        yield gr.skip()
        conversation = tab.conversation
        if conversation.asked:
            for _ in conversation.answer(self._session, self._language):
                if conversation is tab.conversation:
                    yield _drawn(tab)

    def settle(self, tab: Tab) -> Updates:
        """chat, box: the answer is over."""
        return _drawn(tab), gr.skip() if tab.conversation.busy else _ready()

    def act(self, tab: Tab | None, event: gr.EventData) -> Updates:
        """chat, parcel: a button beneath an offer was pressed: confirm, cancel or save."""
        if tab is None:
            return gr.skip(), None
        if event.act == "save":
            return gr.skip(), _parcel(tab.conversation, str(event.offer))
        speaker, yes = self._opening.wait().assistant, event.act == "confirm"
        place = tab.conversation.decide(speaker, str(event.offer), yes=yes)
        return (gr.skip() if place is None else _drawn(tab, anew=place)), None

    def stop(self, tab: Tab | None) -> None:
        """The answer under way is no longer wanted."""
        if tab is not None:
            tab.conversation.stop()

    def undo(self, tab: Tab) -> Updates:
        """chat, hello, box: the last question goes back into the box."""
        question = tab.take_back(self._forget)
        if question is None:
            return gr.skip(), gr.skip(), gr.skip()
        empty = not tab.conversation.exchanges
        return (
            gr.update(value=_drawn(tab), visible=not empty),
            gr.update(visible=empty),
            gr.update(value=question),
        )

    def retry(self, tab: Tab, language: str) -> Updates:
        """tab, chat, hello, box: the last question is asked again."""
        question = tab.take_back(self._forget)
        return self._begin(question or "", tab, language)

    def renew(self, tab: Tab | None) -> Updates:
        """tab, chat, hello, box: a new conversation."""
        tab = tab or Tab()
        tab.renew()
        return tab, gr.update(value=[], visible=False), gr.update(visible=True), _ready(value="")

    def ask(self, question: str, thread: str = "", language: str = "auto") -> dict[str, Any]:
        """One question for a program: the JSON of `kindred ask`."""
        with _as_gradio_error():
            assistant = self._opening.wait().assistant
            answer = assistant.ask(
                question[:LONGEST_QUESTION], thread=thread or None, language=language
            )
        return answer.to_json()

    def segments(self) -> list[dict[str, Any]]:
        """The segments for a program: id, name, size, share, facts and the verdict on all."""
        with _as_gradio_error():
            session = self._opening.wait()
            verdict = {"verdict": session.standing().verdict}
            return [_for_programs(segment) | verdict for segment in session.segments()]

    def _shop(self, language: str) -> Updates:
        """head, hello: what depends on the data."""
        words = page_words(language)
        if not self._opening.ready:
            return summary_line(words["opening"], pending=True), welcome((), language)
        try:
            session = self._opening.wait()
        except KindredError as error:
            return summary_line(f"{words['closed']}: {error}"), welcome((), language)
        line = summary_line(_summary(session, language))
        return line, welcome(session.examples(language), language)

    def _begin(self, question: str, tab: Tab, language: str) -> Updates:
        text = question.strip()[:LONGEST_QUESTION]
        if not text or tab.conversation.busy:
            return tab, gr.skip(), gr.skip(), gr.skip()
        tab.conversation.begin(text, language)
        return (
            tab,
            gr.update(value=_drawn(tab), visible=True),
            gr.update(visible=False),
            gr.update(value="", submit_btn=False, stop_btn=True),
        )

    def _forget(self, thread: str) -> None:
        self._opening.wait().assistant.forget_last(thread)

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


def _drawn(tab: Tab, anew: int | None = None) -> list[Any]:
    """Everything said in a tab; what is over is drawn once and kept, but for the one named."""
    with tab.drawing:
        if anew is not None and anew < len(tab.drawn):
            tab.drawn[anew] = draw(tab.conversation.exchanges[anew])
        for exchange in tab.conversation.exchanges[len(tab.drawn) :]:
            whole, messages = exchange.over, draw(exchange)
            if not whole:
                return [*_joined(tab.drawn), *messages]
            tab.drawn.append(messages)
        return _joined(tab.drawn)


def _joined(lists: list[list[Any]]) -> list[Any]:
    return [message for messages in lists for message in messages]


def _for_programs(segment: Segment) -> dict[str, Any]:
    """A segment as JSON, without what only its name is made of."""
    return {name: value for name, value in asdict(segment).items() if name != "traits"}


def _ready(**changes: Any) -> Any:
    """The box, ready for a question."""
    return gr.update(submit_btn=True, stop_btn=False, **changes)


def _summary(session: Session, language: str) -> str:
    named = [segment for segment in session.segments() if segment.id]
    return summary(session.shop, len(named), language, session.standing().verdict)


@contextmanager
def _as_gradio_error() -> Iterator[None]:
    """Let a program see the one message of an error it can mend, and no other error."""
    try:
        yield
    except KindredError as error:
        raise gr.Error(str(error), print_exception=False) from error
