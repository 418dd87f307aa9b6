"""Kindred as a Python object: what the command line, the page and a notebook call."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property, partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.page.session import Session, Standing
from assistant.settings import LANGUAGES, Settings, quieten_libraries, read_settings
from assistant.threads import ThreadBook
from segmentation.types import CustomerBase, InputError, Progress, Recipe, silent

if TYPE_CHECKING:
    from assistant.chat import Assistant, Event
    from assistant.loading.order import Loading, Order
    from assistant.notebook import Evaluation, Matches, Personas, Segments
    from assistant.turn.events import Answer
    from assistant.workspace import Workspace

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

    def __repr__(self) -> str:
        return f"<Kindred {self._line()}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self._line())}</p>"

    def _line(self) -> str:
        """What this is: workspace, customers, segments, verdict; read without opening anything."""
        from assistant.notebook import workspace_line

        return workspace_line(self.root)

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
            **reading: preset, mapping, date_format, as_of, currency, keep, pseudonymise.

        Returns:
            The JSON of `kindred build`.
        """
        from assistant.workspace import build_workspace

        self._close()
        built = build_workspace(
            self.root, self.settings, sources, recipe or Recipe(), reading, progress
        )
        self.workspace = self._with_writer(built)
        self._warm_router(progress)
        return self.workspace.report()

    def build_demo(self, *, customers: int = 2000, progress: Progress = silent) -> dict[str, Any]:
        """Make the demo shop beside the snapshots and build it; the JSON of `kindred build`."""
        from segmentation.data.demo import write_demo_shop

        shop = write_demo_shop(self.root / "demo-shop", customers=customers, progress=progress)
        return self.build(shop.sources, progress=progress)

    @cached_property
    def workspace(self) -> Workspace:
        """The current snapshot with its index and encoder. Raises NoSnapshot before a build."""
        from assistant.workspace import Workspace

        return self._with_writer(Workspace.open(self.root, self.settings))

    def _with_writer(self, workspace: Workspace) -> Workspace:
        """The workspace with what writes for its tools, where a language model is set."""
        if self.settings.model != "offline":
            from assistant.models import writer_of

            workspace.writer = writer_of(self.settings)
        return workspace

    @cached_property
    def assistant(self) -> Assistant:
        """The agent over this workspace."""
        from assistant.authority import Authority
        from assistant.chat import Assistant, memory_in
        from assistant.models import chat_model, limits_of
        from assistant.sight.redaction import redact
        from assistant.tools.exporting import write_confirmed
        from assistant.tools.registry import build_tools

        care = self._care()
        return Assistant(
            chat_model(self.settings, self._offline_model),
            build_tools(self.workspace, sight=care.sight if care else None),
            self.workspace.results,
            model_name=self.settings.model,
            memory=memory_in(self.root / "conversations.sqlite"),
            carry_out=lambda pending: write_confirmed(self.workspace, pending),
            care=care,
            limits=limits_of(self.settings),
            guards=[Authority(self.workspace, care.sight, self._foresee)] if care else [],
            redact=lambda text: redact(text, self.workspace.base),
        )

    def _foresee(self, messages: Sequence[Any]) -> set[str]:
        """The tools a conversation leads to, as the offline model sees it."""
        from assistant.authority import foreseen

        return foreseen(self._foresight.router, messages)

    @cached_property
    def _foresight(self) -> Any:
        return self._offline_model()

    def _care(self) -> Any:
        """What a language model needs around it; None for the offline one."""
        from assistant.models import patience_of, room_of
        from assistant.sight.sight import Sight
        from assistant.turn.answering import Care

        if self.settings.model == "offline":
            return None
        return Care(
            name=self.settings.model,
            results=self.workspace.results,
            patience=patience_of(self.settings),
            room=room_of(self.settings),
            offline=cache(self._offline_model) if self.settings.model_fallback else None,
            checker=self._checkers(),
            sight=Sight(),
        )

    def _checkers(self) -> Any:
        """Makes the checker of what a language model says, once per language and segmentation."""
        from assistant.grounding.about import about_shop
        from assistant.grounding.answers import Checker

        checker = cache(lambda language: Checker(about_shop(self.workspace.base, language)))
        lock = threading.Lock()

        def one_at_a_time(language: str) -> Any:
            with lock:
                return checker(language)

        self.workspace.watch(lambda base: checker.cache_clear())
        return one_at_a_time

    def _offline_model(self) -> Any:
        """The chat model that needs no language model; it follows the segments as they change."""
        from assistant.router.catalogue import Catalogue
        from assistant.router.model import OfflineChatModel
        from assistant.router.router import Router

        workspace = self.workspace
        cache = self.root / "cache" / "router"
        router = Router.of(Catalogue.of(workspace.base), workspace.encoder, cache)
        model = OfflineChatModel(router=router)

        def follow(base: CustomerBase) -> None:
            model.router = replace(model.router, catalogue=Catalogue.of(base))

        workspace.watch(follow)
        return model

    def ask(self, question: str, *, thread: str | None = None, language: str = "auto") -> Answer:
        """One turn of the chat: an `Answer`, whose `to_json()` is that of `kindred ask`.

        >>> answer = shop.ask("Revenue by country, top five")                # doctest: +SKIP
        >>> answer.to_pandas()                                               # doctest: +SKIP

        Args:
            thread: name of a conversation that goes on; without one the question stands alone.
        """
        spoken = self._language(language)
        return self.assistant.ask(question, thread=thread, language=spoken)

    def stream(
        self, question: str, *, thread: str | None = None, language: str = "auto"
    ) -> Generator[Event, None, None]:
        """One turn of the chat as events."""
        return self.assistant.stream(question, thread=thread, language=self._language(language))

    def confirm(self, key: str) -> Any:
        """Do what an answer left waiting (`answer.pending[0].id`), once: the `ToolResult` of it.

        Raises:
            InputError: nothing waits under that id, or no longer.
        """
        done = self.assistant.confirm(key)
        if done is None:
            raise InputError("Nothing waits under that id", fix="Ask for the export again.")
        return done

    def session(self) -> Session:
        """What the page needs, with the models in memory so that the first answer is quick.

        Raises:
            NoSnapshot: nothing has been built here yet; said before anything heavy is loaded.
        """
        from store.snapshots import SnapshotStore

        SnapshotStore(self.root).current()
        from assistant.cards import SegmentCards
        from assistant.examples import example_questions, next_questions
        from assistant.export.tables import enter_table
        from assistant.finding import Finder
        from assistant.loading.aside import set_aside
        from assistant.naming import segment_names
        from assistant.report.report import report_file
        from assistant.tools.charts import draw_chart
        from assistant.tools.insight import similar_matches
        from assistant.tools.verdicts import unstable

        workspace = self.workspace
        cards = SegmentCards(workspace, self._aside)
        with ThreadPoolExecutor(1) as loader:
            loading = loader.submit(workspace.encoder.load)
            assistant, shop = self.assistant, workspace.shop()
            loading.result()
        # Whoever asks meanwhile waits for no more than without; what fails here fails when asked.
        cards.begin()
        self._aside.submit(workspace.prepare)
        return Session(
            assistant=assistant,
            shop=shop,
            segments=lambda: workspace.base.segmentation.segments,
            examples=lambda language: example_questions(workspace.base, language),
            names=lambda language: segment_names(workspace.base, language),
            standing=lambda: Standing(
                workspace.base.segmentation.verdict, unstable(workspace.base.segmentation)
            ),
            cards=cards,
            customer_map=lambda language: draw_chart(workspace, language, kind="map").charts[0],
            saved=partial(enter_table, workspace),
            threads=self.threads,
            next_questions=lambda *last: next_questions(workspace.base, *last),
            similar=self.similar,
            persona=self.persona,
            finder=Finder(workspace, partial(similar_matches, workspace)),
            report=workspace.report,
            report_file=partial(report_file, workspace),
            set_aside=partial(set_aside, self.root, workspace.snapshot.path),
        )

    @cached_property
    def threads(self) -> ThreadBook:
        """The conversations of the page, kept beside the agent's memory."""
        from assistant.sight.redaction import redact

        workspace = self.workspace
        return ThreadBook(
            self.root / "conversations.sqlite", lambda text: redact(text, workspace.base)
        )

    @cached_property
    def _aside(self) -> ThreadPoolExecutor:
        """For what is done beside the answers."""
        return ThreadPoolExecutor(1, thread_name_prefix="aside")

    def check_whole(self) -> None:
        """Raises DamagedSnapshot when files are missing, OldSnapshot for what is no longer read.

        A workspace in which nothing has been built yet is whole.
        """
        from store.errors import NoSnapshot
        from store.snapshots import SnapshotStore

        with suppress(NoSnapshot):
            SnapshotStore(self.root).current()

    def loading(self) -> Loading:
        """How a page gets other data into this workspace.

        Each build is another Kindred's: the session in use answers from its own until then.
        """
        from assistant.loading.inbox import remove_forgotten
        from assistant.loading.order import Loading

        remove_forgotten(self.root)
        return Loading(self.root, self._build_order, self._build_demo)

    def _build_order(self, order: Order, progress: Progress) -> Session:
        fresh = Kindred(self.root, settings=self.settings)
        fresh.build(order.sources, progress=progress, mapping=order.mapping, preset=order.preset)
        return fresh.session()

    def _build_demo(self, progress: Progress) -> Session:
        fresh = Kindred(self.root, settings=self.settings)
        fresh.build_demo(progress=progress)
        return fresh.session()

    def new_thread(self) -> str:
        """A name for a conversation that nobody has used."""
        return secrets.token_hex(8)

    def segment(self, recipe: Recipe, progress: Progress = silent) -> Evaluation:
        """Cluster the current snapshot anew; the JSON of `kindred evaluate`."""
        self.workspace.resegment(recipe, progress)
        return self.evaluate()

    def evaluate(self, holdout: int | None = None, progress: Progress = silent) -> Evaluation:
        """The current segmentation: metrics, verdict, segments with their facts.

        Args:
            holdout: days to set apart at the end; its recipe is fitted before them and measured on
                them, beside every baseline. None shows what was measured when it was made.
        """
        from assistant.notebook import Evaluation
        from segmentation.clusters.archive import report_of
        from segmentation.trials import foretell

        shop = self.workspace
        if holdout is None:
            return Evaluation(report_of(shop.base.segmentation))
        foretold = foretell(shop.snapshot, shop.base, shop.encoder, holdout, progress)
        return Evaluation(report_of(foretold))

    def segments(self, language: str = "en") -> Segments:
        """The current segments: id, name, size, share and facts of each, and the verdict on all.

        >>> shop.segments().to_pandas()                                      # doctest: +SKIP
        """
        from assistant.naming import named
        from assistant.notebook import Segments

        base, spoken = self.workspace.base, self._language(language)
        spoken = "en" if spoken == "auto" else spoken
        return Segments.of(named(base, spoken).segments, base.segmentation.verdict, spoken)

    def export(self, what: str, out: str | Path, **options: Any) -> dict[str, Any]:
        """Write a file for other tools, and enter it in the workspace's export log.

        Args:
            what: `assignments` (.csv, .parquet), `audience` (.csv), `personas` (.json, .md),
                `report` (.html) or `rule`.
            out: the file; replaced if it exists.
            **options: audience: segment or customer_ids, format, hashed, agree (called with what
                would be written; False leaves it); personas: segment, language; rule: segment,
                dialect (sql, shopify, klaviyo). All: by, for the log.
        """
        from assistant.export.exports import export

        return export(self.workspace, what, Path(out), **options)

    def rule(self, segment: Any, dialect: str, *, language: str = "en") -> dict[str, Any]:
        """A segment's rule for another tool, with its fidelity; the JSON of `kindred export rule`.

        Raises:
            InputError: no such dialect, or nothing of the rule can be said in it.
        """
        from assistant.tools.rule_files import rule_report

        return rule_report(self.workspace, self._language(language), segment, dialect)

    def plan_campaign(
        self, segment: Any = None, *, language: str = "en", **asked: Any
    ) -> dict[str, Any]:
        """Plan a campaign for a segment and keep it; the JSON of `kindred campaign plan`.

        Args:
            **asked: metric, minimum_lift, power, days, name; or plan: the id of one made before;
                out: a CSV file for its groups; by: who said so, for the export log.
        """
        from assistant.export.campaigns import plan_report

        return plan_report(self.workspace, self._language(language), segment=segment, **asked)

    def read_campaign(
        self,
        plan: str,
        *,
        result: str | Path | None = None,
        start: str | None = None,
        language: str = "en",
    ) -> dict[str, Any]:
        """How a planned campaign went; the JSON of `kindred campaign read`."""
        from assistant.tools.campaign_reading import read_campaign

        say = self._language(language)
        found = read_campaign(self.workspace, say, plan=plan, result=result, start=start)
        return {"plan": plan, **found.to_json()}

    def assign(
        self, sources: Mapping[str, Any], out: Path, *, progress: Progress = silent, **reading: Any
    ) -> dict[str, Any]:
        """Write where the customers of `sources` belong in the current segments, which stay.

        Args:
            sources, **reading: as in `build`.
            out: a `.csv` or `.parquet` file: customer_id, segment, segment_name, confidence, flag.
        """
        from assistant.export.assignments import write_placed

        customers, placed = self.workspace.place(sources, reading, progress)
        shop = self.workspace
        return write_placed(shop.root, shop.base, customers, placed, Path(out))

    def doctor(self, progress: Progress = silent) -> dict[str, Any]:
        """What is installed, configured, current and damaged; repairs the index."""
        from assistant.doctor import examine, report_of

        def repair() -> object:
            return self.workspace.open_index(progress)

        return report_of(examine(self.root, self.settings, repair=repair))

    def personas(
        self,
        segment: int | str | None = None,
        *,
        language: str = "en",
        audit: bool = False,
        progress: Progress = silent,
    ) -> Personas:
        """The personas of the segments (of one); the JSON of `kindred personas`.

        Args:
            audit: with everything the writer was given beside everything it said.
        """
        from assistant.notebook import Personas
        from assistant.personas.report import describe_segments

        spoken = self._language(language)
        return Personas(describe_segments(self.workspace, segment, spoken, progress, audit=audit))

    def persona(self, segment: int | str, language: str = "en") -> Personas:
        """The persona of one segment, by id or name; the JSON of `kindred personas --segment`.

        >>> shop.persona(2)                                                  # doctest: +SKIP
        """
        return self.personas(segment, language=language)

    def similar(
        self,
        *,
        customer_ids: Sequence[str] = (),
        text: str = "",
        segment: int | str | None = None,
        n: int | None = None,
        where: str | Sequence[Mapping[str, Any]] = (),
        contactable: bool = False,
        language: str = "en",
    ) -> Matches:
        """Customers like these, like a segment's members, or like these words; one of the three.

        >>> shop.similar(text="vintage kitchen", n=20, where="orders >= 3")  # doctest: +SKIP

        Args:
            text: what people buy and which conditions they meet.
            n: how many: 10; of a segment, all who are likely enough.
            where: conditions, in words such as `country = Germany and orders >= 3`, or as filters.
            contactable: only who may be contacted, as far as is known.
            language: of what it says in words.

        Returns:
            The JSON of `kindred similar`.
        """
        from assistant.conditions import parse_conditions
        from assistant.notebook import Matches
        from assistant.tools.insight import similar_matches

        found = similar_matches(
            self.workspace,
            customers=customer_ids,
            text=text,
            segment=segment,
            n=n,
            filters=parse_conditions(where) if isinstance(where, str) else where,
            contactable=contactable,
            language=self._language(language),
        )
        return Matches(found)

    def _warm_router(self, progress: Progress) -> None:
        """Train what the offline model needs now, not at the first question."""
        if self.settings.model == "offline":
            progress("preparing the chat", 0, None)
            _ = self.assistant

    def _close(self) -> None:
        """Let go of what was opened, before another snapshot becomes current."""
        for name in ("assistant", "workspace", "threads", "_foresight"):
            self.__dict__.pop(name, None)

    def _language(self, language: str) -> str:
        """A language given wins over KINDRED_LANGUAGE. Raises InputError, which names the valid."""
        if language not in LANGUAGES:
            fix = f"Use one of {', '.join(LANGUAGES)}."
            raise InputError(f"{language!r} is not a language Kindred speaks", fix=fix)
        return self.settings.language if language == "auto" else language
