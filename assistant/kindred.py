"""Kindred as a Python object: what the command line, the page and a notebook call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.settings import Settings, quieten_libraries, read_settings
from segmentation.types import Progress, Recipe, silent

__all__ = ["Kindred"]


class Kindred:
    """One workspace, opened when it is first needed.

    >>> shop = Kindred("my-workspace")                                      # doctest: +SKIP
    >>> shop.build({"orders": "orders.csv"})                                # doctest: +SKIP
    >>> shop.ask("Which segment brings in the most money?").answer          # doctest: +SKIP
    """

    def __init__(
        self, workspace: str | Path | None = None, *, settings: Settings | None = None
    ) -> None:
        quieten_libraries()
        self.settings = settings or read_settings()
        self.root = Path(workspace) if workspace else self.settings.workspace

    def build(
        self,
        sources: Mapping[str, Any],
        *,
        recipe: Recipe | None = None,
        progress: Progress = silent,
        **reading: Any,
    ) -> dict[str, Any]:
        """Read, check, encode, store and cluster: a new snapshot, which becomes the current one.

        Args:
            sources: table name (`orders`, `events`, `reviews`, `products`, `customers`) -> a file,
                folder, glob, list of these, DataFrame, or (Ibis URL, table name).
            recipe: how to cluster.
            **reading: preset, mapping, date_format, as_of, currency, keep, pseudonymise: see
                `segmentation.pipeline.BuildOptions`.

        Returns:
            The JSON of `kindred build`.
        """
        from assistant.router.intent import warm_router
        from assistant.workspace import build_workspace

        report = build_workspace(
            self.root, self.settings, sources, recipe or Recipe(), reading, progress
        )
        self.__dict__.pop("workspace", None)
        self.__dict__.pop("assistant", None)
        warm_router(self.workspace.encoder, self.root / "cache", progress)
        return report

    @cached_property
    def workspace(self) -> Any:
        """The current snapshot with its index and encoder. Raises NoSnapshot before a build."""
        from assistant.workspace import Workspace

        return Workspace.open(self.root, self.settings)

    @cached_property
    def assistant(self) -> Any:
        """The agent over this workspace."""
        from assistant.chat import Assistant, memory_in
        from assistant.models import chat_model
        from assistant.router.model import offline_model
        from assistant.tools.registry import build_tools

        workspace = self.workspace
        model = chat_model(self.settings, lambda: offline_model(workspace, self.root / "cache"))
        return Assistant(
            model,
            build_tools(workspace),
            workspace.results,
            model_name=self.settings.model,
            memory=memory_in(self.root / "conversations.sqlite"),
        )

    def ask(self, question: str, *, thread: str | None = None, language: str = "auto") -> Any:
        """One turn of the chat: an `Answer`."""
        return self.assistant.ask(question, thread=thread, language=self._language(language))

    def stream(
        self, question: str, *, thread: str | None = None, language: str = "auto"
    ) -> Iterator[Any]:
        """One turn of the chat as events."""
        return self.assistant.stream(question, thread=thread, language=self._language(language))

    def segment(self, recipe: Recipe, progress: Progress = silent) -> dict[str, Any]:
        """Cluster the current snapshot anew; the JSON of `kindred evaluate`."""
        self.workspace.resegment(recipe, progress)
        return self.evaluate()

    def evaluate(self) -> dict[str, Any]:
        """The current segmentation: metrics, verdict, segments with their facts."""
        from segmentation.clusters.archive import report_of

        return report_of(self.workspace.base.segmentation)

    def similar(
        self,
        *,
        customers: Sequence[str] = (),
        text: str = "",
        n: int = 10,
        filters: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any]:
        """Customers like these, or like these words; the JSON of `kindred similar`."""
        from assistant.tools.insight import similar_matches

        return similar_matches(
            self.workspace, customers=list(customers), text=text, n=n, filters=list(filters)
        )

    def _language(self, language: str) -> str:
        return self.settings.language if language == "auto" else language
