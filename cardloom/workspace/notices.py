"""What a process has to tell the person that belongs to no run: a backup or a request that failed."""

MOST = 20


class Notices:
    """Sentences by subject, newest first; one of the same subject takes the place of the last."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def say(self, subject: str, sentence: str) -> None:
        """Show `sentence` until it is taken back, or others have pushed it out."""
        self._said.pop(subject, None)
        self._said[subject] = sentence
        while len(self._said) > MOST:
            del self._said[next(iter(self._said))]

    def take_back(self, subject: str) -> None:
        self._said.pop(subject, None)

    def sentences(self) -> list[str]:
        return list(reversed(self._said.values()))
