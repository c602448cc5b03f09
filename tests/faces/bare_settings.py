"""Settings of a project that does not have Syncline in INSTALLED_APPS.

A test says in the environment which databases and which apps it wants.
"""

import json
import os

DATABASES = json.loads(os.environ["SYNCLINE_TEST_DATABASES"])
INSTALLED_APPS = os.environ.get(
    "SYNCLINE_TEST_APPS", "django.contrib.contenttypes django.contrib.auth"
).split()
SECRET_KEY = "bare"
USE_TZ = True
