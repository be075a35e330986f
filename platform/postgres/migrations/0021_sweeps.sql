-- Sweeps of compliance: the signed question, its runs, what each endpoint answered, and who signed which run.
CREATE TABLE sweeps (
  id          numeric PRIMARY KEY DEFAULT nextval('ids'),
  name        varchar(100) NOT NULL,
  document    text NOT NULL,                      -- the signed text, byte for byte
  signatures  text NOT NULL,                      -- a JSON list of armored detached signatures
  operations  text NOT NULL,                      -- a JSON list: the operations of each action of a run, as they are signed
  createdby   numeric NOT NULL REFERENCES investigators,
  createdat   timestamptz NOT NULL DEFAULT now(),
  paused      boolean NOT NULL DEFAULT false,
  deletedat   timestamptz,
  scheduledas text,                               -- the schedule that Temporal was last given, to see whether it must change
  accountedto timestamptz NOT NULL DEFAULT now()  -- every planned time until here has a row in sweep_runs
);
CREATE UNIQUE INDEX sweeps_name ON sweeps (name) WHERE deletedat IS NULL;

-- One run. A run that did not take place has a row as well, with the reason.
CREATE TABLE sweep_runs (
  id          numeric PRIMARY KEY DEFAULT nextval('ids'),
  sweepid     numeric NOT NULL REFERENCES sweeps,
  kind        varchar(16) NOT NULL CHECK (kind IN ('schedule', 'trigger', 'verify')),
  plannedat   timestamptz NOT NULL,
  state       varchar(32) NOT NULL CHECK (
    state IN ('awaiting signature', 'running', 'complete', 'partial', 'missed', 'overlapped', 'unsigned')
  ),
  reason      text,
  paused      boolean NOT NULL DEFAULT false,
  cancelledat timestamptz,
  checks      jsonb,                              -- the ids of the checks that it asks; null: all of the sweep
  target      text,                               -- null: that of the sweep
  workflowid  varchar(256),
  startedat   timestamptz,
  finishedat  timestamptz,
  targeted    integer NOT NULL DEFAULT 0,         -- endpoints
  answered    integer NOT NULL DEFAULT 0,         -- endpoints
  counts      jsonb NOT NULL DEFAULT '{}',        -- items of the run by status
  bycheck     jsonb NOT NULL DEFAULT '{}',        -- the same for each check, for the trend from run to run
  UNIQUE (sweepid, kind, plannedat)
);
CREATE INDEX sweep_runs_unfinished ON sweep_runs (id) WHERE finishedat IS NULL;
CREATE INDEX sweep_runs_latest ON sweep_runs (sweepid, id);

-- The signed windows of runs, made ahead or for a run that waits. The worker turns them into actions when the run begins.
CREATE TABLE sweep_signed (
  sweepid     numeric NOT NULL REFERENCES sweeps,
  kind        varchar(16) NOT NULL,
  plannedat   timestamptz NOT NULL,
  part        integer NOT NULL,                   -- the index of the action in the run
  name        varchar(2048) NOT NULL,
  validfrom   timestamptz NOT NULL,
  expireafter timestamptz NOT NULL,
  operations  text,                               -- as signed; null: those of the sweep
  signatures  text NOT NULL,                      -- a JSON list
  postedby    numeric NOT NULL REFERENCES investigators,
  PRIMARY KEY (sweepid, kind, plannedat, part)
);

CREATE TABLE sweep_actions (
  runid    numeric NOT NULL REFERENCES sweep_runs,
  part     integer NOT NULL,
  actionid numeric NOT NULL REFERENCES actions,
  PRIMARY KEY (runid, part)
);
CREATE INDEX sweep_actions_action ON sweep_actions (actionid);

-- An endpoint in a sweep. Items that did not change are not written again: what was last checked is here.
CREATE TABLE sweep_endpoints (
  sweepid     numeric NOT NULL REFERENCES sweeps,
  queueloc    varchar(2048) NOT NULL,
  agent       varchar(2048) NOT NULL,
  targetedrun numeric NOT NULL,                   -- the last run of all checks that asked it
  answeredrun numeric,                            -- the last one that it answered
  answeredat  timestamptz,
  PRIMARY KEY (sweepid, queueloc)
);

CREATE TABLE compliance_items (
  sweepid        numeric NOT NULL REFERENCES sweeps,
  queueloc       varchar(2048) NOT NULL,
  checkid        varchar(128) NOT NULL,
  status         varchar(16) NOT NULL CHECK (
    status IN ('pass', 'fail', 'error', 'unknown', 'notapplicable', 'notchecked')
  ),
  verdict        varchar(16) CHECK (verdict IN ('pass', 'fail', 'notapplicable')), -- the last decided status
  since          timestamptz,                     -- when this verdict began
  firstfailedrun numeric,                         -- of the present series of failures
  changedat      timestamptz NOT NULL,            -- of status
  runid          numeric NOT NULL,                -- the run that wrote this row
  checkedat      timestamptz NOT NULL,
  PRIMARY KEY (sweepid, queueloc, checkid)
);
CREATE INDEX compliance_items_status ON compliance_items (sweepid, checkid, status);

-- An exception that somebody signed: these failures are accepted until then.
CREATE TABLE waivers (
  id         numeric PRIMARY KEY DEFAULT nextval('ids'),
  sweepid    numeric NOT NULL REFERENCES sweeps,
  document   text NOT NULL,                       -- the signed text, byte for byte
  signatures text NOT NULL,                       -- a JSON list
  checkid    varchar(128) NOT NULL,
  agents     text[] NOT NULL,                     -- names; empty: all endpoints of the sweep
  why        text NOT NULL,
  until      timestamptz NOT NULL,
  signedby   numeric NOT NULL REFERENCES investigators,
  createdat  timestamptz NOT NULL DEFAULT now(),
  revokedat  timestamptz
);
CREATE INDEX waivers_check ON waivers (sweepid, checkid);
-- A waiver that was revoked does not come back: whoever reads its signed text could post it again.
CREATE UNIQUE INDEX waivers_once ON waivers (sweepid, md5(document));

-- The outbox: what happened, in order, for webhooks and event workers, each of which remembers how far it has read.
CREATE TABLE events (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     timestamptz NOT NULL DEFAULT now(),
  kind   varchar(64) NOT NULL CHECK (kind ~ '^[a-z]+(\.[a-z]+)+$'),
  detail jsonb NOT NULL,
  txid   xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX events_in_order ON events (txid, id);
CREATE INDEX events_of_signatures ON events ((detail ->> 'sweepid'), at) WHERE kind = 'sweep.signatures';
CREATE INDEX events_of_run ON events ((detail ->> 'runid')) WHERE kind = 'sweep.flipped';
CREATE INDEX events_of_item ON events ((detail ->> 'sweepid'), (detail ->> 'queueloc'), id) WHERE kind = 'sweep.flipped';

GRANT SELECT ON sweeps, sweep_runs, sweep_signed, sweep_actions, sweep_endpoints, compliance_items, waivers, events
  TO migapi, migscheduler;
GRANT INSERT ON sweeps, sweep_runs, sweep_signed, waivers, events TO migapi;
GRANT UPDATE (paused, deletedat) ON sweeps TO migapi;
GRANT UPDATE (name, validfrom, expireafter, operations, signatures, postedby) ON sweep_signed TO migapi;
GRANT UPDATE (revokedat) ON waivers TO migapi;
GRANT INSERT ON sweep_runs, sweep_actions, sweep_endpoints, compliance_items, events TO migscheduler;
GRANT UPDATE (scheduledas, accountedto) ON sweeps TO migscheduler;
GRANT UPDATE ON sweep_runs, sweep_endpoints, compliance_items TO migscheduler;

-- How far a reader of the outbox has read. Transactions commit in another order than that of their events' ids.
CREATE TABLE event_readers (
  name     varchar(64) PRIMARY KEY,
  lasttxid xid8 NOT NULL,
  lastid   bigint NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON event_readers TO migscheduler;
