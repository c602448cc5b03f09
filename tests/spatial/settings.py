"""Django settings of a project with shapes; its databases are in the environment."""

import json
import os

DATABASES = json.loads(os.environ["SYNCLINE_TEST_SPATIAL"])
INSTALLED_APPS = ["django.contrib.gis", "tests.spatial.apps.Shapes"]
SECRET_KEY = "spatial"
USE_TZ = True
