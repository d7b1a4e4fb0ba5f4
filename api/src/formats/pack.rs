//! Files of `tidewater pack`.
