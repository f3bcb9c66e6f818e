"""The operators' CLI, ``hubspoke-admin``. Uses the operator's own AWS credentials."""
