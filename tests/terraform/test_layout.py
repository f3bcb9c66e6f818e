"""The Terraform files as Terraform itself would have them."""

import shutil
from pathlib import Path

import pytest

from tests.terraform.terraform import MODULE, Terraform, TerraformRefused


def test_they_are_laid_out_as_terraform_does_it(tmp_path: Path) -> None:
    """``terraform fmt`` would change none of them."""
    shutil.copytree(MODULE, tmp_path / "module")
    assert Terraform(tmp_path).run("fmt", "-check", "-recursive", "module") == ""


def test_a_file_that_is_not_is_noticed(tmp_path: Path) -> None:
    """The check can fail."""
    (tmp_path / "main.tf").write_text('output "x" {\n value=1\n}\n')
    with pytest.raises(TerraformRefused):
        Terraform(tmp_path).run("fmt", "-check")


@pytest.mark.parametrize("documents", ["role", "doctor"])
def test_the_documents_are_valid_without_a_provider(tmp_path: Path, documents: str) -> None:
    """``terraform validate`` needs nothing but themselves."""
    shutil.copytree(MODULE / "documents" / documents, tmp_path / "module")
    terraform = Terraform(tmp_path / "module")
    terraform.run("init", "-backend=false", "-no-color")
    assert "configuration is valid" in terraform.run("validate", "-no-color")
