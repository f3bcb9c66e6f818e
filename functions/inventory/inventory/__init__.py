"""The inventory function: keeps the accounts of the bundle in force as AWS Organizations has them.

It decides nothing and vends nothing. It writes what the vending function decides from, so it writes only what
that function would load, and only accounts: policies, roles and session policies stay as they were published.
"""
