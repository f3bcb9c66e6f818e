"""IAM's own answer to one request, from a policy document as it lies in an account.

It calls nobody and knows nothing of hubs: documents and requests in, judgements out. Three-valued, and closed
where it doesn't know: a key whose value nobody here knows makes an answer unknown, never yes.
"""
