-- More kinds of events, and their readers: webhooks after Standard Webhooks, and sinks. The worker's own webhook is gone.
DELETE FROM event_readers WHERE name = 'webhook';

-- Many answers make few events: they are counted here first.
CREATE TABLE event_parts (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind      varchar(64) NOT NULL,
  subject   varchar(64) NOT NULL,
  at        timestamptz NOT NULL DEFAULT now(),
  detail    jsonb NOT NULL,
  count     integer NOT NULL CHECK (count > 0),
  endpoints jsonb NOT NULL
);
COMMENT ON COLUMN event_parts.kind IS 'of the event';
COMMENT ON COLUMN event_parts.subject IS 'parts of one kind and subject become one event: the id of an action, or a reason';
COMMENT ON COLUMN event_parts.detail IS 'that of the event, but for its count and endpoints';
COMMENT ON COLUMN event_parts.endpoints IS 'a list of the first ones';
GRANT SELECT, INSERT, DELETE ON event_parts TO migscheduler;

GRANT DELETE ON events TO migscheduler;
CREATE INDEX events_to_trim ON events (at) WHERE kind <> 'sweep.flipped';

-- Wakes the readers.
CREATE FUNCTION notify_event_readers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM added) THEN
    PERFORM pg_notify('mig_event', '');
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION notify_event_readers() FROM PUBLIC;
CREATE TRIGGER notify_readers AFTER INSERT ON events
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT
  EXECUTE FUNCTION notify_event_readers();

CREATE TABLE webhooks (
  id             numeric PRIMARY KEY DEFAULT nextval('ids'),
  name           varchar(64) NOT NULL UNIQUE,
  url            varchar(2048) NOT NULL,
  types          text[] NOT NULL,
  enabled        boolean NOT NULL DEFAULT true,
  disabledreason varchar(300),
  failures       integer NOT NULL DEFAULT 0,
  failingsince   timestamptz,
  notbefore      timestamptz NOT NULL DEFAULT now(),
  createdby      numeric NOT NULL REFERENCES investigators,
  createdat      timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN webhooks.types IS 'the types of events that it gets; empty: all';
COMMENT ON COLUMN webhooks.disabledreason IS 'why the worker disabled it; null when an administrator did';
COMMENT ON COLUMN webhooks.failures IS 'in a row';
COMMENT ON COLUMN webhooks.failingsince IS 'the first of these failures';
COMMENT ON COLUMN webhooks.notbefore IS 'a receiver in trouble is left alone until then';

-- The API writes secrets and cannot read them.
CREATE TABLE webhook_secrets (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhookid numeric NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  secret    bytea NOT NULL CHECK (octet_length(secret) BETWEEN 24 AND 64),
  expiresat timestamptz
);
COMMENT ON COLUMN webhook_secrets.secret IS 'the key of the HMAC';
COMMENT ON COLUMN webhook_secrets.expiresat IS 'of a secret that another one has replaced; null: the present one';
CREATE UNIQUE INDEX webhook_secrets_present ON webhook_secrets (webhookid) WHERE expiresat IS NULL;

CREATE TABLE webhook_deliveries (
  id        numeric PRIMARY KEY DEFAULT nextval('ids'),
  webhookid numeric NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  eventid   bigint NOT NULL REFERENCES events ON DELETE CASCADE,
  state     varchar(16) NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
  attempts  integer NOT NULL DEFAULT 0,
  createdat timestamptz NOT NULL DEFAULT now(),
  dueat     timestamptz NOT NULL DEFAULT now(),
  lastat    timestamptz,
  status    integer,
  error     varchar(300),
  response  varchar(1000),
  endedat   timestamptz,
  UNIQUE (webhookid, eventid)
);
COMMENT ON COLUMN webhook_deliveries.state IS 'dead: given up after the last try';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'counted when one begins: a worker that was killed leaves it to the next try';
COMMENT ON COLUMN webhook_deliveries.dueat IS 'of the next try; during a try, when another worker may take over';
COMMENT ON COLUMN webhook_deliveries.lastat IS 'the end of the last try';
COMMENT ON COLUMN webhook_deliveries.status IS 'the HTTP status of the last answer';
COMMENT ON COLUMN webhook_deliveries.response IS 'the beginning of the last answer to a try that failed';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhookid, dueat, id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (endedat) WHERE endedat IS NOT NULL;
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (eventid);

GRANT SELECT ON webhooks, webhook_deliveries TO migapi, migscheduler;
GRANT INSERT (name, url, types, createdby), DELETE ON webhooks TO migapi;
GRANT UPDATE (name, url, types, enabled, disabledreason, failures, failingsince, notbefore) ON webhooks TO migapi;
GRANT UPDATE (enabled, disabledreason, failures, failingsince, notbefore) ON webhooks TO migscheduler;

GRANT SELECT (id, webhookid, expiresat), INSERT (webhookid, secret), UPDATE (expiresat) ON webhook_secrets TO migapi;
GRANT SELECT, DELETE ON webhook_secrets TO migscheduler;

GRANT INSERT (webhookid, eventid) ON webhook_deliveries TO migapi, migscheduler;
GRANT UPDATE (state, attempts, dueat, endedat) ON webhook_deliveries TO migapi;
GRANT UPDATE (state, attempts, dueat, lastat, status, error, response, endedat), DELETE
  ON webhook_deliveries TO migscheduler;
