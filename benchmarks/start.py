"""How long it takes from a new process to `import fluoroseg`, and to the first image, compiled or not."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMPORT = "import fluoroseg"
FIRST_IMAGE = "from whole import first_image; first_image()"


def measure() -> list[tuple[str, float, str, float]]:
    """Rows (what, seconds, sign, limit) of the summary. Whole processes, the interpreter's own start less."""
    bare = min(_seconds("pass", {}) for _ in range(3))
    imported = min(_seconds(IMPORT, {}) for _ in range(3))
    with tempfile.TemporaryDirectory() as cache:
        empty = _seconds(FIRST_IMAGE, {"NUMBA_CACHE_DIR": cache})
        filled = min(_seconds(FIRST_IMAGE, {"NUMBA_CACHE_DIR": cache}) for _ in range(3))
    return [
        ("import fluoroseg, s", imported - bare, "<=", 0.5),
        ("first image, nothing compiled, s", empty - bare, "<=", 6),
        ("first image, compiled code cached, s", filled - bare, "<=", 1.5),
    ]


def _seconds(code: str, environment: dict[str, str]) -> float:
    """Wall time of a process that runs `code`."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | environment, cwd=Path(__file__).parent
    )
    return time.perf_counter() - begin
