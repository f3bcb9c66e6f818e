"""The zips hold what ``sam build`` would pack."""

import zipfile
from pathlib import Path

import pytest

from hubspoke_local.accounts import PROJECT
from hubspoke_local.package import PACKAGES, Package, build, packaged

BY_NAME = {package.resource: package for package in PACKAGES}


def names(package: Package, folder: Path) -> set[str]:
    with zipfile.ZipFile(build(package, folder)) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def tops(found: set[str], prefix: str) -> set[str]:
    assert all(name.startswith(prefix) for name in found)
    return {name.removeprefix(prefix).split("/")[0] for name in found if ".dist-info" not in name}


def test_the_function_carries_powertools_and_neither_layer_nor_client(tmp_path: Path) -> None:
    found = tops(names(BY_NAME["Vend"], tmp_path), "")
    assert {"vending", "aws_lambda_powertools"} <= found
    assert not found & {"boto3", "botocore", "urllib3", "requests", "hubspoke", "hubspoke_grants", "cedarpy"}


def test_the_grants_layer_carries_cedar(tmp_path: Path) -> None:
    assert {"hubspoke_grants", "cedarpy"} <= tops(names(BY_NAME["GrantsLayer"], tmp_path), "python/")


def test_the_contract_layer_carries_nothing_else(tmp_path: Path) -> None:
    assert tops(names(BY_NAME["ContractLayer"], tmp_path), "python/") == {"hubspoke_contract"}


def test_the_client_layer_carries_what_signs(tmp_path: Path) -> None:
    assert {"hubspoke", "requests", "requests_aws4auth", "urllib3"} <= tops(
        names(BY_NAME["ClientLayer"], tmp_path), "python/"
    )


def test_no_zip_carries_caches_or_the_requirements_link(tmp_path: Path) -> None:
    for package in PACKAGES:
        found = names(package, tmp_path)
        assert not [name for name in found if "__pycache__" in name or ".." in name]
        assert f"{package.prefix}requirements.txt" not in found


def test_the_template_names_the_zips_and_changes_nowhere_else() -> None:
    template = (PROJECT / "template.yaml").read_text()
    changed = [
        (before.split(":")[0].strip(), after.split(":", 1)[1].strip())
        for before, after in zip(template.splitlines(), packaged(template, "b").splitlines(), strict=True)
        if before != after
    ]
    assert changed == [
        ("CodeUri", "s3://b/Vend.zip"),
        ("ContentUri", "s3://b/ContractLayer.zip"),
        ("ContentUri", "s3://b/GrantsLayer.zip"),
        ("ContentUri", "s3://b/ClientLayer.zip"),
    ]


def test_a_template_that_lost_its_place_is_refused() -> None:
    with pytest.raises(LookupError, match="exactly once"):
        packaged("Resources: {}", "b")
