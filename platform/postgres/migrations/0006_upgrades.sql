-- The agent upgrade protocol: how far each endpoint is, and the actions that the platform signs for the last steps.
ALTER TABLE actions ADD COLUMN upgradeid numeric REFERENCES actions; -- the upgrade that it is, or that it is a step of
ALTER TABLE commands ADD COLUMN topid integer;                       -- for this process of the endpoint alone

CREATE INDEX actions_asked ON actions (starttime DESC) WHERE upgradeid IS NULL OR upgradeid = id;
CREATE INDEX actions_follow_ups ON actions (upgradeid) WHERE upgradeid IS NOT NULL AND status = 'inflight';

CREATE TABLE upgrades (
  commandid    numeric PRIMARY KEY REFERENCES commands,
  actionid     numeric NOT NULL REFERENCES actions,
  queueloc     varchar(2048) NOT NULL,
  step         varchar(64) NOT NULL DEFAULT 'waiting',
  stepat       timestamptz NOT NULL DEFAULT now(),
  steps        jsonb NOT NULL DEFAULT '[]',           -- every step that it took, and when
  finishedat   timestamptz,
  outcome      varchar(32),                           -- done, failed, lingering, expired, cancelled
  reason       text,
  toversion    varchar(2048),
  oldpid       integer,
  oldversion   varchar(2048),
  oldstarttime timestamptz,
  newpid       integer,
  killid       numeric REFERENCES commands,
  checkid      numeric REFERENCES commands,
  removeid     numeric REFERENCES commands,
  checks       integer NOT NULL DEFAULT 0
);
CREATE INDEX upgrades_actionid ON upgrades (actionid, commandid);
CREATE INDEX upgrades_open ON upgrades (actionid, step) WHERE finishedat IS NULL;
CREATE INDEX upgrades_queueloc ON upgrades (queueloc) WHERE finishedat IS NULL;

GRANT SELECT ON upgrades TO migapi;
GRANT SELECT, INSERT, UPDATE ON upgrades TO migscheduler;
