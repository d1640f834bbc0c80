"""What is kept: the database with its migrations, and the project folders beside it."""
