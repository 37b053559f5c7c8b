"""What a reader gets: the report, captions, notebook pages, RO-Crates."""
