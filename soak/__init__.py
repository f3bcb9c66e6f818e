"""The long programme: what takes too long for every change, and writes down what it found.

``make soak`` runs all of it, ``make soak PART=fuzz`` one part. ``programme`` lists the parts,
``figures`` keeps what they found, ``verification`` writes ``docs/verification.md`` from that.
"""
