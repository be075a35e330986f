#!/bin/sh
# Creates the roles and the database with the fewest rights, at the first start of the postgres container.
set -eu
# Passwords come from the environment, because every user of the machine can see arguments.
psql -v ON_ERROR_STOP=1 -U postgres <<'SQL'
\getenv admin MIGADMIN_PASSWORD
\getenv api MIGAPI_PASSWORD
\getenv scheduler MIGSCHEDULER_PASSWORD
\getenv target MIGTARGET_PASSWORD
\getenv search MIGSEARCH_PASSWORD
CREATE ROLE migadmin LOGIN PASSWORD :'admin';
CREATE ROLE migapi LOGIN PASSWORD :'api';
CREATE ROLE migscheduler LOGIN PASSWORD :'scheduler';
CREATE ROLE migtarget LOGIN PASSWORD :'target';
CREATE ROLE migsearch LOGIN PASSWORD :'search';
CREATE ROLE migreadonly NOLOGIN;
GRANT migreadonly TO migadmin;
ALTER ROLE migtarget SET temp_file_limit = '1GB';
ALTER ROLE migsearch SET temp_file_limit = '1GB';
ALTER ROLE migsearch SET default_transaction_read_only = on;
CREATE DATABASE mig OWNER migadmin;
REVOKE ALL ON DATABASE mig FROM PUBLIC;
GRANT CONNECT ON DATABASE mig TO migapi, migscheduler, migtarget, migsearch;
SQL
psql -v ON_ERROR_STOP=1 -U postgres -d mig -f "${LEAST_RIGHTS:-/mig/least-rights.sql}"
