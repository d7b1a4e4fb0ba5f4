//! The service's manners, tried on dummy operations.
