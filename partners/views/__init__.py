"""The pages: of the public, and of a company that came by a personal link."""
