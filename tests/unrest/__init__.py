"""A platform on which everything goes wrong while people come and go, and Usher stops and starts.

In virtual time, so that Usher has the lags and waits that it has by default: an hour takes seconds.
"""
