"""How people came, by Fluxer's truth."""
