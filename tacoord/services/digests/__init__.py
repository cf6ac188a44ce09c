"""What is due to whom, composed, written and sent."""
