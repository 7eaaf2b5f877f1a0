"""How long it takes from a new process to `import fluoroseg`, and to the first image, compiled or not."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scenes import SCENES, torso
from workers import hand_over

IMPORT = "import fluoroseg"
FIRST_IMAGE = "import sys, pathlib; from whole import first_image; first_image(pathlib.Path(sys.argv[1]), {})"


def measure() -> list[tuple[str, float, str, float]]:
    """Rows (what, seconds, sign, limit) of the summary. Whole processes, the interpreter's own start less."""
    bare = min(_seconds("pass") for _ in range(3))
    imported = min(_seconds(IMPORT) for _ in range(3))
    with tempfile.TemporaryDirectory() as cache:
        hand_over(torso(SCENES["tiny"]), Path(cache))
        empty = _seconds(FIRST_IMAGE.format(0), cache)
        filled = min(_seconds(FIRST_IMAGE.format(0), cache) for _ in range(3))
        _seconds(FIRST_IMAGE.format(1), cache)
        tool = min(_seconds(FIRST_IMAGE.format(1), cache) for _ in range(3))
    return [
        ("import fluoroseg, s", imported - bare, "<=", 0.5),
        ("first image, nothing compiled, s", empty - bare, "<=", 6),
        ("first image, compiled code cached, s", filled - bare, "<=", 1.5),
        ("the same with a tool, s", tool - bare, "<=", 1.5),
    ]


def _seconds(code: str, cache: str = "") -> float:
    """Wall time of a process that runs `code`."""
    environment = os.environ | ({"NUMBA_CACHE_DIR": cache} if cache else {})
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, cache], check=True, env=environment, cwd=Path(__file__).parent
    )
    return time.perf_counter() - begin
