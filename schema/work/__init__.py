"""What is being done: units, leases, executions."""
