"""How often is asked again, after how long; and that nobody waits for what is not wanted."""

import random
import threading
import time

import pytest

from assistant.turn.outages import Outage
from assistant.turn.patience import Patience, Stopped, Vigil, current_attempt, patiently

QUICK = Patience(silence=0.1, longest=0.3, tries=3, first_wait=0.001, longest_wait=0.01, seed=0)


def failing(*errors):
    """A call that raises one after the other and then answers; and how often it was made."""
    left, made = list(errors), []

    def call():
        made.append(1)
        if left:
            raise left.pop(0)
        return "answer"

    return call, made


def test_pauses_double_with_jitter_up_to_the_longest_and_never_undercut_the_server():
    patience, rng = Patience(first_wait=1, longest_wait=20), random.Random(0)
    for tries, most in [(1, 1), (2, 2), (3, 4), (9, 20)]:
        waits = [patience.wait(tries, None, rng) for _ in range(200)]
        assert most / 2 <= min(waits) < max(waits) <= most
    assert patience.wait(1, 7.5, rng) == 7.5


def test_trouble_that_may_pass_is_asked_again_so_many_times():
    call, made = failing(ConnectionError(), ConnectionError())
    assert patiently(call, QUICK, model="m") == "answer"
    call, made = failing(*[ConnectionError()] * 9)
    with pytest.raises(Outage, match="cannot be reached"):
        patiently(call, QUICK, model="m")
    assert len(made) == 3


def test_trouble_that_will_not_pass_is_not():
    call, made = failing(ValueError("no such thing"))
    with pytest.raises(Outage):
        patiently(call, QUICK, model="m")
    assert len(made) == 1


def test_what_takes_long_is_tried_twice():
    made = []

    def call():
        made.append(1)
        time.sleep(0.4)

    with pytest.raises(Outage, match="did not answer in time"):
        patiently(call, QUICK, model="m")
    assert len(made) == 2


def test_a_model_that_speaks_is_waited_for_and_one_that_falls_silent_is_not():
    def call(words):
        for _ in range(words):
            time.sleep(0.05)
            current_attempt().heard()
        time.sleep(0 if words == 4 else 1)
        return "answer"

    assert patiently(lambda: call(4), QUICK, model="m") == "answer"
    with pytest.raises(Outage) as caught:
        patiently(lambda: call(1), QUICK, model="m")
    assert caught.value.kind == "stalled"


def test_stopping_ends_a_call_and_a_pause():
    for patience, call in [
        (Patience(silence=9), lambda: time.sleep(3)),
        (Patience(first_wait=9), failing(ConnectionError())[0]),
    ]:
        vigil = Vigil()
        threading.Timer(0.1, vigil.stop).start()
        began = time.perf_counter()
        with pytest.raises(Stopped):
            patiently(call, patience, model="m", vigil=vigil)
        assert time.perf_counter() - began < 2
