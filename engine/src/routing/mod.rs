//! Kernel: which vehicle visits which stops, in which order, on which trip?
