"""Put a bundle where the hub's function looks for it, in every Region, over what it was decided on."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hubspoke_admin.bundles import ORGANIZATION, InForce, Stored, history, in_force
from hubspoke_admin.exceptions import AwsError
from hubspoke_admin.hubs import BUNDLE_KEY, Hub, calling, in_every
from hubspoke_grants.bundle import encode
from hubspoke_grants.catalogue import with_accounts

_OVERTAKEN: Final = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")
"""S3 API, ``PutObject``: what answers a condition that no longer holds."""


def publish(
    states: Sequence[InForce], document: Mapping[str, Any], metadata: Mapping[str, str], typed: Sequence[str]
) -> None:
    """Write the bundle in one put a Region: readers see the old object or the new one, never a part.

    A Region that has this version already is left alone, and one in which something else has come in
    force since ``states`` was read refuses.

    Args:
        states: what each Region had in force when this was decided.
        document: the bundle.
        metadata: what is to stand beside the object.
        typed: the command's arguments, to be repeated where it failed.

    Raises:
        AwsError: S3 refused or was not reached somewhere; there the old bundle is still in force.
    """
    body = encode(document)
    by_region = {state.hub.region: state for state in states}

    def put(region: str) -> None:
        state = by_region[region]
        if state.version == document["Version"]:
            return
        bucket = state.hub.output("BundleBucket")
        condition = {"IfMatch": state.stored.etag} if state.stored else {"IfNoneMatch": "*"}
        place = f"{region}: s3://{bucket}/{BUNDLE_KEY} was not written, and what was in force still is"
        request = {
            "Bucket": bucket,
            "ExpectedBucketOwner": state.hub.account,
            "Key": BUNDLE_KEY,
            "Body": body,
            "ContentType": "application/json",
            "ChecksumAlgorithm": "SHA256",
            "Metadata": dict(metadata),
            **condition,
        }
        calling(place, lambda: _put(state.hub, request, document["Version"]))

    in_every(list(by_region), f"publish version {document['Version']}", put, typed)


def keeping_accounts(document: dict[str, Any], states: Sequence[InForce]) -> dict[str, Any]:
    """Return a bundle document with the accounts in force, where the organization is what keeps them.

    The inventories of several Regions write at their own times: the newest has the organization as it is.
    """
    kept = [
        state.stored
        for state in states
        if state.stored and (state.document or {}).get("AccountsFrom") == ORGANIZATION
    ]
    if not kept:
        return document
    newest = max(kept, key=lambda stored: stored.at)
    assert newest.document is not None  # noqa: S101 - it was just looked into
    return with_accounts({**document, "AccountsFrom": ORGANIZATION}, newest.document["Accounts"])


def to_roll_back_to(state: InForce, version: str | None) -> Stored | None:
    """Find, among what a Region has had, the version named, or the newest with other grants than now.

    What the inventory wrote since differs in its accounts alone: going back over it would bring back old
    accounts, and no old grants.
    """
    now = state.document or {}
    accounts_apart = now.get("AccountsFrom") == ORGANIZATION
    for stored in history(state.hub):
        if stored.document is None:
            continue
        if version is not None:
            if stored.version == version:
                return stored
        elif _grants(stored.document, accounts_apart) != _grants(now, accounts_apart):
            return stored
    return None


def _put(hub: Hub, request: Mapping[str, Any], version: str) -> None:
    from botocore.exceptions import ClientError

    try:
        hub.client("s3").put_object(**request)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _OVERTAKEN:
            # botocore puts again when a reply gets lost, so what overtook this may be this.
            if in_force(hub).version == version:
                return
            raise AwsError(
                f"{hub.region}: something else was published meanwhile: look at it by "
                "'hubspoke-admin grants history', then publish again"
            ) from None
        raise


def _grants(document: Mapping[str, Any], accounts_apart: bool) -> dict[str, Any]:
    if not accounts_apart:
        return dict(document)
    kept = {key: document[key] for key in document.keys() - {"Version", "AccountsFrom", "Accounts"}}
    profiles = [{**profile, "Accounts": []} for profile in document.get("Profiles", [])]
    return {**kept, "Profiles": profiles}
