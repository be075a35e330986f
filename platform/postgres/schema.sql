-- The schema that the migrations make. Only read, and compared with theirs by a test.

CREATE TABLE actions (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  name character varying(2048) NOT NULL,
  target character varying(2048) NOT NULL,
  description json NOT NULL,
  threat json NOT NULL,
  operations json NOT NULL,
  validfrom timestamp with time zone NOT NULL,
  expireafter timestamp with time zone NOT NULL,
  starttime timestamp with time zone DEFAULT '0011-01-11 11:11:11+00'::timestamp with time zone,
  finishtime timestamp with time zone DEFAULT '9998-01-11 11:11:11+00'::timestamp with time zone,
  lastupdatetime timestamp with time zone DEFAULT '0011-01-11 11:11:11+00'::timestamp with time zone,
  status character varying(256) NOT NULL DEFAULT 'pending'::character varying,
  syntaxversion integer NOT NULL,
  pgpsignatures text NOT NULL,
  reason text,
  paused boolean NOT NULL DEFAULT false,
  cancelledat timestamp with time zone,
  workflowat timestamp with time zone,
  resolvedat timestamp with time zone,
  wakedat timestamp with time zone,
  wakes integer NOT NULL DEFAULT 0,
  idempotencykey character varying(255),
  bodydigest bytea,
  upgradeid numeric,
  idempotencyowner numeric
);
CREATE TABLE administration (
  id integer NOT NULL,
  changes bigint NOT NULL DEFAULT 0
);
CREATE TABLE agents (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  name character varying(2048) NOT NULL,
  queueloc character varying(2048) NOT NULL,
  mode character varying(2048) NOT NULL,
  version character varying(2048) NOT NULL,
  pid integer NOT NULL,
  starttime timestamp with time zone NOT NULL DEFAULT now(),
  destructiontime timestamp with time zone DEFAULT '9998-01-11 11:11:11+00'::timestamp with time zone,
  heartbeattime timestamp with time zone NOT NULL,
  refreshtime timestamp with time zone NOT NULL,
  status character varying(255),
  environment json NOT NULL,
  tags json NOT NULL,
  loadername character varying(2048),
  os text GENERATED ALWAYS AS ((environment ->> 'os'::text)) STORED,
  capabilities text[] NOT NULL DEFAULT '{}'::text[],
  startedat timestamp with time zone,
  formerstart timestamp with time zone,
  twinat timestamp with time zone,
  notice text
);
CREATE TABLE agents_stats (
  "timestamp" timestamp with time zone NOT NULL,
  online_agents numeric,
  online_agents_by_version json,
  online_endpoints numeric,
  idle_agents numeric,
  idle_agents_by_version json,
  idle_endpoints numeric,
  new_endpoints numeric,
  multi_agents_endpoints numeric,
  disappeared_endpoints numeric,
  flapping_endpoints numeric
);
CREATE TABLE agtmodreq (
  moduleid numeric NOT NULL,
  agentid numeric NOT NULL,
  minimumweight numeric NOT NULL
);
CREATE TABLE audit (
  id bigint NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT clock_timestamp(),
  recordedby text NOT NULL DEFAULT SESSION_USER,
  source character varying(16) NOT NULL,
  kind character varying(64) NOT NULL,
  outcome character varying(16) NOT NULL,
  isproven boolean NOT NULL DEFAULT false,
  investigatorid numeric,
  fingerprint character varying(128),
  actor character varying(1024),
  address character varying(64),
  requestid character varying(256),
  objectid numeric,
  detail jsonb NOT NULL DEFAULT '{}'::jsonb,
  times integer NOT NULL DEFAULT 1,
  orderid bigint,
  eventid character varying(64)
);
CREATE TABLE boundtokens (
  token bytea NOT NULL,
  request bytea NOT NULL,
  expiresat timestamp with time zone NOT NULL
);
CREATE TABLE commands (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  actionid numeric NOT NULL,
  agentid numeric NOT NULL,
  queueloc character varying(2048) NOT NULL,
  status character varying(255) NOT NULL DEFAULT 'sent'::character varying,
  results json,
  starttime timestamp with time zone NOT NULL DEFAULT now(),
  finishtime timestamp with time zone DEFAULT '9998-01-11 11:11:11+00'::timestamp with time zone,
  publishedat timestamp with time zone,
  takenat timestamp with time zone,
  returnedat timestamp with time zone,
  topid integer
);
CREATE TABLE invagtmodperm (
  investigatorid numeric NOT NULL,
  agentid numeric NOT NULL,
  moduleid numeric NOT NULL,
  weight numeric NOT NULL
);
CREATE TABLE investigators (
  id numeric NOT NULL DEFAULT nextval('investigators_id_seq'::regclass),
  name character varying(1024) NOT NULL,
  pgpfingerprint character varying(128),
  publickey bytea,
  privatekey bytea,
  status character varying(255) NOT NULL,
  createdat timestamp with time zone NOT NULL,
  lastmodified timestamp with time zone NOT NULL,
  permissions bigint NOT NULL DEFAULT 0,
  apikey bytea,
  apisalt bytea,
  isadministrator boolean NOT NULL GENERATED ALWAYS AS ((((status)::text = 'active'::text) AND (publickey IS NOT NULL) AND ((permissions & (262144)::bigint) <> 0))) STORED
);
CREATE TABLE loaders (
  id numeric NOT NULL DEFAULT nextval('loaders_id_seq'::regclass),
  loadername character varying(256) NOT NULL,
  keyprefix character varying(256) NOT NULL,
  loaderkey bytea NOT NULL,
  salt bytea NOT NULL,
  name character varying(2048),
  env json,
  tags json,
  lastseen timestamp with time zone NOT NULL,
  enabled boolean NOT NULL DEFAULT false,
  expectenv character varying(2048),
  queueloc character varying(2048)
);
CREATE TABLE manifests (
  id numeric NOT NULL DEFAULT nextval('manifests_id_seq'::regclass),
  name character varying(256) NOT NULL,
  content text NOT NULL,
  "timestamp" timestamp with time zone NOT NULL,
  status character varying(255) NOT NULL,
  target character varying(2048) NOT NULL
);
CREATE TABLE manifestsig (
  manifestid numeric NOT NULL,
  investigatorid numeric NOT NULL,
  pgpsignature text NOT NULL
);
CREATE TABLE migrations (
  name text NOT NULL,
  appliedat timestamp with time zone DEFAULT now()
);
CREATE TABLE modules (
  id numeric NOT NULL,
  name character varying(256) NOT NULL
);
CREATE TABLE newcomers (
  queueloc character varying(2048) NOT NULL,
  pid integer NOT NULL,
  body text NOT NULL,
  receivedat timestamp with time zone NOT NULL DEFAULT now(),
  checks integer NOT NULL DEFAULT 0,
  checkat timestamp with time zone NOT NULL DEFAULT now()
);
CREATE TABLE rejections (
  id bigint NOT NULL,
  receivedat timestamp with time zone NOT NULL DEFAULT now(),
  queue character varying(256) NOT NULL,
  code character varying(64) NOT NULL,
  message character varying(1024) NOT NULL,
  commandid numeric
);
CREATE TABLE sessions (
  digest bytea NOT NULL,
  investigatorid numeric NOT NULL,
  createdat timestamp with time zone NOT NULL DEFAULT now(),
  expiresat timestamp with time zone NOT NULL
);
CREATE TABLE signatures (
  actionid numeric NOT NULL,
  investigatorid numeric NOT NULL,
  pgpsignature text NOT NULL
);
CREATE TABLE suspects (
  digest character varying(64) NOT NULL,
  queue character varying(256) NOT NULL,
  workers text[] NOT NULL DEFAULT '{}'::text[],
  notedat timestamp with time zone NOT NULL DEFAULT now()
);
CREATE TABLE upgrade_commands (
  recordid numeric NOT NULL,
  step character varying(64) NOT NULL,
  commandid numeric NOT NULL
);
CREATE TABLE upgrades (
  commandid numeric NOT NULL,
  actionid numeric NOT NULL,
  queueloc character varying(2048) NOT NULL,
  step character varying(64) NOT NULL DEFAULT 'waiting'::character varying,
  stepat timestamp with time zone NOT NULL DEFAULT now(),
  steps jsonb NOT NULL DEFAULT '[]'::jsonb,
  finishedat timestamp with time zone,
  outcome character varying(32),
  reason text,
  toversion character varying(2048),
  oldpid integer,
  oldversion character varying(2048),
  oldstarttime timestamp with time zone,
  newpid integer,
  checks integer NOT NULL DEFAULT 0
);

ALTER TABLE actions ADD CONSTRAINT actions_check CHECK (((idempotencykey IS NULL) OR (idempotencyowner IS NOT NULL))) NOT VALID;
ALTER TABLE actions ADD CONSTRAINT actions_idempotency UNIQUE (idempotencyowner, idempotencykey);
ALTER TABLE actions ADD CONSTRAINT actions_idempotencyowner_fkey FOREIGN KEY (idempotencyowner) REFERENCES investigators(id);
ALTER TABLE actions ADD CONSTRAINT actions_pkey PRIMARY KEY (id);
ALTER TABLE actions ADD CONSTRAINT actions_upgradeid_fkey FOREIGN KEY (upgradeid) REFERENCES actions(id);
ALTER TABLE administration ADD CONSTRAINT administration_id_check CHECK ((id = 1));
ALTER TABLE administration ADD CONSTRAINT administration_pkey PRIMARY KEY (id);
ALTER TABLE agents ADD CONSTRAINT agents_pkey PRIMARY KEY (id);
ALTER TABLE audit ADD CONSTRAINT audit_check CHECK ((concat(fingerprint, actor, address, requestid) !~ '[[:cntrl:]]'::text));
ALTER TABLE audit ADD CONSTRAINT audit_check1 CHECK ((((source)::text <> 'api'::text) OR (recordedby = 'migapi'::text)));
ALTER TABLE audit ADD CONSTRAINT audit_check2 CHECK (((NOT isproven) OR (recordedby = 'migapi'::text) OR (orderid IS NOT NULL)));
ALTER TABLE audit ADD CONSTRAINT audit_detail_check CHECK ((octet_length((detail)::text) <= 8192));
ALTER TABLE audit ADD CONSTRAINT audit_eventid_key UNIQUE (eventid);
ALTER TABLE audit ADD CONSTRAINT audit_kind_check CHECK (((kind)::text ~ '^[a-z_]+$'::text));
ALTER TABLE audit ADD CONSTRAINT audit_orderid_fkey FOREIGN KEY (orderid) REFERENCES audit(id);
ALTER TABLE audit ADD CONSTRAINT audit_orderid_key UNIQUE (orderid);
ALTER TABLE audit ADD CONSTRAINT audit_outcome_check CHECK (((outcome)::text = ANY ((ARRAY['ordered'::character varying, 'done'::character varying, 'refused'::character varying, 'failed'::character varying])::text[])));
ALTER TABLE audit ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE audit ADD CONSTRAINT audit_source_check CHECK (((source)::text = ANY ((ARRAY['api'::character varying, 'temporal'::character varying, 'start'::character varying])::text[])));
ALTER TABLE audit ADD CONSTRAINT audit_times_check CHECK ((times > 0));
ALTER TABLE boundtokens ADD CONSTRAINT boundtokens_pkey PRIMARY KEY (token);
ALTER TABLE boundtokens ADD CONSTRAINT boundtokens_request_check CHECK ((length(request) = 32));
ALTER TABLE boundtokens ADD CONSTRAINT boundtokens_token_check CHECK ((length(token) = 32));
ALTER TABLE commands ADD CONSTRAINT commands_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE commands ADD CONSTRAINT commands_actionid_queueloc_key UNIQUE (actionid, queueloc);
ALTER TABLE commands ADD CONSTRAINT commands_agentid_fkey FOREIGN KEY (agentid) REFERENCES agents(id);
ALTER TABLE commands ADD CONSTRAINT commands_pkey PRIMARY KEY (id);
ALTER TABLE investigators ADD CONSTRAINT investigators_pgpfingerprint_key UNIQUE (pgpfingerprint);
ALTER TABLE investigators ADD CONSTRAINT investigators_pkey PRIMARY KEY (id);
ALTER TABLE investigators ADD CONSTRAINT investigators_privatekey_check CHECK ((privatekey IS NULL));
ALTER TABLE loaders ADD CONSTRAINT loaders_keyprefix_key UNIQUE (keyprefix);
ALTER TABLE loaders ADD CONSTRAINT loaders_loaderkey_key UNIQUE (loaderkey);
ALTER TABLE loaders ADD CONSTRAINT loaders_loadername_key UNIQUE (loadername);
ALTER TABLE loaders ADD CONSTRAINT loaders_pkey PRIMARY KEY (id);
ALTER TABLE loaders ADD CONSTRAINT loaders_queueloc_key UNIQUE (queueloc);
ALTER TABLE manifests ADD CONSTRAINT manifests_pkey PRIMARY KEY (id);
ALTER TABLE manifestsig ADD CONSTRAINT manifestsig_manifestid_fkey FOREIGN KEY (manifestid) REFERENCES manifests(id);
ALTER TABLE manifestsig ADD CONSTRAINT manifestsig_manifestid_investigatorid_key UNIQUE (manifestid, investigatorid);
ALTER TABLE migrations ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);
ALTER TABLE newcomers ADD CONSTRAINT newcomers_pkey PRIMARY KEY (queueloc, pid);
ALTER TABLE rejections ADD CONSTRAINT rejections_pkey PRIMARY KEY (id);
ALTER TABLE sessions ADD CONSTRAINT sessions_digest_check CHECK ((length(digest) = 32));
ALTER TABLE sessions ADD CONSTRAINT sessions_investigatorid_fkey FOREIGN KEY (investigatorid) REFERENCES investigators(id);
ALTER TABLE sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (digest);
ALTER TABLE signatures ADD CONSTRAINT signatures_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE signatures ADD CONSTRAINT signatures_actionid_investigatorid_key UNIQUE (actionid, investigatorid);
ALTER TABLE signatures ADD CONSTRAINT signatures_investigatorid_fkey FOREIGN KEY (investigatorid) REFERENCES investigators(id);
ALTER TABLE suspects ADD CONSTRAINT suspects_pkey PRIMARY KEY (digest);
ALTER TABLE upgrade_commands ADD CONSTRAINT upgrade_commands_commandid_fkey FOREIGN KEY (commandid) REFERENCES commands(id);
ALTER TABLE upgrade_commands ADD CONSTRAINT upgrade_commands_pkey PRIMARY KEY (recordid, step);
ALTER TABLE upgrade_commands ADD CONSTRAINT upgrade_commands_recordid_fkey FOREIGN KEY (recordid) REFERENCES upgrades(commandid);
ALTER TABLE upgrades ADD CONSTRAINT upgrades_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE upgrades ADD CONSTRAINT upgrades_commandid_fkey FOREIGN KEY (commandid) REFERENCES commands(id);
ALTER TABLE upgrades ADD CONSTRAINT upgrades_pkey PRIMARY KEY (commandid);

CREATE INDEX actions_asked ON public.actions USING btree (starttime DESC) WHERE ((upgradeid IS NULL) OR (upgradeid = id));
CREATE INDEX actions_follow_ups ON public.actions USING btree (upgradeid) WHERE ((upgradeid IS NOT NULL) AND ((status)::text = 'inflight'::text));
CREATE INDEX actions_starttime ON public.actions USING btree (starttime DESC);
CREATE INDEX actions_unfinished ON public.actions USING btree (id) WHERE ((status)::text <> ALL ((ARRAY['completed'::character varying, 'invalid'::character varying, 'cancelled'::character varying])::text[]));
CREATE INDEX actions_validfrom ON public.actions USING btree (validfrom DESC);
CREATE INDEX agents_heartbeattime ON public.agents USING btree (heartbeattime DESC);
CREATE INDEX agents_notice ON public.agents USING btree (id) WHERE (notice IS NOT NULL);
CREATE UNIQUE INDEX agents_process ON public.agents USING btree (queueloc, pid);
CREATE INDEX agents_queueloc ON public.agents USING btree (queueloc, heartbeattime DESC);
CREATE INDEX agents_starttime ON public.agents USING btree (starttime DESC);
CREATE INDEX agents_status ON public.agents USING btree (status);
CREATE INDEX agents_stats_timestamp ON public.agents_stats USING btree ("timestamp" DESC);
CREATE INDEX audit_actor ON public.audit USING btree ("left"((actor)::text, 128), id);
CREATE INDEX audit_at ON public.audit USING btree (at);
CREATE INDEX audit_fingerprint ON public.audit USING btree (fingerprint, id);
CREATE INDEX audit_kind ON public.audit USING btree (kind, id);
CREATE INDEX audit_objectid ON public.audit USING btree (objectid, id);
CREATE INDEX audit_orders ON public.audit USING btree (requestid) WHERE ((outcome)::text = 'ordered'::text);
CREATE INDEX boundtokens_expiresat ON public.boundtokens USING btree (expiresat);
CREATE INDEX commands_actionid ON public.commands USING btree (actionid, id);
CREATE INDEX commands_agentid ON public.commands USING btree (agentid, starttime DESC);
CREATE INDEX commands_cancelled ON public.commands USING btree (queueloc) WHERE (((status)::text = 'cancelled'::text) AND (results IS NULL));
CREATE INDEX commands_returned ON public.commands USING btree (queueloc) WHERE (((status)::text = 'sent'::text) AND (returnedat IS NOT NULL));
CREATE INDEX commands_starttime ON public.commands USING btree (starttime DESC);
CREATE INDEX commands_waiting ON public.commands USING btree (actionid, id) WHERE ((status)::text = 'sent'::text);
CREATE INDEX newcomers_checkat ON public.newcomers USING btree (checkat);
CREATE INDEX rejections_receivedat ON public.rejections USING btree (receivedat DESC);
CREATE INDEX sessions_expiresat ON public.sessions USING btree (expiresat);
CREATE INDEX sessions_investigatorid ON public.sessions USING btree (investigatorid, createdat);
CREATE INDEX signatures_investigatorid ON public.signatures USING btree (investigatorid);
CREATE INDEX suspects_notedat ON public.suspects USING btree (notedat);
CREATE INDEX upgrades_actionid ON public.upgrades USING btree (actionid, commandid);
CREATE INDEX upgrades_open ON public.upgrades USING btree (actionid, step) WHERE (finishedat IS NULL);
CREATE INDEX upgrades_queueloc ON public.upgrades USING btree (queueloc) WHERE (finishedat IS NULL);

CREATE TRIGGER complete BEFORE INSERT ON public.audit FOR EACH ROW EXECUTE FUNCTION audit_complete();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER administrator_changed AFTER UPDATE ON public.investigators FOR EACH ROW WHEN ((old.isadministrator AND (NOT new.isadministrator))) EXECUTE FUNCTION keep_one_administrator();
CREATE TRIGGER administrator_deleted AFTER DELETE ON public.investigators FOR EACH ROW WHEN (old.isadministrator) EXECUTE FUNCTION keep_one_administrator();
CREATE TRIGGER newcomers_notify AFTER INSERT ON public.newcomers FOR EACH STATEMENT EXECUTE FUNCTION notify_newcomer();

CREATE OR REPLACE FUNCTION public.audit_complete()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
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
END $function$
;
CREATE OR REPLACE FUNCTION public.audit_only_grows()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'insufficient_privilege';
END $function$
;
CREATE OR REPLACE FUNCTION public.keep_one_administrator()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  UPDATE public.administration
  SET changes = changes + 1
  WHERE id = 1;
  IF NOT EXISTS (SELECT FROM public.investigators WHERE isadministrator) THEN
    RAISE EXCEPTION 'the last administrator must remain'
      USING ERRCODE = 'check_violation', TABLE = 'investigators', CONSTRAINT = 'one_administrator_remains';
  END IF;
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION mig_target.choose(target text, with_offline boolean)
 RETURNS SETOF numeric
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER ROWS 10000
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
DECLARE
  chosen numeric;
BEGIN
  FOR chosen IN EXECUTE
    'SELECT DISTINCT ON (agents.queueloc) agents.id FROM public.agents WHERE '
    || '(agents.status IN (''online'', ''idle'')'
    || ' OR agents.status = ''offline'' AND (agents.mode = ''checkin'' OR $1)'
    || ' AND NOT EXISTS ('
    || 'SELECT FROM public.agents other'
    || ' WHERE other.queueloc = agents.queueloc AND other.status IN (''online'', ''idle''))) AND ('
    || target || E'\n) ORDER BY agents.queueloc, agents.heartbeattime DESC' USING with_offline
  LOOP
    RETURN NEXT chosen;
  END LOOP;
END $function$
;
CREATE OR REPLACE FUNCTION mig_target.explain(target text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
DECLARE
  plan refcursor;
BEGIN
  OPEN plan NO SCROLL FOR EXECUTE 'EXPLAIN SELECT 1 FROM public.agents WHERE (' || target || E'\n)';
  CLOSE plan;
END $function$
;
CREATE OR REPLACE FUNCTION mig_target.resolve(action numeric, with_offline boolean)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
  condition text;
  resolved timestamptz;
BEGIN
  SELECT a.target, a.resolvedat INTO condition, resolved FROM public.actions a WHERE a.id = action FOR UPDATE;
  IF NOT FOUND THEN
    condition := 'false';
  END IF;
  IF resolved IS NULL THEN
    INSERT INTO public.commands (actionid, agentid, queueloc, status, starttime, finishtime)
    SELECT action, a.id, a.queueloc, 'sent', now(), '9998-01-11T11:11:11Z'
    FROM mig_target.choose(condition, with_offline) AS chosen (id)
    JOIN public.agents a ON a.id = chosen.id
    ON CONFLICT (actionid, queueloc) DO NOTHING;
    UPDATE public.actions
    SET resolvedat = now(),
      starttime = now(),
      lastupdatetime = now(),
      status = 'preparing'
    WHERE id = action;
  END IF;
  RETURN (SELECT count(*) FROM public.commands c WHERE c.actionid = action);
END $function$
;
CREATE OR REPLACE FUNCTION mig_target.search(target text, with_offline boolean, page_limit bigint, page_offset bigint)
 RETURNS SETOF numeric
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER ROWS 100
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  RETURN QUERY
    SELECT chosen.id
    FROM mig_target.choose(target, with_offline) WITH ORDINALITY AS chosen (id, place)
    ORDER BY chosen.place
    LIMIT page_limit
    OFFSET page_offset;
END $function$
;
CREATE OR REPLACE FUNCTION public.notify_newcomer()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog'
AS $function$ BEGIN NOTIFY mig_newcomer; RETURN NULL; END $function$
;
CREATE OR REPLACE FUNCTION public.renew_public_key(investigator numeric, stored bytea, renewed bytea)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
  UPDATE public.investigators
  SET publickey = renewed,
    lastmodified = now()
  WHERE id = investigator
    AND publickey = stored
    AND pgpfingerprint IS NOT NULL
    AND renewed IS NOT NULL;
  RETURN FOUND;
END $function$
;

GRANT INSERT, SELECT ON actions TO migapi;
GRANT SELECT ON actions TO migreadonly;
GRANT INSERT, SELECT, UPDATE ON actions TO migscheduler;
GRANT SELECT ON agents TO migapi;
GRANT SELECT ON agents TO migreadonly;
GRANT INSERT, SELECT, UPDATE ON agents TO migscheduler;
GRANT SELECT ON agents_stats TO migapi;
GRANT DELETE, INSERT, SELECT ON agents_stats TO migscheduler;
GRANT SELECT ON agtmodreq TO migapi;
GRANT SELECT ON agtmodreq TO migreadonly;
GRANT SELECT ON agtmodreq TO migscheduler;
GRANT SELECT ON audit TO migapi;
GRANT DELETE, INSERT, SELECT ON boundtokens TO migapi;
GRANT SELECT ON commands TO migapi;
GRANT SELECT ON commands TO migreadonly;
GRANT INSERT, SELECT, UPDATE ON commands TO migscheduler;
GRANT USAGE ON ids TO migapi;
GRANT USAGE ON ids TO migscheduler;
GRANT SELECT ON invagtmodperm TO migapi;
GRANT SELECT ON invagtmodperm TO migreadonly;
GRANT SELECT ON invagtmodperm TO migscheduler;
GRANT USAGE ON investigators_id_seq TO migapi;
GRANT INSERT, SELECT ON loaders TO migapi;
GRANT SELECT ON loaders TO migscheduler;
GRANT USAGE ON loaders_id_seq TO migapi;
GRANT INSERT, SELECT ON manifests TO migapi;
GRANT SELECT ON manifests TO migscheduler;
GRANT USAGE ON manifests_id_seq TO migapi;
GRANT DELETE, INSERT, SELECT ON manifestsig TO migapi;
GRANT SELECT ON manifestsig TO migscheduler;
GRANT SELECT ON modules TO migapi;
GRANT SELECT ON modules TO migreadonly;
GRANT SELECT ON modules TO migscheduler;
GRANT INSERT, SELECT ON newcomers TO migapi;
GRANT DELETE, SELECT ON newcomers TO migscheduler;
GRANT SELECT ON rejections TO migapi;
GRANT DELETE, INSERT, SELECT ON rejections TO migscheduler;
GRANT DELETE, INSERT, SELECT ON sessions TO migapi;
GRANT INSERT, SELECT ON signatures TO migapi;
GRANT SELECT ON signatures TO migreadonly;
GRANT INSERT, SELECT ON signatures TO migscheduler;
GRANT DELETE, INSERT, SELECT, UPDATE ON suspects TO migscheduler;
GRANT INSERT, SELECT, UPDATE ON upgrade_commands TO migscheduler;
GRANT SELECT ON upgrades TO migapi;
GRANT INSERT, SELECT, UPDATE ON upgrades TO migscheduler;

GRANT UPDATE (workflowat) ON actions TO migapi;
GRANT UPDATE (destructiontime, environment, heartbeattime, mode, name, notice, refreshtime, status, tags, version) ON agents TO migapi;
GRANT INSERT (actor, address, detail, fingerprint, investigatorid, isproven, kind, objectid, outcome, requestid, source, times) ON audit TO migapi;
GRANT INSERT (actor, detail, eventid, kind, objectid, outcome, requestid, source) ON audit TO migscheduler;
GRANT UPDATE (expiresat) ON boundtokens TO migapi;
GRANT INSERT (createdat, lastmodified, name, permissions, pgpfingerprint, publickey, status) ON investigators TO migapi;
GRANT SELECT (apikey, apisalt, createdat, id, isadministrator, lastmodified, name, permissions, pgpfingerprint, publickey, status) ON investigators TO migapi;
GRANT UPDATE (apikey, apisalt, lastmodified, permissions, status) ON investigators TO migapi;
GRANT SELECT (createdat, id, lastmodified, name, pgpfingerprint, publickey, status) ON investigators TO migreadonly;
GRANT SELECT (createdat, id, lastmodified, name, permissions, pgpfingerprint, publickey, status) ON investigators TO migscheduler;
GRANT UPDATE (enabled, env, expectenv, lastseen, loaderkey, name, queueloc, salt, tags) ON loaders TO migapi;
GRANT SELECT (env, expectenv, id, loadername, queueloc, tags) ON loaders TO migreadonly;
GRANT UPDATE (status) ON manifests TO migapi;
GRANT UPDATE (body, receivedat) ON newcomers TO migapi;
GRANT UPDATE (checkat, checks) ON newcomers TO migscheduler;
GRANT UPDATE (expiresat) ON sessions TO migapi;

GRANT EXECUTE ON FUNCTION mig_target.choose(text,boolean) TO migadmin;
GRANT EXECUTE ON FUNCTION mig_target.explain(text) TO migsearch;
GRANT EXECUTE ON FUNCTION mig_target.resolve(numeric,boolean) TO migtarget;
GRANT EXECUTE ON FUNCTION mig_target.search(text,boolean,bigint,bigint) TO migsearch;
GRANT EXECUTE ON FUNCTION renew_public_key(numeric,bytea,bytea) TO migapi;
