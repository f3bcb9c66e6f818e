"""IAM documents of hub, spokes, callers and organization: values in, documents out, and nothing is called.

A module for each family: ``callers``, ``hub_roles``, ``spokes``, ``organization``. ``estate`` has what they
are made from, ``granted`` what grants say about it, ``placements`` where a document goes and how large it
may be there, ``formats`` how it is written.
"""
