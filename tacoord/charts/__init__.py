"""Pictures as text: values in, accessible SVG out; neither Flask nor the database is known here."""
