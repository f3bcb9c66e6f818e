"""Bare boto3, as it is installed: the same clients as the function's, the same AWS calls, nothing else.

bare.py COUNT CALLS-FILE [without-ledger]
"""

import json
import os
import sys
from pathlib import Path

import boto3
from botocore.config import Config
from figures import cpu, report

COUNT, CALLS = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
QUICK = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
ONCE = Config(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 1})

session = boto3.Session(region_name=os.environ["AWS_REGION"])
s3 = session.client("s3", config=QUICK)
dynamodb = session.client("dynamodb", config=QUICK)
sts = session.client("sts", config=ONCE)


def vend(number: int) -> None:
    """Make the calls of one vend, about a row of its own."""
    for service, operation, params in CALLS:
        if service == "sts":
            sts.assume_role(**params)
        elif "without-ledger" in sys.argv:
            continue
        elif operation == "PutItem":
            params["Item"]["VendId"]["S"] = f"{os.getpid()}-{number}"
            dynamodb.put_item(**params)
        elif operation == "BatchGetItem":
            dynamodb.batch_get_item(**params)
        elif operation == "UpdateItem":
            if "VendId" in params["Key"]:
                params["Key"]["VendId"]["S"] = f"{os.getpid()}-{number}"
            dynamodb.update_item(**params)


started = cpu()
for number in range(COUNT):
    if number == 0:
        s3.get_object(
            Bucket=os.environ["HUBSPOKE_BUNDLE_BUCKET"],
            Key=os.environ["HUBSPOKE_BUNDLE_KEY"],
            ExpectedBucketOwner=os.environ["HUBSPOKE_BUNDLE_OWNER"],
        )["Body"].read()
    if number == 1:
        started = cpu()
    vend(number)
report(started)
