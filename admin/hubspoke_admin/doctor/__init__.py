"""What ``hubspoke-admin doctor`` looks at: the whole chain from the hub to a role in a spoke.

It reads by AWS's own APIs, and judges what it read by ``hubspoke_admin.iam``. ``visit`` is the whole;
``surroundings`` reads what is the same for all roles, ``reading`` the roles; ``chain`` walks to one of them.
``trust``, ``role``, ``permissions``, ``gateway`` and ``grants`` judge a part each, by what ``asking`` says is
asked of STS; ``mends`` says what to do.
"""
