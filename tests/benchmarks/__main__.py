"""Run benchmarks and print them; exit 0 however fast the machine is."""

import argparse
import time
from collections.abc import Callable, Iterable
from itertools import chain

from .accuracy import accuracy
from .asking import asking
from .flood import Flood, Size, flood
from .flood_table import joins, stall
from .fluxer import fluxer
from .keeping import keeping
from .latency import latency
from .remote import OTHER_CORE, pin
from .solver import solving
from .table import Section, machine, show
from .translation import translation

SIZES = (Size(1, 20, 20_000, 3), Size(100, 10, 20_000, 3), Size(10_000, 2, 20_000, 1))
QUICK = (Size(1, 20, 2000, 1), Size(100, 10, 2000, 1))


def main() -> None:
    options = parser().parse_args()
    pin(OTHER_CORE)
    begun = time.monotonic()
    show(Section("The machine", machine()))
    for section in measured(set(options.what) or {*NAMES}, quick=options.quick):
        show(section)
    show(Section(f"Took {time.monotonic() - begun:.0f} s", []))


def measured(what: set[str], *, quick: bool) -> Iterable[Section]:
    if what & {*UNDER_FLOOD}:
        for size in QUICK if quick else SIZES:
            run = flood(size)
            yield from (tell(run) for name, tell in UNDER_FLOOD.items() if name in what)
    for name, measure in ALONE.items():
        if name in what:
            yield from measure(quick)


UNDER_FLOOD: dict[str, Callable[[Flood], Section]] = {"joins": joins, "stall": stall}
ALONE: dict[str, Callable[[bool], Iterable[Section]]] = {
    "requests": lambda quick: [asking(quick=quick)],
    "memory": lambda quick: [keeping(quick=quick)],
    "accuracy": lambda quick: chain(accuracy(quick=quick), fluxer(quick=quick)),
    "latency": lambda quick: [latency(quick=quick)],
    "translation": lambda quick: [translation(quick=quick)],
    "solver": lambda quick: [solving(quick=quick)],
}
NAMES = (*UNDER_FLOOD, *ALONE)


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    root.add_argument("what", nargs="*", type=_name, metavar="|".join(NAMES), help="or all of them")
    root.add_argument("--quick", action="store_true", help="less of everything, and less exact")
    return root


def _name(text: str) -> str:
    if text not in NAMES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(NAMES)}")
    return text


if __name__ == "__main__":
    main()
