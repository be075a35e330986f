-- Who did what, from where and when. Rows are added, and never changed or removed.
CREATE TABLE audit (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at             timestamptz NOT NULL DEFAULT clock_timestamp(),
  recordedby     text NOT NULL DEFAULT session_user, -- the role of the process that wrote it
  source         varchar(16) NOT NULL CHECK (source IN ('api', 'temporal', 'start')),
  kind           varchar(64) NOT NULL CHECK (kind ~ '^[a-z_]+$'),
  outcome        varchar(16) NOT NULL CHECK (outcome IN ('ordered', 'done', 'refused', 'failed')),
  isproven       boolean NOT NULL DEFAULT false,     -- a signature, or the session it bought, shows who it was
  investigatorid numeric,
  fingerprint    varchar(128),
  actor          varchar(1024),                      -- a name, or what somebody claims to be
  address        varchar(64),
  requestid      varchar(256),                       -- of the API's request; the Update's id in Temporal
  objectid       numeric,                            -- the action or the investigator
  detail         jsonb NOT NULL DEFAULT '{}' CHECK (octet_length(detail::text) <= 8192),
  times          integer NOT NULL DEFAULT 1 CHECK (times > 0), -- how many refusals this row stands for
  orderid        bigint UNIQUE REFERENCES audit,     -- the API's row that asked for this; each is used once
  eventid        varchar(64) UNIQUE,                 -- of what happened in Temporal, which is told once
  CHECK (concat(fingerprint, actor, address, requestid) !~ '[[:cntrl:]]'),
  CHECK (source <> 'api' OR recordedby = 'migapi'),
  -- Who uses Temporal's UI claims a name. Only the API has checked a signature.
  CHECK (NOT isproven OR recordedby = 'migapi' OR orderid IS NOT NULL)
);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_kind ON audit (kind, id);
CREATE INDEX audit_fingerprint ON audit (fingerprint, id);
CREATE INDEX audit_objectid ON audit (objectid, id);
CREATE INDEX audit_orders ON audit (requestid) WHERE outcome = 'ordered';

CREATE FUNCTION audit_only_grows() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
-- In a session that replays a replica's changes, too.
ALTER TABLE audit ENABLE ALWAYS TRIGGER only_grows;

-- What the worker may not decide: whether an Update in Temporal is the one that the API ordered a moment ago. Its id
-- is the request's, which nobody can guess, and an order is used once: the same id in another run proves nothing.
-- What was told before is not told again: an event in Temporal, or settings that are the same as at the last start.
CREATE FUNCTION audit_complete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ordered public.audit;
BEGIN
  IF NEW.eventid IS NOT NULL AND EXISTS (SELECT FROM public.audit WHERE eventid = NEW.eventid) THEN
    RETURN NULL;
  END IF;
  IF NEW.source = 'start' AND NEW.detail = (
    SELECT detail
    FROM public.audit
    WHERE kind = NEW.kind AND source = 'start' AND actor = NEW.actor
    ORDER BY id DESC
    LIMIT 1
  ) THEN
    RETURN NULL;
  END IF;
  IF NEW.source = 'temporal' THEN
    SELECT *
    INTO ordered
    FROM public.audit a
    WHERE a.requestid = NEW.requestid
      AND a.kind = NEW.kind
      AND a.objectid = NEW.objectid
      AND a.outcome = 'ordered'
      AND a.recordedby = 'migapi'
      AND a.at > clock_timestamp() - interval '10 minutes'
      AND NOT EXISTS (SELECT FROM public.audit used WHERE used.orderid = a.id);
    IF FOUND THEN
      NEW.orderid := ordered.id;
      NEW.isproven := ordered.isproven;
      NEW.investigatorid := ordered.investigatorid;
      NEW.fingerprint := ordered.fingerprint;
      NEW.actor := ordered.actor;
      NEW.address := ordered.address;
    END IF;
  END IF;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION audit_complete(), audit_only_grows() FROM PUBLIC;
CREATE TRIGGER complete BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_complete();
ALTER TABLE audit ENABLE ALWAYS TRIGGER complete;

REVOKE ALL ON audit FROM PUBLIC;
GRANT SELECT ON audit TO migapi;
GRANT INSERT (source, kind, outcome, isproven, investigatorid, fingerprint, actor, address, requestid, objectid,
  detail, times) ON audit TO migapi;
GRANT INSERT (source, kind, outcome, actor, requestid, objectid, detail, eventid) ON audit TO migscheduler;
