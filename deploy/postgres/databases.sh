#!/bin/sh
# Makes the databases and their owners. Run once, when the PostgreSQL server is new and empty.
# Neither of the two owners can open what is the other's.
set -eu

: "${POSTGRES_TEMPORAL_PASSWORD:?give the user temporal a password}"
: "${POSTGRES_LOCKSTEP_PASSWORD:?give the user lockstep a password}"

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv temporal_password POSTGRES_TEMPORAL_PASSWORD
\getenv lockstep_password POSTGRES_LOCKSTEP_PASSWORD
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE lockstep LOGIN PASSWORD :'lockstep_password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE lockstep OWNER lockstep;
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, lockstep FROM PUBLIC;
SQL
