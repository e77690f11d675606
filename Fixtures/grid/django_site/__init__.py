"""A Django project as its tutorial makes one: admin, models, middleware, and Channels beside it."""
