"""How late everything is in these tests."""

from bot.attribution import Lags

LAGS = Lags(event=0.2, counter=0.4)
SLOW = (0.0, 0.2)
"""Seconds from reading a counter to setting it."""
