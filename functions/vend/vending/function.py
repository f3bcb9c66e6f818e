"""What Lambda starts: the handler, imported without garbage collection.

Init makes nothing but objects that stay, so that looking for garbage among them is wasted there, and so is
looking at them again with every later collection.
"""

import gc

gc.disable()
try:
    from vending.handler import handler
finally:
    gc.freeze()
    gc.enable()

__all__ = ["handler"]
