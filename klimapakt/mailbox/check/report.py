"""What the check says, line by line, as soon as it knows."""

from collections.abc import Callable


class Report:
    """Counts the problems; each is a German sentence that ends with what to do („Bitte …“)."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write
        self.problems = 0

    def heading(self, words: str) -> None:
        self.write(f"\n{words}")

    def ok(self, sentence: str) -> None:
        self.write(f"  ok       {sentence}")

    def note(self, sentence: str) -> None:
        self.write(f"  Hinweis: {sentence}")

    def problem(self, sentence: str) -> None:
        self.problems += 1
        self.write(f"  Problem: {sentence}")


def what_is_wrong(sentence: str) -> str:
    """Return the sentence without what the portal does when it happens at work."""
    return sentence.partition(" Das Portal ")[0]
