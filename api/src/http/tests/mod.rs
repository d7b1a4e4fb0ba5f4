//! The service's manners, tried on operations made for the purpose.

mod access;
mod bodies;
mod errors;
mod golden;
mod load;
mod pages;
mod streams;
mod support;
