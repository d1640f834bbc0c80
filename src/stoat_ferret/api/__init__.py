"""The HTTP and WebSocket door: translation only."""
