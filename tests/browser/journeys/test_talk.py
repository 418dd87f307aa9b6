"""Conversations: two at once, one that is stopped, asked again and begun anew."""

LONG = "How many segments should I make, between 2 and 9, with agglomerative?"


def test_two_at_once_are_each_answered_on_their_own(guest):
    one, other = guest(), guest()
    for mine, theirs in (
        ("Tell me about segment 1", "What is our total revenue?"),
        ("and segment 3?", "and in Germany?"),
    ):
        one.begin(mine)
        other.begin(theirs)
        last, total = one.hear(mine), other.hear(theirs)
    assert "Segment 3" in last
    assert "Germany" in total
    assert "Germany, " not in one.talk.inner_text()
    assert "egment 3" not in other.talk.inner_text()


def test_stopped_asked_again_and_begun_anew(guest):
    one = guest()
    one.begin(LONG)
    one.sees("Weighing how many segments")
    one.press("Stop the answer")
    one.sees("Stopped.")
    question = "What is our return rate?"
    first = one.ask(question)
    one.press("Ask again")
    one.copies.wait_for(state="detached")
    again = one.hear(question)
    assert one.talk.get_by_text(question).count() == 1
    assert _words(again) == _words(first)
    one.press("New conversation")
    one.sees("What would you like to know")
    assert "came back" in first
    assert "placed" in one.ask("and in Germany?")  # about all there is, not about returns


def _words(said):
    """An answer without how long its step took."""
    return [line for line in said.splitlines() if line and not line.startswith("·")]
