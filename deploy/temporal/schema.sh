#!/bin/sh
# Brings Temporal's two databases to the shape that this version of its server needs.
# May be run any number of times. Ends with 1 and a sentence if it cannot be done.
set -eu

: "${SQL_PASSWORD:?give the password of the database user}"
host="${SQL_HOST:-postgres}"
port="${SQL_PORT:-5432}"
user="${SQL_USER:-temporal}"
shapes="${SCHEMA_FOLDER:-/etc/temporal/schema/postgresql/v12}"
tries="${TRIES:-30}"
pause="${PAUSE:-2}"

# The password stays in SQL_PASSWORD, which the tool reads: on its command line everybody could see it.
on() {
    database="$1"
    shift
    temporal-sql-tool --plugin postgres12 --endpoint "$host" --port "$port" --user "$user" --database "$database" "$@"
}

# Sets an empty database up and leaves any other as it is.
set_up() {
    on "$1" setup-schema --version 0.0
}

patiently() {
    try=1
    until "$@"; do
        if [ "$try" -ge "$tries" ]; then
            echo "schema.sh: '$*' did not work in $tries tries; what it said stands above." >&2
            exit 1
        fi
        try=$((try + 1))
        sleep "$pause"
    done
}

patiently set_up temporal
patiently on temporal update-schema --schema-dir "$shapes/temporal/versioned"
patiently set_up temporal_visibility
patiently on temporal_visibility update-schema --schema-dir "$shapes/visibility/versioned"
echo "Both databases have the shape this server needs."
