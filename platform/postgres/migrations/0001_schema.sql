-- The tables of MIG (names and types as its tools read them), with what it lacked: keys that make every step
-- idempotent, and indexes for the searches of the API. The four roles exist before the first migration.

CREATE SEQUENCE ids;
-- MIG's formula (spec/action.md#identifiers), once: seconds since 2013-04-29T18:00:00Z, plus one, times 65536.
SELECT setval('ids', ((floor(extract(epoch FROM now()) - 1367258400)::bigint + 1) << 16), false);

CREATE TABLE investigators (
  id             numeric PRIMARY KEY,
  name           varchar(1024) NOT NULL,
  pgpfingerprint varchar(128) UNIQUE,
  publickey      bytea,
  privatekey     bytea CHECK (privatekey IS NULL), -- MIG kept the scheduler's key here; private keys never enter ours
  status         varchar(255) NOT NULL,
  createdat      timestamptz NOT NULL,
  lastmodified   timestamptz NOT NULL,
  permissions    bigint NOT NULL DEFAULT 0,
  apikey         bytea,
  apisalt        bytea
);
CREATE SEQUENCE investigators_id_seq OWNED BY investigators.id;
ALTER TABLE investigators ALTER COLUMN id SET DEFAULT nextval('investigators_id_seq');

CREATE TABLE actions (
  id             numeric PRIMARY KEY DEFAULT nextval('ids'),
  name           varchar(2048) NOT NULL,
  target         varchar(2048) NOT NULL,
  description    json NOT NULL,
  threat         json NOT NULL,
  operations     json NOT NULL, -- json keeps the signed text byte for byte, jsonb would not
  validfrom      timestamptz NOT NULL,
  expireafter    timestamptz NOT NULL,
  starttime      timestamptz,
  finishtime     timestamptz,
  lastupdatetime timestamptz,
  status         varchar(256) NOT NULL,
  syntaxversion  integer NOT NULL,
  pgpsignatures  text NOT NULL,
  reason         text,                            -- why it is invalid
  paused         boolean NOT NULL DEFAULT false,
  cancelledat    timestamptz,
  workflowat     timestamptz,                     -- its workflow was started; the row is the outbox until then
  resolvedat     timestamptz,                     -- the target was expanded: never again
  wakedat        timestamptz,                     -- last signal to the workflow, the gate over all collectors
  wakes          integer NOT NULL DEFAULT 0,
  idempotencykey varchar(255) UNIQUE,
  bodydigest     bytea
);
CREATE INDEX actions_validfrom ON actions (validfrom DESC);
CREATE INDEX actions_starttime ON actions (starttime DESC);
CREATE INDEX actions_unfinished ON actions (id) WHERE status NOT IN ('completed', 'invalid', 'cancelled');

CREATE TABLE agents (
  id              numeric PRIMARY KEY DEFAULT nextval('ids'),
  name            varchar(2048) NOT NULL,
  queueloc        varchar(2048) NOT NULL,
  mode            varchar(2048) NOT NULL,
  version         varchar(2048) NOT NULL,
  pid             integer NOT NULL,
  starttime       timestamptz NOT NULL,
  destructiontime timestamptz,
  heartbeattime   timestamptz NOT NULL,
  refreshtime     timestamptz NOT NULL,
  status          varchar(255),
  environment     json NOT NULL,
  tags            json NOT NULL,
  loadername      varchar(2048),
  -- concepts.rst targets `os='linux'`; MIG has no such column
  os              text GENERATED ALWAYS AS (environment ->> 'os') STORED
);
-- One row per agent process, as in MIG; one that comes back from offline finds its row again.
CREATE UNIQUE INDEX agents_process ON agents (queueloc, pid);
CREATE INDEX agents_queueloc ON agents (queueloc, heartbeattime DESC);
CREATE INDEX agents_heartbeattime ON agents (heartbeattime DESC);
CREATE INDEX agents_starttime ON agents (starttime DESC);
CREATE INDEX agents_status ON agents (status);

CREATE TABLE commands (
  id          numeric PRIMARY KEY DEFAULT nextval('ids'),
  actionid    numeric NOT NULL REFERENCES actions,
  agentid     numeric NOT NULL REFERENCES agents,
  queueloc    varchar(2048) NOT NULL,
  status      varchar(255) NOT NULL,
  results     json,
  starttime   timestamptz NOT NULL,
  finishtime  timestamptz,
  publishedat timestamptz,                         -- confirmed by the relay and not returned
  takenat     timestamptz,                         -- a worker is publishing it again
  returnedat  timestamptz,                         -- returned by the relay, or lost with it: goes out at a heartbeat
  UNIQUE (actionid, queueloc)
);
CREATE INDEX commands_agentid ON commands (agentid, starttime DESC);
CREATE INDEX commands_actionid ON commands (actionid, id);
CREATE INDEX commands_starttime ON commands (starttime DESC);
CREATE INDEX commands_waiting ON commands (actionid) WHERE status = 'sent';
CREATE INDEX commands_unpublished ON commands (actionid, id) WHERE status = 'sent' AND publishedat IS NULL;
CREATE INDEX commands_returned ON commands (queueloc) WHERE status = 'sent' AND publishedat IS NULL AND returnedat IS NOT NULL;

CREATE TABLE signatures (
  actionid       numeric NOT NULL REFERENCES actions,
  investigatorid numeric NOT NULL REFERENCES investigators,
  pgpsignature   text NOT NULL,
  UNIQUE (actionid, investigatorid)
);
CREATE INDEX signatures_investigatorid ON signatures (investigatorid);

CREATE TABLE agents_stats (
  timestamp              timestamptz NOT NULL,
  online_agents          numeric,
  online_agents_by_version json,
  online_endpoints       numeric,
  idle_agents            numeric,
  idle_agents_by_version json,
  idle_endpoints         numeric,
  new_endpoints          numeric,
  multi_agents_endpoints numeric,
  disappeared_endpoints  numeric,
  flapping_endpoints     numeric
);
CREATE INDEX agents_stats_timestamp ON agents_stats (timestamp DESC);

CREATE TABLE loaders (
  id         numeric PRIMARY KEY,
  loadername varchar(256) NOT NULL UNIQUE,
  keyprefix  varchar(256) NOT NULL UNIQUE,
  loaderkey  bytea NOT NULL UNIQUE,
  salt       bytea NOT NULL,
  name       varchar(2048),
  env        json,
  tags       json,
  lastseen   timestamptz NOT NULL,
  enabled    boolean NOT NULL DEFAULT false,
  expectenv  varchar(2048),
  queueloc   varchar(2048) UNIQUE
);
CREATE SEQUENCE loaders_id_seq OWNED BY loaders.id;
ALTER TABLE loaders ALTER COLUMN id SET DEFAULT nextval('loaders_id_seq');

CREATE TABLE manifests (
  id        numeric PRIMARY KEY,
  name      varchar(256) NOT NULL,
  content   text NOT NULL,
  timestamp timestamptz NOT NULL,
  status    varchar(255) NOT NULL,
  target    varchar(2048) NOT NULL
);
CREATE SEQUENCE manifests_id_seq OWNED BY manifests.id;
ALTER TABLE manifests ALTER COLUMN id SET DEFAULT nextval('manifests_id_seq');

CREATE TABLE manifestsig (
  manifestid     numeric NOT NULL REFERENCES manifests,
  investigatorid numeric NOT NULL,
  pgpsignature   text NOT NULL,
  UNIQUE (manifestid, investigatorid)
);

CREATE TABLE modules (id numeric NOT NULL, name varchar(256) NOT NULL);
CREATE TABLE agtmodreq (moduleid numeric NOT NULL, agentid numeric NOT NULL, minimumweight numeric NOT NULL);
CREATE TABLE invagtmodperm (
  investigatorid numeric NOT NULL, agentid numeric NOT NULL, moduleid numeric NOT NULL, weight numeric NOT NULL
);

-- What arrived on the relay and was refused, for the operator; housekeeping keeps it small.
CREATE TABLE rejections (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  receivedat timestamptz NOT NULL DEFAULT now(),
  queue      varchar(256) NOT NULL,
  code       varchar(64) NOT NULL,
  message    varchar(1024) NOT NULL,
  commandid  numeric
);
CREATE INDEX rejections_receivedat ON rejections (receivedat DESC);
