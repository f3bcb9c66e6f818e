"""hubspoke.default_profile: botocore itself says whether any credentials are left."""

from pathlib import Path

import botocore.session
import pytest

from hubspoke.default_profile import copies, hidden, without_default_credentials
from hubspoke.run_directory import RunDirectory

_KEYS = "aws_access_key_id = AKIAX\naws_secret_access_key = hush\n"
_SOURCES = [
    _KEYS,
    "AWS_ACCESS_KEY_ID=AKIAX\nAws_Secret_Access_Key: hush\n",
    "  aws_access_key_id = AKIAX\n  aws_secret_access_key = hush\n",
    "\taws_access_key_id = AKIAX\r\n\taws_secret_access_key = hush\r\n",
    "credential_process = echo x\n",
    "role_arn = arn:aws:iam::222222222222:role/x\nsource_profile = other\n",
    "role_arn = arn:aws:iam::222222222222:role/x\ncredential_source = Environment\n",
    "role_arn = arn:aws:iam::222222222222:role/x\nweb_identity_token_file = /x\n",
    "sso_session = x\nsso_account_id = 222222222222\nsso_role_name = x\n",
    "sso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 222222222222\nsso_role_name = x\n",
    "login_session = arn:aws:iam::222222222222:user/x\n",
]


def _finds(config: Path, credentials: Path) -> bool:
    """Tell whether botocore's chain finds something before it comes to a container's endpoint."""
    session = botocore.session.Session()
    session.set_config_variable("config_file", str(config))
    session.set_config_variable("credentials_file", str(credentials))
    session.set_config_variable("metadata_service_num_attempts", 0)
    chain = session.get_component("credential_provider")
    before = [provider.METHOD for provider in chain.providers].index("container-role")
    chain.providers = [each for each in chain.providers[:before] if each.METHOD != "env"]
    try:
        return chain.load_credentials() is not None
    except Exception:  # noqa: BLE001
        return True  # it tried


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return where the two files are."""
    return tmp_path / "config", tmp_path / "credentials"


@pytest.mark.parametrize("source", _SOURCES)
@pytest.mark.parametrize(
    "heading", ["[default]", "[profile default]", "[default] ; mine", '[profile "default"]']
)
def test_no_source_of_the_default_profile_is_left(
    source: str, heading: str, files: tuple[Path, Path]
) -> None:
    """In the config file; its settings and the other profiles stay."""
    config, credentials = files
    text = (
        f"[profile other]\n{_KEYS}\n{heading}\nregion = eu-west-1\n{source}\noutput = json\n[sso-session x]\n"
    )
    without = without_default_credentials(text)
    config.write_text(without)
    credentials.write_text("")
    assert not _finds(config, credentials)
    assert "region = eu-west-1\n" in without
    assert f"[profile other]\n{_KEYS}" in without
    assert without.endswith("output = json\n[sso-session x]\n")


def test_the_test_would_see_what_is_left(files: tuple[Path, Path]) -> None:
    """Botocore finds the keys where they are."""
    config, credentials = files
    config.write_text("")
    credentials.write_text(f"[default]\n{_KEYS}")
    assert _finds(config, credentials)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[default]\nregion = eu-west-1\n",
        f"[profile dev]\n{_KEYS}",
        f"[profile default-like]\n{_KEYS}",
        "[default]\ns3 =\n  max_concurrent_requests = 20\n# role_arn = x\n",
        "\x00\udcff no file of anybody's",
    ],
)
def test_a_text_without_them_stays_as_it_is(text: str) -> None:
    """To the byte."""
    assert without_default_credentials(text) == text


def test_what_goes_on_on_the_next_line_goes_too() -> None:
    """A value may be continued further in."""
    text = "[default]\ncredential_process = one\n    two\n\n   three\nregion = x\n"
    assert without_default_credentials(text) == "[default]\nregion = x\n"


def test_a_strange_end_of_line_opens_no_profile(files: tuple[Path, Path]) -> None:
    """A form feed ends no line for those who read these files."""
    config, credentials = files
    config.write_text(without_default_credentials(f"[default]\nregion = x\x0c[other]\n{_KEYS}"))
    credentials.write_text("")
    assert not _finds(config, credentials)


def test_only_the_file_that_needs_it_is_copied(files: tuple[Path, Path]) -> None:
    """Under the name it has; the original is left alone."""
    config, credentials = files
    config.write_text("[default]\nregion = x\n")
    credentials.write_text(f"[default]\n{_KEYS}[dev]\n{_KEYS}")
    environ = {"AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials)}
    with RunDirectory() as directory:
        found = copies(hidden(environ), directory)
        assert list(found) == ["AWS_SHARED_CREDENTIALS_FILE"]
        assert Path(found["AWS_SHARED_CREDENTIALS_FILE"]).read_text() == f"[default]\n[dev]\n{_KEYS}"
    assert "AKIAX" in credentials.read_text()


def test_without_variables_the_usual_places_count(tmp_path: Path) -> None:
    """HOME is the test's."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(f"[default]\n{_KEYS}")
    assert hidden({}) == {"AWS_CONFIG_FILE": "[default]\n"}
    assert hidden({"AWS_CONFIG_FILE": "/nonesuch"}) == {}
    assert hidden({"AWS_CONFIG_FILE": "$HOME/.aws/config"}) == {"AWS_CONFIG_FILE": "[default]\n"}
