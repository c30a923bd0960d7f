"""Layer 3: what every office has: districts, users, timeline, numbers, jobs, notices, paper. Knows no HTTP."""
