"""How the strategy was made clear: talked through, practised, shown live, or watched on an exemplar clip."""
