"""Django's system checks: `manage.py check` tells what is wrong before it hurts."""
