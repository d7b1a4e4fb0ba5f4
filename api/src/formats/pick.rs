//! Files of `tidewater pick`.
