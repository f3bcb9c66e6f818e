"""``hubspoke doctor``: what is right and what is wrong between a caller and a role, a step a module.

A step returns findings, and raises for nothing that it finds. Imported by the command alone, and by
``hubspoke-admin doctor`` for the way to the hub.
"""
