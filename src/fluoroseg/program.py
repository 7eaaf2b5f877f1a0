"""How both command lines end: what was found out, exit codes, and one line for an error."""

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any


def run(
    program: str, action: Callable[[], int], user_errors: tuple[type[Exception], ...], debug: bool
) -> int:
    """The exit code of `action`; 2 for an error that a user can cause, 1 for any other.

    An error is told on stderr in one line; `debug` adds the traceback.
    """
    try:
        return action()
    except user_errors as error:
        return _fail(program, str(error), debug, 2)
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        sys.stderr.write(f"{program}: interrupted\n")
        return 130
    except Exception as error:
        what = f"unexpected {type(error).__name__} (--debug tells where): {error}"
        return _fail(program, what, debug, 1)


def tell(as_json: bool, told: dict[str, Any], text: str) -> None:
    """Writes a command's answer to stdout, for a program or for a person."""
    sys.stdout.write((json.dumps(told, indent=1, ensure_ascii=False) if as_json else text) + "\n")


def _fail(program: str, what: str, debug: bool, code: int) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"{program}: error: {' '.join(what.split())}\n")
    return code
