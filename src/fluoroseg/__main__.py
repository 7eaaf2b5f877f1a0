"""`python -m fluoroseg`."""

import sys

from fluoroseg.cli import main

if __name__ == "__main__":
    sys.exit(main())
