//! A peak day simulated over the same planners on a virtual clock.
