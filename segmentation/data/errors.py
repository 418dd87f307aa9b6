"""What can be wrong with data in several parts, as data a language layer can word.

Each is an `InputError` with a plain English message; its attributes let the page say the same in
another language.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from segmentation.types import InputError

if TYPE_CHECKING:
    from segmentation.data.outcome import Reason

__all__ = ["NoColumns", "NoRowsLeft", "SeveralFaults"]


class NoColumns(InputError):
    """Columns that a table needs were not recognised.

    Args:
        missing: groups of canonical columns: one of each group is needed.
        columns: the columns there are.
        where: the files.
    """

    def __init__(
        self,
        table: str,
        missing: Sequence[Sequence[str]],
        columns: Sequence[str],
        *,
        where: str,
    ) -> None:
        self.table, self.missing = table, tuple(map(tuple, missing))
        names = ", ".join(" or ".join(group) for group in missing[:-1])
        names = f"{names} and " * bool(names) + " or ".join(missing[-1])
        example = "".join(f"\n  {group[0]}: <its column>" for group in missing)
        super().__init__(
            f"in the {table}, no column was recognised as {names}",
            where=where,
            fix=f"The columns are: {', '.join(columns)}. Say which is which in a file given with "
            f"--mapping:\n{table}:{example}",
        )


class NoRowsLeft(InputError):
    """All rows of a table were set aside.

    Args:
        rows: how many.
        reasons: why.
        where: the files.
    """

    def __init__(self, table: str, rows: int, reasons: Sequence[Reason], *, where: str) -> None:
        self.table, self.rows, self.reasons = table, rows, tuple(reasons)
        listed = "".join(
            f"\n- {r.reason} in {r.rows:,} rows, the first {r.example}. {r.fix}" for r in reasons
        )
        what = f"none of the {rows:,} rows of the {table} can be used"
        super().__init__(what, where=where, fix=listed)


class SeveralFaults(InputError):
    """More than one thing is wrong.

    Args:
        errors: each of them.
    """

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors = tuple(errors)
        listed = "".join(f"\n- {error}" for error in errors)
        super().__init__(f"{len(errors)} things are wrong with the data", fix=listed)
