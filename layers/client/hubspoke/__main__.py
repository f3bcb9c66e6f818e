"""``python -m hubspoke``: the command, where no script could be installed."""

import sys

from hubspoke.quick import main

sys.exit(main())
