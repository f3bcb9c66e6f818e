"""The options that every command of the client takes, against variables that say otherwise."""

from pathlib import Path

from tests.support.fake_hub import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, FakeHub


def common_options(hub: FakeHub, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return words that name the hub and its caller, and variables that name others."""
    config = folder / "config"
    config.write_text(
        f"[profile me]\naws_access_key_id={ACCESS_KEY_ID}\naws_secret_access_key={SECRET_ACCESS_KEY}\n"
    )
    words = f"--endpoint {hub.endpoint} --region {REGION} --profile me --retries 0 --no-cache"
    return words.split(), {
        "AWS_CONFIG_FILE": str(config),
        "AWS_ACCESS_KEY_ID": "AKIAOTHER",
        "AWS_REGION": "us-east-1",
        "HUBSPOKE_ENDPOINT": "https://hub.invalid",
    }
