"""The hub's function: who asks, what for, may they; then record, assume, record, answer.

Read ``service.vend`` first: the whole of it is there, top to bottom. ``handler`` only wires it to
API Gateway.
"""
