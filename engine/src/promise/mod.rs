//! When a shipment leaves and when it arrives.
