"""The use cases: what a user asks for, composed of the parts below."""
