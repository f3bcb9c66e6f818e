"""Put ``examples/inventory-report`` into the tooling account: a caller that is a function."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hubspoke_local.accounts import HUB, PROJECT, REGION, SERVICE, TOOLING
from hubspoke_local.deploy import Deployment
from hubspoke_local.policies import PARTITION

EXAMPLE: Final = PROJECT / "examples" / SERVICE
_BUCKET: Final = f"{SERVICE}-artifacts"
_CODE: Final = "CodeUri: report/\n"


def share_layers(deployment: Deployment, outputs: Mapping[str, str]) -> None:
    """Let the tooling account attach the client's layers, as docs/deploying.md has the operators do it."""
    functions = deployment.root_client("lambda")
    for name in ("ClientLayerArn", "ContractLayerArn"):
        layer, version = outputs[name].split(":")[-2:]
        functions.add_layer_version_permission(
            LayerName=layer,
            VersionNumber=int(version),
            StatementId=f"callers-{TOOLING}",
            Action="lambda:GetLayerVersion",
            Principal=TOOLING,
        )


def deploy_example(
    deployment: Deployment, outputs: Mapping[str, str], endpoint: str, folder: Path
) -> dict[str, str]:
    """Deploy its own template, with the hub's outputs; return the stack's.

    Args:
        deployment: of the running hub.
        outputs: of the hub's stack.
        endpoint: of the hub's API, as callers know it.
        folder: to write the function's zip into.
    """
    zipped = folder / f"{SERVICE}.zip"
    with zipfile.ZipFile(zipped, "x") as archive:
        for path in sorted((EXAMPLE / "report").glob("*.py")):
            archive.write(path, path.name)
    s3 = deployment.root_client("s3", TOOLING)
    s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.upload_file(str(zipped), _BUCKET, zipped.name)
    template = (EXAMPLE / "template.yaml").read_text()
    if template.count(_CODE) != 1:
        raise LookupError(f"the example's template should say {_CODE.strip()!r} exactly once")
    api = f"arn:{PARTITION}:execute-api:{REGION}:{HUB}:{outputs['ApiId']}/{outputs['Stage']}"
    return deployment.create_stack(
        TOOLING,
        SERVICE,
        {"TemplateBody": template.replace(_CODE, f"CodeUri: s3://{_BUCKET}/{zipped.name}\n")},
        {
            "HubEndpoint": endpoint,
            "HubApiArn": api,
            "ClientLayerArn": outputs["ClientLayerArn"],
            "ContractLayerArn": outputs["ContractLayerArn"],
        },
    )
