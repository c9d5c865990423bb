"""What has been loaded is left out of later collections."""

from __future__ import annotations

import gc

from runtime.garbage import spare_what_is_loaded


def test_what_is_loaded_is_looked_through_no_more() -> None:
    kept = [[number] for number in range(1000)]

    spare_what_is_loaded()

    try:
        searched = {id(found) for found in gc.get_objects()}
        assert not searched & {id(one) for one in kept}
    finally:
        gc.unfreeze()
