"""`python -m fluorosam`."""

import sys

from fluorosam.cli import main

if __name__ == "__main__":
    sys.exit(main())
