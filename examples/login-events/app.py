"""The login page: register, log in, and see the events that this sends to Kafka."""

import json
import threading
from collections import deque

import pandas as pd
import psycopg
import streamlit as st
from kafka import KafkaConsumer

from accounts import TOPIC, Accounts, Refused
from kafka_client import BOOTSTRAP, check_broker

EVENTS_KEPT = 100


@st.cache_resource
def open_accounts():
    return Accounts()


@st.cache_resource
def start_reading():
    """One consumer for all visitors: a thread that keeps the last events, newest first."""
    events = deque(maxlen=EVENTS_KEPT)

    def read():
        consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, auto_offset_reset='earliest')
        for message in consumer:
            events.appendleft(json.loads(message.value))

    threading.Thread(target=read, daemon=True).start()
    return events


def show_login(accounts):
    with st.form('login'):
        username = st.text_input('User name')
        password = st.text_input('Password', type='password')
        if st.form_submit_button('Log in'):
            if accounts.login(username, password):
                st.success(f'Welcome, {username}.')
            else:
                st.error('User name or password is wrong.')


def show_registration(accounts):
    with st.form('register'):
        username = st.text_input('User name')
        email = st.text_input('E-mail')
        password = st.text_input('Password', type='password')
        if st.form_submit_button('Register'):
            try:
                accounts.register(username, email, password)
                st.success(f'{username} is registered and can log in now.')
            except Refused as refused:
                st.error(str(refused))


@st.fragment(run_every=1)
def show_events(events):
    st.subheader(f'Events in `{TOPIC}`')
    if events:
        table = pd.DataFrame(list(events))
        table['timestamp'] = pd.to_datetime(table['timestamp'], unit='s')
        st.dataframe(table, hide_index=True, height=300)
    else:
        st.info('None yet.')


st.set_page_config(page_title='Login events', layout='wide')
st.title('Login events')
try:
    check_broker()
    accounts = open_accounts()
except SystemExit as error:
    st.error(str(error))
    st.stop()
except psycopg.OperationalError as error:
    st.error(f'No PostgreSQL (start it: `python postgres.py start`): {error}')
    st.stop()
left, right = st.columns(2)
with left:
    login, registration = st.tabs(['Log in', 'Register'])
    with login:
        show_login(accounts)
    with registration:
        show_registration(accounts)
with right:
    show_events(start_reading())
