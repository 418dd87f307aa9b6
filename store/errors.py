"""The errors of the whole house.

Every error a user can meet is a `KindredError`: what happened, where, and what would be right.

    KindredError
    ├── StoreError            what is on disk cannot be used
    │   ├── NoSnapshot            nothing has been built here yet
    │   ├── DamagedSnapshot       a file is missing or differs from its checksum
    │   ├── OldSnapshot           built by a Kindred whose snapshots are no longer read
    │   └── WorkspaceBusy         another process is writing
    ├── InputError            what the user gave cannot be used (segmentation/types.py)
    │   └── NotInData             the data do not carry an answer
    └── ModelError            a language model or an encoder cannot be used (segmentation/types.py)
"""


class KindredError(Exception):
    """An error a user can mend.

    Args:
        what: what happened, one sentence without a full stop.
        where: file, column, line or option it happened at.
        fix: what would be right, as an instruction.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.fix}" if self.fix else ""
        return f"{self.what}{place}.{advice}"


class StoreError(KindredError):
    """What is on disk cannot be used."""


class NoSnapshot(StoreError):
    """Nothing has been built in this workspace yet."""


class DamagedSnapshot(StoreError):
    """A file of a snapshot is missing or differs from its checksum."""


class OldSnapshot(StoreError):
    """A snapshot was built by a Kindred whose snapshots this one no longer reads."""


class WorkspaceBusy(StoreError):
    """Another process is writing to this workspace."""
