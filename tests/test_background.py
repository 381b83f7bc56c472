"""Imports beside the open window."""

import asyncio
import sys
import threading

from ai_coder.owners.background import in_background


async def test_two_imports_at_once_leave_the_turns_of_threads_as_they_were():
    usual = sys.getswitchinterval()
    gates = [threading.Event(), threading.Event()]
    loop = asyncio.get_running_loop()
    first, second = (loop.create_task(in_background(gate.wait)) for gate in gates)
    await asyncio.sleep(0)
    assert sys.getswitchinterval() < usual

    gates[0].set()
    await first
    assert sys.getswitchinterval() < usual
    gates[1].set()
    await second

    assert sys.getswitchinterval() == usual
