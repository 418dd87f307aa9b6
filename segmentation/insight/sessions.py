"""Which browsing events belong to one visit."""

from __future__ import annotations

from typing import Any

import ibis

__all__ = ["SESSION_GAP_MINUTES", "with_sessions"]

SESSION_GAP_MINUTES = 30


def with_sessions(events: Any) -> Any:
    """Events with their session: session_id, or else a run without a gap of 30 minutes."""
    own = ibis.window(group_by=["customer_id", events.session_id.isnull()], order_by="at")
    before = events["at"].lag().over(own).epoch_seconds()
    events = events.mutate(
        fresh=(events["at"].epoch_seconds() - before >= SESSION_GAP_MINUTES * 60)
        .fill_null(True)
        .cast("int32")
    )
    runs = ibis.window(
        group_by=["customer_id", events.session_id.isnull()],
        order_by="at",
        preceding=None,
        following=0,
    )
    run = events.fresh.sum().over(runs).cast("string")
    name = ibis.coalesce("s" + events.session_id, "r" + run)
    return events.mutate(session=events.customer_id + "/" + name)
