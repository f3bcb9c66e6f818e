"""The operations guide's alarm of one role profile is the stack's own, but for the profile."""

import re
import shlex

from hubspoke_local.accounts import PROJECT
from tests.template.rendering import hub_template, render

OPTIONS = {
    "--namespace": "Namespace",
    "--metric-name": "MetricName",
    "--statistic": "Statistic",
    "--period": "Period",
    "--evaluation-periods": "EvaluationPeriods",
    "--threshold": "Threshold",
    "--comparison-operator": "ComparisonOperator",
    "--treat-missing-data": "TreatMissingData",
}


def documented() -> dict[str, list[str]]:
    """Read the guide's command: each option to its values."""
    guide = (PROJECT / "docs" / "operating.md").read_text()
    (command,) = re.findall(r"^aws cloudwatch put-metric-alarm (.+?)\n```", guide, re.MULTILINE | re.DOTALL)
    options: dict[str, list[str]] = {}
    for word in shlex.split(command.replace("\\\n", "")):
        if word.startswith("--"):
            options[word] = []
        else:
            options[[*options][-1]].append(word)
    return options


def test_the_documented_alarm_is_the_stacks_for_one_profile() -> None:
    """Of the same metric, with one dimension more, as the function emits it."""
    options = documented()
    alarm = render(hub_template(), Environment="prod")["PackedPolicySize"]

    for option, name in OPTIONS.items():
        assert options.pop(option) == [str(alarm[name])], option
    assert options.pop("--dimensions") == ["Name=service,Value=hubspoke", "Name=profile,Value=deploy"]
    assert options.pop("--alarm-name") == [f"{alarm['AlarmName']}-deploy"]
    assert options.keys() == {"--alarm-actions"}
