//! Kernel: which orders are picked in one walk, and along which tour?
