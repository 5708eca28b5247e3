"""What waits for the office: on the start page (`waiting`), and in the morning mail what has waited too long (`lying`).

Nobody is forgotten.
"""
