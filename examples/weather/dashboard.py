"""The weather dashboard: live table, charts of temperature and humidity, alert above 30 degrees."""

import json
import threading
from collections import deque

import pandas as pd
import streamlit as st
from kafka import KafkaConsumer

from kafka_client import BOOTSTRAP, check_broker
from readings import ALERT_ABOVE, TOPIC

READINGS_KEPT = 500


@st.cache_resource
def start_reading():
    """One consumer for all visitors: a thread that keeps the last readings, newest at the end."""
    readings = deque(maxlen=READINGS_KEPT)

    def read():
        consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, auto_offset_reset='earliest')
        for message in consumer:
            readings.append(json.loads(message.value))

    threading.Thread(target=read, daemon=True).start()
    return readings


@st.fragment(run_every=1)
def show(readings):
    if not readings:
        st.info('No readings yet. Is a sensor running? (python sensor.py)')
        return
    table = pd.DataFrame(list(readings))
    table['timestamp'] = pd.to_datetime(table['timestamp'])

    latest = table.groupby('sensor_id').last()
    alerts = st.container()  # one place for any number of alerts: what is below does not jump
    for sensor_id, reading in latest[latest['temperature'] > ALERT_ABOVE].iterrows():
        alerts.error(f'{sensor_id}: {reading["temperature"]} °C is above {ALERT_ABOVE:.0f} °C')
    for column, (sensor_id, reading) in zip(st.columns(len(latest)), latest.iterrows()):
        column.metric(sensor_id, f'{reading["temperature"]} °C / {reading["humidity"]} %')

    left, right = st.columns(2)
    for column, title, field in (
        (left, 'Temperature (°C)', 'temperature'),
        (right, 'Humidity (%)', 'humidity'),
    ):
        column.subheader(title)
        column.line_chart(table, x='timestamp', y=field, color='sensor_id', height=250)
    st.subheader('Latest readings')
    st.dataframe(table.iloc[::-1].head(50), hide_index=True, height=300)


st.set_page_config(page_title='Weather', layout='wide')
st.title('Weather')
try:
    check_broker()
except SystemExit as error:
    st.error(str(error))
    st.stop()
show(start_reading())
