"""The flights app."""

from django.apps import AppConfig


class FlightsConfig(AppConfig):
    """Airlines, airports, planes, weather and flights."""

    name = "demo.flights"
    label = "flights"
    default_auto_field = "django.db.models.BigAutoField"
