//! Layering: who may import whom, held as data and checked against the source.

#[test]
fn placeholder() {}
