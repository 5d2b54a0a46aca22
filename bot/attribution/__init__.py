"""How did each member come? Evidence in, verdicts out.

Pure: the standard library and data.models only; no clock, no waiting, no log.
The rules are those of the attribution problem as docs/attribution.md states it.

evidence    the values that a window is made of
endings     how an invite that vanished had ended
capacities  what each code gained between two consecutive readings
solver      which sources some assignment gives each join
decision    a window decided: verdicts, gains, what was left over
"""

from bot.attribution.decision import Decision, decide
from bot.attribution.evidence import Arrival, Birth, End, Lags, Window

__all__ = ["Arrival", "Birth", "Decision", "End", "Lags", "Window", "decide"]
