"""The zips hold what ``sam build`` would pack."""

import json
import marshal
import zipfile
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from hubspoke_local.accounts import PROJECT
from hubspoke_local.package import PACKAGES, Package, build, from_environment, lay_out, packaged

BY_NAME = {package.resource: package for package in PACKAGES}


def names(package: Package, folder: Path) -> set[str]:
    with zipfile.ZipFile(build(package, folder)) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def tops(found: set[str], prefix: str) -> set[str]:
    assert all(name.startswith(prefix) for name in found)
    return {name.removeprefix(prefix).split("/")[0] for name in found if ".dist-info" not in name}


FUNCTIONS = {"Vend": "vending", "InventoryFunction": "inventory"}


@pytest.fixture(scope="module", params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> Package:
    """One of the functions."""
    return BY_NAME[request.param]


@pytest.fixture(scope="module")
def shipped(function: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function as it is shipped."""
    folder = tmp_path_factory.mktemp("shipped")
    lay_out(function, folder, from_environment)
    return folder


def test_a_function_carries_what_it_imports_and_neither_layer_nor_client(
    function: Package, shipped: Path
) -> None:
    found = {path.name for path in shipped.iterdir()}
    own = FUNCTIONS[function.resource]
    assert {own, "aws_lambda_powertools", "boto3", "botocore", "urllib3"} <= found
    others = set(FUNCTIONS.values()) - {own}
    assert not found & {"requests", "hubspoke", "hubspoke_contract", "hubspoke_grants", "cedarpy", "bin"}
    assert not found & others


def test_the_function_that_vends_has_no_call_that_writes_a_bundle() -> None:
    assert BY_NAME["Vend"].calls["s3"] == ("GetObject",)
    assert "organizations" not in BY_NAME["Vend"].calls
    assert set(BY_NAME["InventoryFunction"].calls["s3"]) == {"GetObject", "PutObject"}
    assert all(each.startswith("List") for each in BY_NAME["InventoryFunction"].calls["organizations"])


def test_a_function_carries_the_calls_it_makes_and_no_other(function: Package, shipped: Path) -> None:
    data = shipped / "botocore" / "data"
    models = {path.parts[-3]: json.loads(path.read_text()) for path in data.glob("*/*/service-2.json")}
    calls = {name: set(model["operations"]) for name, model in models.items()}
    assert calls == {name: set(operations) for name, operations in function.calls.items()}
    assert {path.name for path in data.iterdir() if path.is_dir()} == set(function.calls)
    endpoints = json.loads((data / "endpoints.json").read_text())
    assert {"aws", "aws-cn", "aws-us-gov"} <= {each["partition"] for each in endpoints["partitions"]}
    assert {name for each in endpoints["partitions"] for name in each["services"]} == set(function.calls)


def test_a_pruned_model_is_the_whole_one_for_its_calls(function: Package, shipped: Path) -> None:
    """What is left of a call is what botocore has of it, down to the last shape."""

    def outline(shape: Shape | None, above: tuple[str, ...] = ()) -> object:
        if shape is None or shape.name in above:
            return shape and shape.name
        parts = getattr(shape, "members", None) or {
            name: getattr(shape, name) for name in ("member", "key", "value") if hasattr(shape, name)
        }
        below = {name: outline(part, (*above, shape.name)) for name, part in parts.items()}
        return shape.name, shape.type_name, shape.metadata, shape.serialization, below

    whole, pruned = Loader(), Loader(extra_search_paths=[str(shipped / "botocore" / "data")])
    pruned._search_paths = [str(shipped / "botocore" / "data")]
    for service, operations in function.calls.items():
        ours, theirs = (
            ServiceModel(loader.load_service_model(service, "service-2"), service)
            for loader in (pruned, whole)
        )
        for name in operations:
            for part in ("input_shape", "output_shape"):
                assert outline(getattr(ours.operation_model(name), part)) == outline(
                    getattr(theirs.operation_model(name), part)
                )


def test_bytecode_is_taken_as_it_is(shipped: Path) -> None:
    """Unchecked: a checked file would be stale once packed, and be compiled anew at every cold start."""
    sources = sorted(shipped.rglob("*.py"))
    for source in sources:
        header = Path(cache_from_source(source)).read_bytes()[:8]
        assert header == MAGIC_NUMBER + b"\x01\0\0\0"
    assert len(sources) > 300


def test_tracebacks_name_lambdas_folders(function: Package, shipped: Path) -> None:
    own = FUNCTIONS[function.resource]
    compiled = Path(cache_from_source(shipped / own / "handler.py")).read_bytes()[16:]
    code = marshal.loads(compiled)  # noqa: S302 - just compiled, here
    assert code.co_filename == f"/var/task/{own}/handler.py"


def test_the_grants_layer_carries_cedar(tmp_path: Path) -> None:
    assert {"hubspoke_grants", "cedarpy"} <= tops(names(BY_NAME["GrantsLayer"], tmp_path), "python/")


def test_the_contract_layer_carries_nothing_else(tmp_path: Path) -> None:
    assert tops(names(BY_NAME["ContractLayer"], tmp_path), "python/") == {"hubspoke_contract"}


def test_the_client_layer_carries_what_signs(tmp_path: Path) -> None:
    assert {"hubspoke", "requests", "requests_aws4auth", "urllib3"} <= tops(
        names(BY_NAME["ClientLayer"], tmp_path), "python/"
    )


def test_no_zip_carries_build_files(tmp_path: Path) -> None:
    for package in PACKAGES:
        found = names(package, tmp_path)
        assert not [name for name in found if ".." in name]
        assert not {"Makefile", "requirements.txt"} & {name.rsplit("/", 1)[-1] for name in found}


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
        ("CodeUri", "s3://b/InventoryFunction.zip"),
    ]


def test_a_template_that_lost_its_place_is_refused() -> None:
    with pytest.raises(LookupError, match="exactly once"):
        packaged("Resources: {}", "b")
