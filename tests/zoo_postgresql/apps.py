"""The PostgreSQL zoo; needs django.contrib.postgres, psycopg and a router."""

from django.apps import AppConfig


class ZooPostgreSQLConfig(AppConfig):
    """Field types of django.contrib.postgres."""

    name = "tests.zoo_postgresql"
    label = "zoo_postgresql"
    default_auto_field = "django.db.models.BigAutoField"
