//! Files of `tidewater assign`.
