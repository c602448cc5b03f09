from syncline import largest, register
from tests.stations import models

register(models.Region)
register(models.Instrument)
register(
    models.Station,
    key="code",
    exclude=["secret"],
    references={"created_by": "null"},
)
register(models.Observation, key=["station.code", "taken_at"])
register(models.Remark, merge={"stars": largest})
register([models.Place, models.Harbour])
register([models.Label, models.Basin, models.Tide])
register([models.Ship, models.Captain])
