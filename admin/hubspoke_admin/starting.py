"""The grants folder that ``hubspoke-admin grants init`` writes: small, commented, and valid as it is."""

from pathlib import Path
from typing import Final

from hubspoke_admin.exceptions import AdminError

FILES: Final = {
    "roles.yaml": """\
# The roles the hub vends. Each profile is one role that exists, under one name, in many accounts.
# A role that isn't listed here can't be vended, whatever the policies say.

roles:
  # The profile's name: policies see it as resource.profile.
  app:
    role: app-role # the role's name, without its path
    path: /hubspoke/
    accounts: # any of these, together
      org_units: [ou-root/Workloads] # with every OU below
      # ids: ["333333333333"]
      # tags: {environment: dev}
    # external_id: …     where the role's trust policy asks for one
    max_duration: 3600 # seconds, 900 to 3600
    session_policies: [read-only] # files in session-policies/
""",
    "accounts.json": """\
[
  {"Id": "222222222222", "Name": "dev", "OrgUnit": "ou-root/Workloads/Dev", "Tags": {"environment": "dev"}},
  {"Id": "333333333333", "Name": "prod", "OrgUnit": "ou-root/Workloads/Prod", "Tags": {"environment": "prod"}}
]
""",
    "policies/app.cedar": """\
// Who may take what. Without a permit the answer is no, and a forbid beats every permit.
// Every policy has an @id: the ledger names it with each vend.

// A user in Development, whatever it asks for.
@id("app-user-in-dev")
permit (
  principal == Caller::User::"111111111111/app-user",
  action == Action::"assume",
  resource in OrgUnit::"ou-root/Workloads/Dev"
) when {
  resource.profile == "app"
};

// The same user in Production: to look, for a quarter of an hour.
@id("app-user-reads-prod")
permit (
  principal == Caller::User::"111111111111/app-user",
  action == Action::"assume",
  resource in OrgUnit::"ou-root/Workloads/Prod"
) when {
  resource.profile == "app" && context.duration <= 900 &&
  context has sessionPolicy && context.sessionPolicy == "read-only"
};
""",
    "session-policies/read-only.json": """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ReadOnly",
      "Effect": "Allow",
      "Action": ["s3:Get*", "s3:List*", "sts:GetCallerIdentity"],
      "Resource": "*"
    }
  ]
}
""",
    "tests.yaml": """\
# Who must get a role, and who must not. `hubspoke-admin grants test` runs these, and nothing is published
# while one fails. Left out, duration is the longest and session_policy none.

tests:
  - name: the user has Development
    principal: Caller::User::"111111111111/app-user"
    role: 222222222222/app-role
    expect: permit
  - name: and reads Production
    principal: Caller::User::"111111111111/app-user"
    role: 333333333333/app-role
    duration: 900
    session_policy: read-only
    expect: permit
  - name: but no longer than a quarter of an hour
    principal: Caller::User::"111111111111/app-user"
    role: 333333333333/app-role
    duration: 901
    session_policy: read-only
    expect: deny
  - name: and never all of it
    principal: Caller::User::"111111111111/app-user"
    role: 333333333333/app-role
    duration: 900
    expect: deny
  - name: a user of that name in another account is somebody else
    principal: Caller::User::"999999999999/app-user"
    role: 222222222222/app-role
    expect: deny
""",
}


def write(folder: Path) -> None:
    """Write the starting folder.

    Raises:
        AdminError: there is something in the folder already, or it can't be written.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise AdminError(f"{folder}: is not an empty folder; name one that is, or that doesn't exist yet")
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise AdminError(f"{folder}: {error.strerror}") from None
