"""What every page keeps to."""

#: No page needs more statements, whatever it shows.
MOST_QUERIES = 20
