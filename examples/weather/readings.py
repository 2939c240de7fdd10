"""What a reading is, and when it is alarming: shared by the sensors' two readers."""

TOPIC = 'weather'
ALERT_ABOVE = 30.0  # degrees Celsius


def is_hot(reading):
    return reading['temperature'] > ALERT_ABOVE
