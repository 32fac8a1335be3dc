"""UI: page shell, card frame, fields, values as pictures. Same input, same HTML; no URL, no disk."""
