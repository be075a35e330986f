#!/bin/sh
# Creates the four roles and the database at the first start of the postgres container.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres \
  -v admin="$MIGADMIN_PASSWORD" -v api="$MIGAPI_PASSWORD" -v scheduler="$MIGSCHEDULER_PASSWORD" <<'SQL'
CREATE ROLE migadmin LOGIN PASSWORD :'admin';
CREATE ROLE migapi LOGIN PASSWORD :'api';
CREATE ROLE migscheduler LOGIN PASSWORD :'scheduler';
CREATE ROLE migreadonly NOLOGIN;
GRANT migreadonly TO migadmin;
CREATE DATABASE mig OWNER migadmin;
REVOKE ALL ON DATABASE mig FROM PUBLIC;
GRANT CONNECT ON DATABASE mig TO migapi, migscheduler;
SQL
