"""What programs can call beside the page: the JSON of the command line, over the same session.

An error is one message that says what was wrong and what would have been right. Annotations are
read by Gradio, which shows them under /gradio_api/info: they are no strings here.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal, TypeVar

import gradio as gr
from gradio.events import api
from pydantic import AfterValidator, BaseModel, Field, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

from assistant.notebook import Segments
from assistant.page.session import Opening, Session
from prompts import load_yaml
from segmentation.types import InputError, KindredError

__all__ = ["Endpoints"]

ANSWERS_AT_ONCE = 8
LONGEST_QUESTION, LONGEST_TEXT, LONGEST_WHERE, LONGEST_NAME = 2_000, 500, 1_000, 200
MOST_MATCHES = MOST_IDS = 1_000


def _filled(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", load_yaml("endpoints")["empty"])
    return text


def _reference(value: Any) -> Any:
    is_one = isinstance(value, int | str) and not isinstance(value, bool)
    if not is_one or not 0 < len(str(value).strip()) <= LONGEST_NAME:
        raise PydanticCustomError("reference", load_yaml("endpoints")["reference"])
    return value


Name = Annotated[StrictStr, Field(max_length=LONGEST_NAME), AfterValidator(_filled)]
Reference = Annotated[Any, AfterValidator(_reference)]
Language = Literal["en", "zh"]


class _Question(BaseModel):
    question: Annotated[StrictStr, Field(max_length=LONGEST_QUESTION), AfterValidator(_filled)]
    thread: Annotated[StrictStr, Field(max_length=LONGEST_NAME)] | None
    language: Literal["auto", "en", "zh"]


class _Similar(BaseModel):
    customer_ids: Annotated[list[Name], Field(max_length=MOST_IDS)] | None
    text: Annotated[StrictStr, Field(max_length=LONGEST_TEXT)] | None
    segment: Reference | None
    n: Annotated[StrictInt, Field(ge=1, le=MOST_MATCHES)] | None
    where: Annotated[StrictStr, Field(max_length=LONGEST_WHERE)] | None


class _Segments(BaseModel):
    language: Language


class _Persona(BaseModel):
    segment: Reference
    language: Language


Given = TypeVar("Given", bound=BaseModel)


class Endpoints:
    """Typed functions over a session; each waits until it is open."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def lay_out(self) -> None:
        """Offer them beside the page; to be called inside its Blocks."""
        for name in ("ask", "similar", "segments", "persona"):
            api(getattr(self, name), api_name=name, concurrency_limit=ANSWERS_AT_ONCE)

    def ask(
        self,
        question: str,
        thread: str | None = None,
        language: Literal["auto", "en", "zh"] = "auto",
        request: gr.Request | None = None,
    ) -> dict[str, Any]:
        """One question, answered: the JSON of `kindred ask`.

        What would write a file is told and left waiting (`confirm` says which command writes it).

        Args:
            question: in English or Chinese, at most 2,000 characters.
            thread: name of a conversation that goes on, your own; without it a question stands
                alone.
            language: of the answer; auto is that of the question.
        """
        with self._session() as session:
            given = _checked(_Question, question=question, thread=thread, language=language)
            place = _place(given.thread, request)
            answer = session.assistant.ask(given.question, thread=place, language=given.language)
            told: dict[str, Any] = answer.to_json()
        return told

    def similar(
        self,
        customer_ids: list[str] | None = None,
        text: str | None = None,
        segment: int | str | None = None,
        n: int | None = None,
        where: str | None = None,
    ) -> dict[str, Any]:
        """Customers like this: the JSON of `kindred similar`. Give one of the first three.

        Args:
            customer_ids: ids of customers to be like.
            text: or words for what they buy, such as people who buy vintage kitchen things.
            segment: or the id or name of a segment whose members they are like, being outside it.
            n: how many, at most 1,000: 10 if left out; of a segment, all who are likely enough.
            where: conditions, such as country = Germany and orders >= 3.
        """
        asked = {"customer_ids": customer_ids, "text": text, "segment": segment, "n": n}
        with self._session() as session:
            given = _checked(_Similar, **asked, where=where)
            words = (given.text or "").strip()
            if [bool(given.customer_ids), bool(words), given.segment is not None].count(True) != 1:
                raise InputError(load_yaml("endpoints")["one_of_three"])
            if session.similar is None:
                raise InputError(load_yaml("endpoints")["nobody"])
            return session.similar(
                customer_ids=given.customer_ids or [],
                text=words,
                segment=given.segment,
                n=given.n,
                where=given.where or "",
            )

    def segments(self, language: Literal["en", "zh"] = "en") -> list[dict[str, Any]]:
        """The current segments: id, name, size, share and facts of each, and the verdict on all.

        Args:
            language: of their names.
        """
        with self._session() as session:
            given = _checked(_Segments, language=language)
            verdict = session.standing().verdict
            return Segments.of(session.segments_in(given.language), verdict, given.language)

    def persona(self, segment: int | str, language: Literal["en", "zh"] = "en") -> dict[str, Any]:
        """The written profile of a segment: the JSON of `kindred personas --segment`.

        Args:
            segment: its id or name.
            language: of what is written.
        """
        with self._session() as session:
            given = _checked(_Persona, segment=segment, language=language)
            if session.persona is None:
                raise InputError(load_yaml("endpoints")["nobody"])
            return session.persona(given.segment, language=given.language)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """The session; a program sees the one message of an error, and of a defect that it is."""
        try:
            yield self._opening.wait()
        except KindredError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            logging.getLogger("kindred").exception("an endpoint failed")
            told = load_yaml("endpoints")["broken"].format(kind=type(error).__name__)
            raise gr.Error(told, print_exception=False) from error


def _checked(model: type[Given], **given: Any) -> Given:
    """What was given, as the model has it. Raises InputError."""
    from assistant.tools.schemas import checked

    return checked(model, given)


def _place(thread: str | None, request: gr.Request | None) -> str | None:
    """Where a conversation is kept: one user's are nobody else's."""
    user = request.username if request else None
    return f"{user}: {thread}" if thread and user else thread or None
