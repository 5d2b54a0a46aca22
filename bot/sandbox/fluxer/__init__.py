"""Fluxer: its payloads, its routes, its gateway, and the rules that are its own."""
