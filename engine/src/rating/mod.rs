//! The price of a parcel: rate cards, dimensional weight, surcharges.
