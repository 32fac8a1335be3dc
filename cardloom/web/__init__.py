"""Web: requests in, HTML and SSE out. The only room that knows a URL."""
