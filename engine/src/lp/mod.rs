//! Linear and integer programmes behind one face, with duals (good_lp).
