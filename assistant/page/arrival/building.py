"""A build under way: how far it is, how it ended, and the way to end it before. In a thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from segmentation.types import InputError, KindredError, Progress

if TYPE_CHECKING:
    from assistant.page.session import Session

__all__ = ["STEPS", "Building", "Outcome", "busy"]

Outcome = Literal["running", "done", "cancelled", "failed"]

STEPS = ("reading", "understanding", "segmenting", "valuing", "preparing")
"""What a build does, in a user's words, one after the other."""

STAGES = {
    "demo shop": ("reading", 0.0, 0.06),
    "reading": ("reading", 0.0, 0.08),
    "checking": ("reading", 0.08, 0.12),
    "describing behaviour": ("understanding", 0.12, 0.15),
    "encoding texts": ("understanding", 0.15, 0.42),
    "looking at what came after": ("understanding", 0.42, 0.46),
    "clustering": ("segmenting", 0.46, 0.48),
    "structure": ("segmenting", 0.48, 0.52),
    "comparing methods": ("segmenting", 0.52, 0.58),
    "choosing the number of segments": ("segmenting", 0.58, 0.66),
    "stability": ("segmenting", 0.66, 0.70),
    "comparing with other ways": ("segmenting", 0.70, 0.72),
    "estimating what customers will be worth": ("valuing", 0.72, 0.76),
    "index": ("preparing", 0.76, 0.80),
    "learning what a similarity is worth": ("preparing", 0.80, 0.84),
    "preparing the chat": ("preparing", 0.84, 0.98),
}
"""Stage of the pipeline -> its step, and where in the whole it begins and ends."""


class _Cancelled(Exception):
    """Ends the work at its next report of progress."""


class Building:
    """One build.

    Args:
        work: builds, reporting progress; its result is the session over the new data.
        settled: called in the build's thread when it is over, with the session or None.
    """

    def __init__(
        self, work: Callable[[Progress], Session], settled: Callable[[Session | None], None]
    ) -> None:
        self._work, self._settled = work, settled
        self._cancelled = threading.Event()
        self._over = threading.Event()
        self.step, self.share = STEPS[0], 0.0
        self.count: tuple[int, int | None] = (0, None)
        self.outcome: Outcome = "running"
        self.error: KindredError | None = None
        """Why it failed; None where that is a defect, which is in the log."""

    def start(self) -> None:
        threading.Thread(target=self._run, name="building", daemon=True).start()

    def cancel(self) -> None:
        """End it soon. Once the new data is stored (`may_cancel`) it goes on to the end."""
        self._cancelled.set()

    @property
    def cancelling(self) -> bool:
        return self._cancelled.is_set() and self.may_cancel

    @property
    def may_cancel(self) -> bool:
        """Whether the old data would stay: until the new is stored."""
        return self.outcome == "running" and self.step != STEPS[-1]

    @property
    def over(self) -> bool:
        return self._over.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Return when it is over, or False after `timeout` seconds."""
        return self._over.wait(timeout)

    def _run(self) -> None:
        session: Session | None = None
        try:
            session = self._work(self._report)
            self.outcome, self.share = "done", 1.0
        except _Cancelled:
            self.outcome = "cancelled"
        except KindredError as error:
            self.outcome, self.error = "failed", error
        except Exception:
            logging.getLogger(__name__).exception("a build failed")
            self.outcome = "failed"
        finally:
            self._settled(session)
            self._over.set()

    def _report(self, stage: str, done: int, total: int | None) -> None:
        name = "reading" if stage.startswith("reading ") else stage
        step, start, end = STAGES.get(name, (self.step, self.share, self.share))
        self.count = (done, total)
        if STEPS.index(step) > STEPS.index(self.step):
            self.step = step
        within = min(1.0, done / total) if total else 0.0
        self.share = max(self.share, start + within * (end - start))
        if self.cancelling:
            raise _Cancelled


def busy() -> InputError:
    """What a second build is told."""
    return InputError(
        "Data is being built in this workspace already", fix="Wait until it is done, or cancel it."
    )
