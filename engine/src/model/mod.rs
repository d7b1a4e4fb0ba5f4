//! The validated, immutable world of the network: merchants, goods, places, carriers, calendars.
