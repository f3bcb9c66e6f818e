"""The wire contract of the hub's API: what both ends agree on, and nothing else.

Standard library only, imported by everything, importing nothing of ours. Import the module you need
(``request``, ``reply``, ``errors``, ``names``, ``arns``, ``limits``, ``secret``): nothing is
re-exported here, so that a caller's start-up pays for one module, not for seven.
"""
