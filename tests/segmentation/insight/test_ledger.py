"""What a ledger prepares once, for several threads."""

import threading
import time

from segmentation.insight.ledger import open_ledger


def test_whoever_holds_the_lock_does_not_wait_for_who_waits_for_it(base):
    ledger = open_ledger(base)
    vars(ledger).pop("rows", None)
    found = []
    other = threading.Thread(target=lambda: found.append(ledger.rows), daemon=True)

    def hold():
        with ledger.lock:
            other.start()
            time.sleep(0.1)
            found.append(ledger.rows)

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    holder.join(10)
    other.join(10)
    assert len(found) == 2
    assert found[0] is found[1]
