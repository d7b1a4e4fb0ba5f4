//! Zones, lanes and travel: from where to where, how far and how long.
