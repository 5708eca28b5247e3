"""Forms of the public and of companies. They validate; they neither mail nor store."""
