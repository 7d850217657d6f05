"""What the engine's process says, from any of its threads."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

from aik_service.engine_process.child import lines_to


class SlowPipe(io.StringIO):
    """Lets others in between any two letters."""

    def write(self, text: str) -> int:
        for letter in text:
            super().write(letter)
            time.sleep(0.0001)
        return len(text)


def test_messages_of_several_threads_are_whole_lines() -> None:
    pipe = SlowPipe()
    say = lines_to(pipe)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: say(f'{{"call": {number}}}\n'), range(20)))
    assert sorted(json.loads(line)["call"] for line in pipe.getvalue().splitlines()) == list(range(20))
