"""Files of trajectories: readers of each format behind one interface, and writers."""
