"""What a user can cause. Every message says what was wrong, where, and what would be right."""


class FluorosamError(Exception):
    """Base of all errors of this package that a user can cause (command lines: exit code 2)."""


class UsageError(FluorosamError):
    """Arguments that cannot be meant."""


class ReadError(FluorosamError):
    """An image, index or configuration that is missing, broken, or not what it claims to be."""


class LimitError(ReadError):
    """A file that asks for more memory or time than is sensible; refused before allocating."""


class PromptError(FluorosamError):
    """A prompt that cannot be used: empty words, a point outside the picture, an inverted box."""


class WeightsError(FluorosamError):
    """A weight file that is missing, broken, or of another architecture."""
