"""The engines' processes below one process, as a test sees them."""

import os
from contextlib import suppress

import psutil


def engine_children(parent: int | None = None) -> list[psutil.Process]:
    """Those that live; other children, and ended ones that nobody waited for yet, aren't among them."""
    found = []
    for child in psutil.Process(parent or os.getpid()).children():
        with suppress(psutil.NoSuchProcess):  # Also what a zombie raises.
            if "aik_service.engine_process.child" in child.cmdline():
                found.append(child)
    return found
