"""How did each member come? Evidence in, verdicts out.

Pure: the standard library and data.models only; no clock, no waiting, no log.
The rules are those of the attribution problem as docs/attribution.md states it.

evidence    the values that a window is made of
endings     how an invite that vanished had ended
bounds      how much a code explains, as values
capacities  what each code gained between two consecutive readings
lossy       the same where the platform may lose uses
grouping    joins with the same options as one, and what has to be explained together
network     the greatest flow, and what it leaves free to change
solver      which sources some assignment gives each join
verdicts    what is said of a join, once it is known what can explain it
decision    a window decided: verdicts, gains, what was left over
measuring   the lags that confirmed joins show
settlement  a decided window as the change it makes to the ledger
"""

from bot.attribution.decision import Decision, contradicts, decide
from bot.attribution.evidence import Arrival, Birth, End, Lags, Window

__all__ = ["Arrival", "Birth", "Decision", "End", "Lags", "Window", "contradicts", "decide"]
