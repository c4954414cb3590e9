"""What people read: the team's page, the overview, the console."""
