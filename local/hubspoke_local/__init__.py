"""The embedded hub: the whole of hubspoke on one machine, with no AWS account. Development only.

Its stacks are the project's own templates, its function and layers the ones that ``sam build`` would
package, its callers real IAM users with limited keys. AWS itself is played by ministack, made stricter
by ``hubspoke_local.strict``; docs/emulator.md says where that still differs. Imported by tests alone.
"""
