"""One call through the flow."""
