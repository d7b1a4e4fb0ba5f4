//! The service end to end: real requests over a real socket against the embedded store.

mod access;
mod adapters;
mod allotments;
mod costs;
mod crash;
mod events;
mod faces;
mod floor;
mod quotes;
mod rules;
mod service;
mod shop;
mod shopify;
mod vroom;
mod why;
