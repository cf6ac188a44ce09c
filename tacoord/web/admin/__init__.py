"""What administrators look after: people, vocabularies, the model, jobs, changes."""
