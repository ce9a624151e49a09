"""Notes to measure with: made-up words, as often as words of a language are, in folders, with tags and links."""

import itertools
import random
from pathlib import Path

WORDS = 20_000
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
TAGS = 60
SEED = 5
# A passage of words begins anywhere in a text of so many that is drawn once: to draw each word anew takes minutes.
POOL_WORDS = 500_000


class Notes:
    """The notes from 0 on; the same at every call."""

    def __init__(self) -> None:
        generator = random.Random(SEED)
        self.vocabulary = vocabulary(generator)
        weights = list(itertools.accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self.pool = generator.choices(self.vocabulary, cum_weights=weights, k=POOL_WORDS)

    def text(self, number: int, tag: str = "", count: int = 1_000) -> str:
        """A note, with links to others of so many. One with another tag has other words too."""
        generator = random.Random(f"{SEED} {number} {tag}")
        tags = [f"tag{generator.randrange(TAGS)}", *([tag] if tag else [])]
        lines = ["---", f"title: {self.words(generator, 4).capitalize()}", f"tags: [{', '.join(tags)}]", "---", ""]
        for section in range(generator.randint(1, 4)):
            if section > 0:
                lines += [f"## {self.words(generator, 3).capitalize()}", ""]
            for _ in range(generator.randint(1, 3)):
                link = self.id(generator.randrange(count))
                lines += [f"{self.words(generator, generator.randint(10, 70))} [[{link}]].", ""]
        return "\n".join(lines)

    def words(self, generator: random.Random, count: int) -> str:
        """Some words that follow each other."""
        begin = generator.randrange(POOL_WORDS - count)
        return " ".join(self.pool[begin : begin + count])

    def id(self, number: int) -> str:
        """The record's id."""
        return f"area{number % 20:02}/topic{number // 20 % 25:02}/note{number:06}"

    def write(self, directory: Path, numbers: range, tag: str = "", count: int = 1_000) -> None:
        """Writes the files of notes."""
        for number in numbers:
            path = directory / f"{self.id(number)}.md"
            try:
                path.write_text(self.text(number, tag, count))
            except FileNotFoundError:
                path.parent.mkdir(parents=True)
                path.write_text(self.text(number, tag, count))

    def queries(self, count: int) -> list[str]:
        """Queries of one and of two words, neither among the most frequent ones nor among the rarest."""
        generator = random.Random(SEED)
        ranks = [int(100 * 50 ** generator.random()) for _ in range(2 * count)]
        words = [self.vocabulary[rank] for rank in ranks]
        return [" ".join(words[2 * i : 2 * i + 1 + i % 2]) for i in range(count)]


def vocabulary(generator: random.Random) -> list[str]:
    """The words, the most frequent first; those are the shortest."""
    words: dict[str, None] = {}
    while len(words) < WORDS:
        syllables = 1 + min(3, len(words).bit_length() // 4)
        words["".join(generator.choices(SYLLABLES, k=syllables)) + generator.choice(["", "n", "r", "s"])] = None
    return list(words)
