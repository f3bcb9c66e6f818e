"""``python -m hubspoke.cli``."""

import sys

from hubspoke.cli import main

sys.exit(main())
