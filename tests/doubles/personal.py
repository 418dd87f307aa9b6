"""Personal data planted in the tests' shops: none of it may ever be in a prompt."""

from __future__ import annotations

NAMES = ("Wilhelmina Okonkwo-Vesterdahl", "Bartholomew Quintrell", "欧阳思琪")
EMAILS = ("w.okonkwo@vesterdahl.example", "bart.quintrell@posteo.example")
PHONES = ("+44 20 7946 0958", "+49 30 901820", "13812345678")
ADDRESSES = ("17 Marmalade Crescent", "Hinterm Deich 4b")
CARDS = ("4111 1111 1111 1111",)
IBANS = ("DE89 3704 0044 0532 0130 00",)

PLANTED = (*NAMES, *EMAILS, *PHONES, *ADDRESSES, *CARDS, *IBANS)


def found_in(text: str) -> list[str]:
    """What of it stands in a text, however it is spaced; ASCII escapes of JSON are undone."""
    flat = "".join(text.split()).casefold()
    return [one for one in PLANTED if "".join(one.split()).casefold() in flat]
