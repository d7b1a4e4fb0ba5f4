//! Files of `tidewater route`.
