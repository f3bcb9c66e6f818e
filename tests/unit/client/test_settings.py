"""hubspoke.settings."""

import os
from pathlib import Path

import pytest

from hubspoke.settings import read


def test_an_empty_variable_is_not_set() -> None:
    """``NAME= command`` unsets for one call."""
    found = read({"HUBSPOKE_ENDPOINT": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": "/h"})
    assert (found.endpoint, found.region) == (None, "eu-west-1")


def test_half_a_key_is_none() -> None:
    """An id without its secret is for botocore to complain about."""
    assert read({"AWS_ACCESS_KEY_ID": "AKIA", "HOME": "/h"}).keys is None


def test_the_older_name_of_the_token_is_read() -> None:
    """As botocore does."""
    keys = read({"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SECURITY_TOKEN": "t"}).keys
    assert keys is not None
    assert keys.session_token is not None
    assert keys.session_token.reveal() == "t"


def test_where_the_cache_is() -> None:
    """The nearest variable wins."""
    assert read({"HOME": "/h"}).cache_directory == Path("/h/.cache/hubspoke")
    assert read({"HOME": "/h", "XDG_CACHE_HOME": "/x"}).cache_directory == Path("/x/hubspoke")
    every = {"HOME": "/h", "XDG_CACHE_HOME": "/x", "HUBSPOKE_CACHE_DIR": "/c"}
    assert read(every).cache_directory == Path("/c")


def test_a_lambda_function_has_no_home_to_write_to() -> None:
    """Trying would log a warning at each start; a folder under /tmp has to be asked for."""
    function = {"HOME": "/h", "AWS_LAMBDA_FUNCTION_NAME": "report"}
    assert read(function).cache_directory is None
    assert read(function | {"HUBSPOKE_CACHE_DIR": "/tmp/c"}).cache_directory == Path("/tmp/c")  # noqa: S108


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run as a user that passwd doesn't know: there is no cache, and no fault."""
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    monkeypatch.delenv("HOME")
    found = read({})
    assert (found.cache_directory, found.aws_files) == (None, ())
    assert read({"AWS_CONFIG_FILE": "/c"}).aws_files == (Path("/c"),)


def test_no_secret_shows() -> None:
    """Settings may be printed."""
    environ = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "hush-1", "AWS_SESSION_TOKEN": "hush-2"}
    assert "hush" not in repr(read(environ))


def test_the_direct_routes_variables() -> None:
    """An empty one is none; the external id has no repr."""
    every = {
        "ASSUME_ROLE_HUB_ACCOUNT": "999999999999",
        "ASSUME_ROLE_HUB_ROLE": "automation-hub-role",
        "ASSUME_ROLE_EXTERNAL_ID": "this-is-my-automation",
        "ASSUME_ROLE_SESSION_STRING": "me@company.com",
    }
    found = read(every)
    assert found.external_id is not None
    assert found.external_id.reveal() == "this-is-my-automation"
    assert (found.hub_account, found.hub_role) == ("999999999999", "automation-hub-role")
    assert found.session_string == "me@company.com"
    assert "this-is-my-automation" not in repr(found)
    none = read(dict.fromkeys(every, ""))
    assert (none.hub_account, none.hub_role, none.external_id, none.session_string) == (None,) * 4
