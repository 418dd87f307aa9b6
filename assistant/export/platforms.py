"""What the files of each platform look like: columns, how contacts are written, what is hashed.

Headers and rules are the platforms' own: Meta's customer list (SHA-256 of the lower-case address
and of the digits of the international number), Google's customer match (the same address, the
number in E.164 with its plus), Klaviyo's list import (plain, E.164). Google's rule on dots in Gmail
addresses is for enhanced conversions, not for customer match, so dots stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.export.files import digest

__all__ = ["FORMATS", "Format"]


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Args:
        email, phone: headers of the contact columns; empty where it never has contacts.
        id: header of the customer's id, written where there are no contacts.
        details: headers of segment and segment name; empty where they are not written.
        hashes: whether contacts are written as SHA-256.
        plus: whether a phone number keeps its plus sign.
        is_ads: whether it is for showing ads to these people, which needs a crowd to hide in.
    """

    email: str
    phone: str
    id: str
    details: tuple[str, ...]
    hashes: bool
    plus: bool
    is_ads: bool

    def cell(self, kind: str, contact: str | None) -> str:
        """A normalised `email` or `phone` as it is written; empty where there is none."""
        if not contact:
            return ""
        text = contact.removeprefix("+") if kind == "phone" and not self.plus else contact
        return digest(text.encode("utf-8")) if self.hashes else text


FORMATS = {
    "csv": Format("", "", "customer_id", ("segment", "segment_name"), False, True, False),
    "meta": Format("email", "phone", "extern_id", (), True, False, True),
    "google": Format("Email", "Phone", "User ID", (), True, True, True),
    "klaviyo": Format(
        "Email", "Phone Number", "External ID", ("Segment", "Segment Name"), False, True, False
    ),
}
