"""Fuzz targets: what the hub and the client read that others wrote.

Each module that ``TARGETS`` names has ``seeds()``, inputs to begin from, and ``one(data)``, which reads
one and raises when a promise is broken. None imports atheris, so the tests of every change run the same
``one`` over the seeds and some changes to them; ``python -m soak.fuzz TARGET`` runs it under libFuzzer.
"""

from typing import Final

TARGETS: Final = {
    "event": ("vending", "hubspoke_grants", "hubspoke_contract", "aws_lambda_powertools.event_handler"),
    "bundle": ("hubspoke_grants", "hubspoke_contract"),
    "sts_reply": ("vending", "botocore.parsers", "botocore.utils", "dateutil.parser"),
    "cache_file": ("hubspoke.cache", "hubspoke_contract"),
    "config": (
        "hubspoke.settings",
        "hubspoke.endpoint",
        "hubspoke.arguments",
        "hubspoke.cli",
        "hubspoke_admin",
        "hubspoke_contract",
        "argparse",
    ),
}
"""Each target's modules whose coverage leads the fuzzer. Cedar is not Python, and PyYAML's
scanner crawls when it is instrumented: what happens within them leads nowhere, though an exception or a crash
there is one all the same."""
