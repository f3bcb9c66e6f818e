"""hubspoke.silence."""

import logging
import threading

import pytest

from hubspoke.silence import silence


@pytest.mark.parametrize(
    "name", ["botocore", "botocore.parsers", "urllib3.connectionpool", "boto3.resources"]
)
def test_the_libraries_say_nothing_inside(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """At no level; and they speak again afterwards."""
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger(name)
    with silence():
        logger.debug("inside")
        logger.critical("inside")
    logger.critical("outside")
    assert [record.getMessage() for record in caplog.records] == ["outside"]


def test_levels_stay_as_they_were() -> None:
    """They are the program's."""
    logger = logging.getLogger("botocore.parsers")
    before = logger.level
    with silence():
        assert logger.level == before
    assert logger.level == before


def test_others_speak_on(caplog: pytest.LogCaptureFixture) -> None:
    """Loggers of other libraries, and the same ones in other threads."""
    caplog.set_level(logging.DEBUG)
    with silence():
        logging.getLogger("another.library").info("another's")
        logging.getLogger("botocorelike").info("alike")
        other = threading.Thread(target=logging.getLogger("botocore.x").critical, args=("theirs",))
        other.start()
        other.join()
    assert {record.getMessage() for record in caplog.records} == {"another's", "alike", "theirs"}
