"""What waits for the office, for its start page and the mail of the morning."""
