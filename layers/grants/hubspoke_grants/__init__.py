"""Who may take which role: the bundle, its Cedar entities, and the one decision function.

Pure: values in, values out; no clock, no AWS, no environment. Only ``organization`` calls AWS, by a client
and a clock that it is handed. The function, the operators' CLI and the tests all decide through
``hubspoke_grants.decision.decide``.
"""
