"""The ledger in every state that we could think of: without it nothing is asked of STS, nothing leaves."""

import pytest

from tests.faults.ledger_faults import FAILED, FAULTS, OPERATIONS, LedgerFault, row_of
from tests.faults.scene import Scene
from tests.support.fake_aws import dynamodb_error, sts_error


@pytest.mark.parametrize(("operation", "fault"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_ledger(operation: str, fault: LedgerFault, scene: Scene) -> None:
    """A 503, one record, STS asked only after the intent, and nothing leaked; the next vend is granted."""
    usual = OPERATIONS[operation]
    fault.breaks(scene, operation)
    if fault.slow:
        scene.hurry(**{usual.part: 0.8})
    seen = scene.vend()
    scene.check_refusal(seen, FAILED)
    assert scene.aws.calls.count("AssumeRole") == usual.asked
    # A session that exists and that nobody got is found by its key.
    assert ("access_key_id" in seen.record) == (usual.asked == 1)
    left = scene.row(seen.record["vend_id"])["Outcome"] if scene.aws.rows else None
    assert left == row_of(operation, fault)
    scene.mend()
    scene.check_granted()


@pytest.mark.parametrize("cause", ["Quarantined", "SpokeDenied"])
def test_a_refusal_that_the_ledger_cannot_note(cause: str, scene: Scene) -> None:
    """The ledger fails on top of a refusal: the record has both, and the row stays open."""
    scene.aws.faults["UpdateItem"] = dynamodb_error(400, "ResourceNotFoundException")
    if cause == "Quarantined":
        scene.aws.quarantine["everything"] = {"Subject": {"S": "everything"}}
    else:
        scene.aws.sts = lambda _: sts_error(403, "AccessDenied")
    seen = scene.vend()
    scene.check_refusal(seen, FAILED)
    assert seen.record["stopped_by"] == cause
    assert scene.row(seen.record["vend_id"])["Outcome"] == "Intended"
    scene.mend()
    scene.check_granted()
