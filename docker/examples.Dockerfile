# syntax=docker/dockerfile:1
# The demos of examples/, with what they need of Python.
FROM python:3.12.12-slim-bookworm
ENV PYTHONUNBUFFERED=1
WORKDIR /examples
COPY examples/requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY examples ./
USER 1000
