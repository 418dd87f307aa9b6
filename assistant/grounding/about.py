"""What a text is about: who may be spoken of, and the words of this one shop. Checks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.grounding.vocabulary import Vocabulary, plain, telling

if TYPE_CHECKING:
    from segmentation.types import CustomerBase

__all__ = ["About", "Names", "about_shop"]


@dataclass(frozen=True)
class Names:
    """The shop's own vocabulary, as the data write it.

    Args:
        products, categories, countries: every name there is.
        values: profile column -> its distinct values, countries left out.
    """

    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Every name that tells, wherever it stands."""
        everything = [*self.products, *self.categories, *self.countries]
        return Vocabulary(name for name in everything if telling(name))


@dataclass(frozen=True)
class About:
    """Where a sentence stands.

    Args:
        language: `en` or `zh`.
        subject: whom a sentence speaks of that names nobody: `segment:2`; empty in a conversation.
        subjects: everybody who may be spoken of -> what they are called (`segment:2` -> its name,
            the name its persona was given).
        names: the shop's vocabulary, by which a name is known that no listed fact has.
        stated: the profile columns that exist (`gender`, `age_band`, ...).
        currency: ISO code of the shop's money; empty or `money` where the data do not say.
    """

    language: str
    subject: str = ""
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    stated: frozenset[str] = frozenset()
    currency: str = ""

    @cached_property
    def called(self) -> Vocabulary:
        """What everybody is called who may be spoken of."""
        return Vocabulary(name for names in self.subjects.values() for name in names)

    @cached_property
    def subject_of(self) -> Mapping[str, str]:
        """Whose each of these names is, in plain spelling."""
        return {plain(n): subject for subject, names in self.subjects.items() for n in names}

    def on(self, subject: str) -> About:
        """The same shop, a text about `subject`."""
        return replace(self, subject=subject)


def about_shop(base: CustomerBase, language: str) -> About:
    """The shop behind a customer base; seconds for a million order lines, so keep it."""
    from assistant.naming import segment_names
    from assistant.router.catalogue import Catalogue

    catalogue, called = Catalogue.of(base), segment_names(base, language)
    country = catalogue.country_field
    values = {name: found for name, found in catalogue.fields.items() if name != country}
    return About(
        language=language,
        subjects={
            f"segment:{segment.id}": tuple({segment.name, called[segment.id]})
            for segment in base.segmentation.segments
        },
        names=Names(
            catalogue.products,
            frozenset(catalogue.categories),
            frozenset(catalogue.fields.get(country or "", ())),
            values,
        ),
        stated=frozenset(catalogue.fields),
        currency=base.currency,
    )
