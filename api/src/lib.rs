//! Tidewater's service and the `tidewater` command: everything that does IO.
//!
//! Layers, outermost first: `cli`, `http`, `web`, `jobs` -> `app` (use cases) -> `store`. `tests/tidy` enforces
//! the direction; ARCHITECTURE.md explains it.

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data;
pub mod formats;
pub mod http;
pub mod jobs;
pub mod live;
pub mod overload;
pub mod roads;
pub mod store;
pub mod telemetry;
pub mod web;
