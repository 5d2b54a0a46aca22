"""Whether a JSON value is put like samples of it: the same keys, the same types; pure.

    differences(value, samples, nullable)    -> [] when it is

A key may be null where a sample's is, or where the platform describes it so (`nullable`); what is
null in every sample may be anything here, because the samples do not tell.
"""

from collections.abc import Collection, Sequence
from typing import Any

OPTIONAL = {"reason", "old_value", "new_value", "bot", "referenced_message"}
"""Keys that are there or not from one object to the next."""
KINDS = ("type", "action_type")
"""Keys that tell objects of one kind from another: each is held against its own kind, and is free
where there is no sample of that kind."""
ALIKE = {("action_type", 42): 40, ("type", 19): 0}
"""An invite's end is written down as its beginning is; a reply is a message."""


def differences(
    value: Any, samples: Sequence[Any], nullable: Collection[str] = (), at: str = ""
) -> list[str]:
    """What is put otherwise than in the samples, by its place."""
    told = [one for one in samples if one is not None]
    if not told:
        return []
    if value is None:
        free = len(told) < len(samples) or at.rpartition("/")[2] in nullable
        return [] if free else [f"{at}: null"]
    same = [one for one in told if _type(one) is _type(value)]
    if not same:
        return [f"{at}: {_type(value).__name__}, not {_type(told[0]).__name__}"]
    if isinstance(value, dict):
        return _of_object(value, same, nullable, at)
    if isinstance(value, list):
        return _of_list(value, same, nullable, at)
    return []


def _of_object(
    value: dict[str, Any],
    samples: Sequence[dict[str, Any]],
    nullable: Collection[str],
    at: str,
) -> list[str]:
    meant = _of_its_kind(value, samples)
    if not meant:
        return []
    found = min((_strange_keys(value, one) for one in meant), key=len)
    if found:
        return [f"{at}: {key}" for key in found]
    alike = [one for one in meant if not _strange_keys(value, one)]
    texts = []
    for key, inner in value.items():
        seen = [one[key] for one in alike if key in one]
        texts += differences(inner, seen, nullable, f"{at}/{key}")
    return texts


def _of_list(
    value: list[Any], samples: Sequence[list[Any]], nullable: Collection[str], at: str
) -> list[str]:
    items = [one for sample in samples for one in sample]
    found = (differences(one, items, nullable, f"{at}/{n}") for n, one in enumerate(value))
    return [text for texts in found for text in texts] if items else []


def _of_its_kind(
    value: dict[str, Any], samples: Sequence[dict[str, Any]]
) -> Sequence[dict[str, Any]]:
    for key in KINDS:
        if isinstance(wanted := value.get(key), int):
            kinds = {wanted, ALIKE.get((key, wanted), wanted)}
            samples = [one for one in samples if one.get(key) in kinds]
    return samples


def _strange_keys(value: dict[str, Any], sample: dict[str, Any]) -> list[str]:
    """Keys that are missing or too many."""
    missing = [f"{key} is missing" for key in sample.keys() - value.keys() - OPTIONAL]
    extra = [f"{key} is not there" for key in value.keys() - sample.keys() - OPTIONAL]
    return sorted(missing + extra)


def _type(value: Any) -> type:
    """Whole numbers and others are all numbers."""
    return float if type(value) is int else type(value)
