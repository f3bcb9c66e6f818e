"""AWS for the benchmarks: the tests' fake, in a process of its own so that its work isn't counted.

Each line on standard input is answered with the number of calls since the last one, by operation.
"""

import json
import sys
from collections import Counter

from hubspoke_admin.source import build
from hubspoke_grants import bundle
from hubspoke_local.package import PROJECT
from tests.support.fake_aws import FakeAws


def main() -> None:
    """Serve until standard input ends."""
    with FakeAws() as aws:
        aws.bundle = bundle.encode(build(PROJECT / "grants"))
        print(aws.url, flush=True)
        for _ in sys.stdin:
            calls, aws.calls, aws.assumed = Counter(aws.calls), [], []
            print(json.dumps(calls), flush=True)


if __name__ == "__main__":
    main()
