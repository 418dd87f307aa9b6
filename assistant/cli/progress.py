"""Progress in the terminal: one line per stage, on stderr, gone when done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from segmentation.types import Progress as Report

__all__ = ["terminal_progress"]


@contextmanager
def terminal_progress() -> Iterator[Report]:
    """Yield a progress callback that draws on stderr (nothing where stderr is not a terminal)."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    tasks: dict[str, TaskID] = {}
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bars:

        def report(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bars.update(earlier, visible=False)
                tasks[stage] = bars.add_task(stage[:1].upper() + stage[1:], total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report
