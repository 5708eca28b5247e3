"""Processes of this app: each is one function, and everything that triggers it calls that one."""
