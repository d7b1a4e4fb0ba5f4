//! Kernel: which cartons hold these items, and where does each item lie?
