"""Processes around agreements: drafting, offering, answering (the partner), binding (the pact)."""
