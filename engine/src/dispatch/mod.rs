//! Planner: what is handed to which carrier at which pickup, and what own vans drive.
