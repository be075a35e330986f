-- What the API keeps of callers: agents that registered without credentials, sessions, and what tokens were used for.

-- Agents that registered by HTTP. A row of `agents` they get from the worker, once it saw their queue on the relay.
CREATE TABLE newcomers (
  queueloc   varchar(2048) NOT NULL,
  pid        integer NOT NULL,
  body       text NOT NULL,                        -- the heartbeat as it came
  receivedat timestamptz NOT NULL DEFAULT now(),
  checks     integer NOT NULL DEFAULT 0,           -- how often a worker looked for the queue
  checkat    timestamptz NOT NULL DEFAULT now(),   -- no worker looks before
  PRIMARY KEY (queueloc, pid)
);
CREATE INDEX newcomers_checkat ON newcomers (checkat);

CREATE FUNCTION notify_newcomer() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS
$$ BEGIN NOTIFY mig_newcomer; RETURN NULL; END $$;
REVOKE ALL ON FUNCTION notify_newcomer() FROM PUBLIC;
CREATE TRIGGER newcomers_notify AFTER INSERT ON newcomers
  FOR EACH STATEMENT EXECUTE FUNCTION notify_newcomer();

-- The API no longer makes agents, and changes only what a heartbeat says.
REVOKE INSERT, UPDATE ON agents FROM migapi;
GRANT UPDATE (name, mode, version, environment, tags, refreshtime, heartbeattime, status) ON agents TO migapi;
GRANT SELECT, INSERT ON newcomers TO migapi;
GRANT UPDATE (body, receivedat) ON newcomers TO migapi;
GRANT SELECT, DELETE ON newcomers TO migscheduler;
GRANT UPDATE (checks, checkat) ON newcomers TO migscheduler;

CREATE TABLE sessions (
  digest         bytea PRIMARY KEY CHECK (length(digest) = 32), -- SHA-256 of what the caller sends
  investigatorid numeric NOT NULL REFERENCES investigators,
  createdat      timestamptz NOT NULL DEFAULT now(),
  expiresat      timestamptz NOT NULL
);
CREATE INDEX sessions_investigatorid ON sessions (investigatorid, createdat);
CREATE INDEX sessions_expiresat ON sessions (expiresat);
GRANT SELECT, INSERT, DELETE ON sessions TO migapi;
GRANT UPDATE (expiresat) ON sessions TO migapi; -- to lock rows, of which it changes none

-- The first request of each token, while the token is good (MIG_TOKEN_BINDING).
CREATE TABLE boundtokens (
  token     bytea PRIMARY KEY CHECK (length(token) = 32),   -- SHA-256 of the signer and what was signed
  request   bytea NOT NULL CHECK (length(request) = 32),    -- SHA-256 of method, path and body
  expiresat timestamptz NOT NULL
);
CREATE INDEX boundtokens_expiresat ON boundtokens (expiresat);
GRANT SELECT, INSERT, DELETE ON boundtokens TO migapi;
GRANT UPDATE (expiresat) ON boundtokens TO migapi;
