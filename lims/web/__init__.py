"""The pages: thin blueprints, one a noun, over the workflows."""
