"""``python -m hubspoke``: the command, where no script could be installed."""

from hubspoke.quick import main

main()
