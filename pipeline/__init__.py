"""What is made: tasks, planner, queue client, worker."""
