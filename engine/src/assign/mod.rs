//! Planner: which warehouse and which carrier service serves each order of the backlog?
