"""MariaDB, through mysqlclient."""

from syncline.engines.mariadb.engine import MariaDB

__all__ = ["MariaDB"]
