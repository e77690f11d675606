"""A stream of tokens as a function: a model that writes one word after the other, without the model."""

WORDS = "the quick brown fox jumps over the lazy dog and then it sleeps".split()


def write(prompt, count):
    """Goes on with a prompt: `count` tokens, each with its number."""
    for index in range(count):
        yield {"index": index, "text": f" {WORDS[(len(prompt) + index) % len(WORDS)]}"}
