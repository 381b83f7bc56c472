from __future__ import annotations

import asyncio
import random
import sys
import time
from statistics import median

from tests.chat.streaming_victim import loss_of

KILLS = 20
AT_ONCE = 5


async def kill_once(path, delay):
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chat.streaming_victim",
        str(path),
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    first = await victim.stdout.readline()
    await asyncio.sleep(delay)
    victim.kill()
    killed_at = time.monotonic()
    rest = await victim.stdout.read()
    await victim.wait()
    return await loss_of(path, (first + rest).decode(), killed_at)


def test_kill_9_loses_less_than_a_second(tmp_path):
    chance = random.Random(4)

    async def kill_many():
        losses = []
        for start in range(0, KILLS, AT_ONCE):
            losses += await asyncio.gather(
                *(
                    kill_once(tmp_path / f"{slot}.sqlite3", chance.uniform(0.0, 1.2))
                    for slot in range(min(AT_ONCE, KILLS - start))
                )
            )
        return losses

    losses = asyncio.run(kill_many())

    assert len(losses) == KILLS
    assert median(loss.seconds for loss in losses) < 1  # other programs may hold up a single one
    assert sum(loss.found for loss in losses) > 0
