#!/bin/sh
# Starts the broker of the image, or runs another command of it. The environment variables of the Kafka images are
# read by the broker itself; what is decided here is only what a container has and a machine has not: a volume for the
# data, a mounted server.properties, and that clients come from outside.
set -eu

# The places where the images of apache/kafka and of bitnami look for a configuration.
config=
for candidate in \
  /mnt/shared/config/server.properties \
  /bitnami/kafka/config/server.properties \
  /etc/ottla/server.properties; do
  if [ -f "${OTTLA_ROOT:-}$candidate" ]; then
    config="${OTTLA_ROOT:-}$candidate"
    break
  fi
done

# in_file KEY...: the mounted configuration sets one of the keys.
in_file() {
  [ -n "$config" ] || return 1
  for key in "$@"; do
    pattern=$(printf '%s' "$key" | sed 's/\./\\./g')
    if grep -Eq "^[[:space:]]*$pattern[[:space:]]*([=:]|[[:space:]])" "$config"; then return 0; fi
  done
  return 1
}

# with_defaults COMMAND [ARG...]: runs `ottla COMMAND` with what the image adds to what the user has set.
with_defaults() {
  command="$1"
  shift
  # A file that the user names takes the place of the mounted one.
  named=$(file_among "$@")
  if [ -n "$named" ]; then config="$named"; elif [ -n "$config" ]; then set -- "$config" "$@"; fi
  # Arguments come last: the user's own --override is the stronger one.
  if [ -z "${KAFKA_LISTENERS:-}${KAFKA_CFG_LISTENERS:-}" ] &&
    [ -z "${KAFKA_ADVERTISED_LISTENERS:-}${KAFKA_CFG_ADVERTISED_LISTENERS:-}" ] &&
    ! in_file listeners advertised.listeners; then
    set -- --override listeners=PLAINTEXT://:9092 "$@"
  fi
  if [ -z "${KAFKA_LOG_DIRS:-}${KAFKA_LOG_DIR:-}${KAFKA_LOGS_DIRS:-}" ] &&
    [ -z "${KAFKA_CFG_LOG_DIRS:-}${KAFKA_CFG_LOG_DIR:-}" ] &&
    ! in_file log.dirs log.dir; then
    # The volume of whichever image this one stands in for.
    data="${OTTLA_ROOT:-}/var/lib/kafka/data"
    if [ -d "${OTTLA_ROOT:-}/bitnami/kafka" ] && [ -w "${OTTLA_ROOT:-}/bitnami/kafka" ]; then
      data="${OTTLA_ROOT:-}/bitnami/kafka/data"
    fi
    set -- --override "log.dirs=$data" "$@"
  fi
  # The shell gives its place to the broker, which so gets the signals of the container engine.
  exec ottla "$command" "$@"
}

# file_among [ARG...]: prints the first argument that is neither an option nor an option's value.
file_among() {
  value_of=
  for argument in "$@"; do
    if [ -n "$value_of" ]; then
      value_of=
      continue
    fi
    case "$argument" in
      --override | --log-format) value_of="$argument" ;;
      -*) ;;
      *)
        printf '%s' "$argument"
        return
        ;;
    esac
  done
}

case "${1:-}" in
  '') with_defaults start ;;
  --version | --help | -v | -h) exec ottla "$@" ;;
  -*) with_defaults start "$@" ;;
  start | config | doctor | health) with_defaults "$@" ;;
  # apache/kafka: KEY=value arguments are environment variables.
  KAFKA_*=* | CLUSTER_ID=*)
    for assignment in "$@"; do export "${assignment?}"; done
    with_defaults start
    ;;
  *) exec "$@" ;;
esac
