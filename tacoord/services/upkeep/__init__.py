"""What the operator looks after: jobs, health, backup, the record of changes."""
