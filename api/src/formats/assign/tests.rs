//! Reading, writing, refusing.
