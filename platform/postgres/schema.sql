-- The schema that the migrations make. Only read, and compared with theirs by a test.

CREATE TABLE acls (
  version integer NOT NULL,
  document text NOT NULL,
  signature text NOT NULL,
  publishedby numeric NOT NULL,
  publishedat timestamp with time zone NOT NULL DEFAULT now()
);
CREATE TABLE actions (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  name character varying(2048) NOT NULL,
  target character varying(2048) NOT NULL,
  description json NOT NULL,
  threat json NOT NULL,
  operations json NOT NULL,
  validfrom timestamp with time zone NOT NULL,
  expireafter timestamp with time zone NOT NULL,
  starttime timestamp with time zone DEFAULT '0009-01-11 11:11:11+00'::timestamp with time zone,
  finishtime timestamp with time zone DEFAULT '9998-01-11 11:11:11+00'::timestamp with time zone,
  lastupdatetime timestamp with time zone DEFAULT '0009-01-11 11:11:11+00'::timestamp with time zone,
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
  idempotencyowner numeric,
  braked boolean NOT NULL DEFAULT false
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
CREATE TABLE brakes (
  actionid numeric NOT NULL,
  settings text NOT NULL,
  state text,
  heldat timestamp with time zone,
  canarypassedat timestamp with time zone,
  awaitscanary boolean NOT NULL DEFAULT false,
  nextat timestamp with time zone,
  closesat timestamp with time zone,
  newsat timestamp with time zone DEFAULT now(),
  answered integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  matched integer NOT NULL DEFAULT 0,
  attempt integer NOT NULL DEFAULT 0
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
  topid integer,
  hasmatches boolean,
  hasfailed boolean,
  haserrors boolean
);
CREATE TABLE compliance_items (
  sweepid numeric NOT NULL,
  queueloc character varying(2048) NOT NULL,
  checkid character varying(128) NOT NULL,
  status character varying(16) NOT NULL,
  verdict character varying(16),
  since timestamp with time zone,
  firstfailedrun numeric,
  changedat timestamp with time zone NOT NULL,
  runid numeric NOT NULL,
  checkedat timestamp with time zone NOT NULL,
  reason text
);
CREATE TABLE departures (
  commandid numeric NOT NULL,
  actionid numeric NOT NULL,
  leftat timestamp with time zone NOT NULL DEFAULT now(),
  iscanary boolean NOT NULL DEFAULT false,
  isfailed boolean,
  ismatched boolean,
  attempt integer NOT NULL DEFAULT 0
);
CREATE TABLE event_parts (
  id bigint NOT NULL,
  kind character varying(64) NOT NULL,
  subject character varying(64) NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT now(),
  detail jsonb NOT NULL,
  count integer NOT NULL,
  endpoints jsonb NOT NULL
);
CREATE TABLE event_readers (
  name character varying(64) NOT NULL,
  lasttxid xid8 NOT NULL,
  lastid bigint NOT NULL,
  holder uuid,
  helduntil timestamp with time zone
);
CREATE TABLE events (
  id bigint NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT now(),
  kind character varying(64) NOT NULL,
  detail jsonb NOT NULL,
  txid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE TABLE inbox (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  action text NOT NULL,
  digest bytea NOT NULL,
  name character varying(2048) NOT NULL,
  target character varying(2048) NOT NULL,
  modules text[] NOT NULL,
  validfrom timestamp with time zone NOT NULL,
  expireafter timestamp with time zone NOT NULL,
  note text NOT NULL,
  notesignature text NOT NULL,
  submittedby numeric NOT NULL,
  submittedat timestamp with time zone NOT NULL DEFAULT now(),
  state character varying(16) NOT NULL DEFAULT 'waiting'::character varying,
  actionid numeric,
  reason text,
  endedby numeric,
  endedat timestamp with time zone
);
CREATE TABLE inbox_signatures (
  inboxid numeric NOT NULL,
  investigatorid numeric NOT NULL,
  signature text NOT NULL,
  signedat timestamp with time zone NOT NULL DEFAULT now()
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
  isadministrator boolean NOT NULL GENERATED ALWAYS AS ((((status)::text = 'active'::text) AND (publickey IS NOT NULL) AND ((permissions & (262144)::bigint) <> 0))) STORED,
  apikeyprefix character varying(8)
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
CREATE TABLE manifest_files (
  manifestid numeric NOT NULL,
  place integer NOT NULL,
  name character varying(255) NOT NULL,
  sha256 bytea NOT NULL,
  data bytea NOT NULL
);
CREATE TABLE manifests (
  id numeric NOT NULL DEFAULT nextval('manifests_id_seq'::regclass),
  name character varying(256) NOT NULL,
  content text NOT NULL,
  "timestamp" timestamp with time zone NOT NULL,
  status character varying(255) NOT NULL,
  target character varying(2048) NOT NULL,
  withdrawnat timestamp with time zone
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
CREATE TABLE question_removals (
  name character varying(64) NOT NULL,
  version integer NOT NULL,
  removedby numeric NOT NULL,
  removedat timestamp with time zone NOT NULL DEFAULT now()
);
CREATE TABLE questions (
  name character varying(64) NOT NULL,
  version integer NOT NULL,
  document text NOT NULL,
  digest bytea NOT NULL,
  signature text NOT NULL,
  description character varying(4096) NOT NULL,
  savedby numeric NOT NULL,
  savedat timestamp with time zone NOT NULL DEFAULT now()
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
CREATE TABLE sweep_actions (
  runid numeric NOT NULL,
  part integer NOT NULL,
  actionid numeric NOT NULL
);
CREATE TABLE sweep_endpoints (
  sweepid numeric NOT NULL,
  queueloc character varying(2048) NOT NULL,
  agent character varying(2048) NOT NULL,
  targetedrun numeric NOT NULL,
  answeredrun numeric,
  answeredat timestamp with time zone
);
CREATE TABLE sweep_pauses (
  sweepid numeric NOT NULL,
  pausedat timestamp with time zone NOT NULL DEFAULT now(),
  resumedat timestamp with time zone
);
CREATE TABLE sweep_runs (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  sweepid numeric NOT NULL,
  kind character varying(16) NOT NULL,
  plannedat timestamp with time zone NOT NULL,
  state character varying(32) NOT NULL,
  reason text,
  paused boolean NOT NULL DEFAULT false,
  cancelledat timestamp with time zone,
  checks jsonb,
  target text,
  workflowid character varying(256),
  startedat timestamp with time zone,
  finishedat timestamp with time zone,
  targeted integer NOT NULL DEFAULT 0,
  answered integer NOT NULL DEFAULT 0,
  counts jsonb NOT NULL DEFAULT '{}'::jsonb,
  bycheck jsonb NOT NULL DEFAULT '{}'::jsonb
);
CREATE TABLE sweep_signed (
  sweepid numeric NOT NULL,
  kind character varying(16) NOT NULL,
  plannedat timestamp with time zone NOT NULL,
  part integer NOT NULL,
  name character varying(2048) NOT NULL,
  validfrom timestamp with time zone NOT NULL,
  expireafter timestamp with time zone NOT NULL,
  operations text,
  signatures text NOT NULL,
  postedby numeric NOT NULL,
  signers numeric[] NOT NULL DEFAULT '{}'::numeric[]
);
CREATE TABLE sweeps (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  name character varying(100) NOT NULL,
  document text NOT NULL,
  signatures text NOT NULL,
  operations text NOT NULL,
  createdby numeric NOT NULL,
  createdat timestamp with time zone NOT NULL DEFAULT now(),
  paused boolean NOT NULL DEFAULT false,
  deletedat timestamp with time zone,
  scheduledas text,
  accountedto timestamp with time zone NOT NULL DEFAULT now()
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
CREATE TABLE waivers (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  sweepid numeric NOT NULL,
  document text NOT NULL,
  signatures text NOT NULL,
  checkid character varying(128) NOT NULL,
  agents text[] NOT NULL,
  why text NOT NULL,
  until timestamp with time zone NOT NULL,
  signedby numeric NOT NULL,
  createdat timestamp with time zone NOT NULL DEFAULT now(),
  revokedat timestamp with time zone,
  queuelocs text[] NOT NULL DEFAULT '{}'::text[]
);
CREATE TABLE webhook_deliveries (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  webhookid numeric NOT NULL,
  eventid bigint NOT NULL,
  state character varying(16) NOT NULL DEFAULT 'waiting'::character varying,
  attempts integer NOT NULL DEFAULT 0,
  createdat timestamp with time zone NOT NULL DEFAULT now(),
  dueat timestamp with time zone NOT NULL DEFAULT now(),
  lastat timestamp with time zone,
  status integer,
  error character varying(300),
  response character varying(1000),
  endedat timestamp with time zone
);
CREATE TABLE webhook_secrets (
  id bigint NOT NULL,
  webhookid numeric NOT NULL,
  secret bytea NOT NULL,
  expiresat timestamp with time zone
);
CREATE TABLE webhooks (
  id numeric NOT NULL DEFAULT nextval('ids'::regclass),
  name character varying(64) NOT NULL,
  url character varying(2048) NOT NULL,
  types text[] NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  disabledreason character varying(300),
  failures integer NOT NULL DEFAULT 0,
  failingsince timestamp with time zone,
  notbefore timestamp with time zone NOT NULL DEFAULT now(),
  createdby numeric NOT NULL,
  createdat timestamp with time zone NOT NULL DEFAULT now(),
  failedat timestamp with time zone
);

ALTER TABLE acls ADD CONSTRAINT acls_document_check CHECK ((octet_length(document) <= 262144));
ALTER TABLE acls ADD CONSTRAINT acls_pkey PRIMARY KEY (version);
ALTER TABLE acls ADD CONSTRAINT acls_publishedby_fkey FOREIGN KEY (publishedby) REFERENCES investigators(id);
ALTER TABLE acls ADD CONSTRAINT acls_signature_check CHECK ((octet_length(signature) <= 16384));
ALTER TABLE acls ADD CONSTRAINT acls_version_check CHECK ((version > 0));
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
ALTER TABLE brakes ADD CONSTRAINT brakes_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE brakes ADD CONSTRAINT brakes_pkey PRIMARY KEY (actionid);
ALTER TABLE brakes ADD CONSTRAINT brakes_settings_check CHECK ((octet_length(settings) <= 4096));
ALTER TABLE brakes ADD CONSTRAINT brakes_state_check CHECK ((length(state) <= 1024));
ALTER TABLE commands ADD CONSTRAINT commands_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE commands ADD CONSTRAINT commands_actionid_queueloc_key UNIQUE (actionid, queueloc);
ALTER TABLE commands ADD CONSTRAINT commands_agentid_fkey FOREIGN KEY (agentid) REFERENCES agents(id);
ALTER TABLE commands ADD CONSTRAINT commands_pkey PRIMARY KEY (id);
ALTER TABLE compliance_items ADD CONSTRAINT compliance_items_pkey PRIMARY KEY (sweepid, queueloc, checkid);
ALTER TABLE compliance_items ADD CONSTRAINT compliance_items_status_check CHECK (((status)::text = ANY ((ARRAY['pass'::character varying, 'fail'::character varying, 'error'::character varying, 'unknown'::character varying, 'notapplicable'::character varying, 'notchecked'::character varying])::text[])));
ALTER TABLE compliance_items ADD CONSTRAINT compliance_items_verdict_check CHECK (((verdict)::text = ANY ((ARRAY['pass'::character varying, 'fail'::character varying, 'notapplicable'::character varying])::text[])));
ALTER TABLE departures ADD CONSTRAINT departures_actionid_fkey FOREIGN KEY (actionid) REFERENCES brakes(actionid);
ALTER TABLE departures ADD CONSTRAINT departures_pkey PRIMARY KEY (commandid);
ALTER TABLE event_parts ADD CONSTRAINT event_parts_count_check CHECK ((count > 0));
ALTER TABLE event_parts ADD CONSTRAINT event_parts_pkey PRIMARY KEY (id);
ALTER TABLE event_readers ADD CONSTRAINT event_readers_check CHECK (((holder IS NULL) = (helduntil IS NULL)));
ALTER TABLE event_readers ADD CONSTRAINT event_readers_pkey PRIMARY KEY (name);
ALTER TABLE events ADD CONSTRAINT events_kind_check CHECK (((kind)::text ~ '^[a-z]+(\.[a-z]+)+$'::text));
ALTER TABLE events ADD CONSTRAINT events_pkey PRIMARY KEY (id);
ALTER TABLE inbox ADD CONSTRAINT inbox_action_check CHECK ((octet_length(action) <= 524288));
ALTER TABLE inbox ADD CONSTRAINT inbox_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE inbox ADD CONSTRAINT inbox_check CHECK ((((state)::text = 'waiting'::text) = (endedat IS NULL)));
ALTER TABLE inbox ADD CONSTRAINT inbox_check1 CHECK ((((state)::text = 'waiting'::text) = (endedby IS NULL)));
ALTER TABLE inbox ADD CONSTRAINT inbox_check2 CHECK ((((state)::text = 'launched'::text) = (actionid IS NOT NULL)));
ALTER TABLE inbox ADD CONSTRAINT inbox_check3 CHECK ((((state)::text = 'declined'::text) = (reason IS NOT NULL)));
ALTER TABLE inbox ADD CONSTRAINT inbox_digest_check CHECK ((length(digest) = 32));
ALTER TABLE inbox ADD CONSTRAINT inbox_digest_key UNIQUE (digest);
ALTER TABLE inbox ADD CONSTRAINT inbox_endedby_fkey FOREIGN KEY (endedby) REFERENCES investigators(id);
ALTER TABLE inbox ADD CONSTRAINT inbox_note_check CHECK ((octet_length(note) <= 16384));
ALTER TABLE inbox ADD CONSTRAINT inbox_notesignature_check CHECK ((octet_length(notesignature) <= 16384));
ALTER TABLE inbox ADD CONSTRAINT inbox_pkey PRIMARY KEY (id);
ALTER TABLE inbox ADD CONSTRAINT inbox_reason_check CHECK ((length(reason) <= 1000));
ALTER TABLE inbox ADD CONSTRAINT inbox_state_check CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'launched'::character varying, 'declined'::character varying, 'withdrawn'::character varying])::text[])));
ALTER TABLE inbox ADD CONSTRAINT inbox_submittedby_fkey FOREIGN KEY (submittedby) REFERENCES investigators(id);
ALTER TABLE inbox_signatures ADD CONSTRAINT inbox_signatures_inboxid_fkey FOREIGN KEY (inboxid) REFERENCES inbox(id);
ALTER TABLE inbox_signatures ADD CONSTRAINT inbox_signatures_investigatorid_fkey FOREIGN KEY (investigatorid) REFERENCES investigators(id);
ALTER TABLE inbox_signatures ADD CONSTRAINT inbox_signatures_pkey PRIMARY KEY (inboxid, investigatorid);
ALTER TABLE inbox_signatures ADD CONSTRAINT inbox_signatures_signature_check CHECK ((octet_length(signature) <= 16384));
ALTER TABLE investigators ADD CONSTRAINT investigators_pgpfingerprint_key UNIQUE (pgpfingerprint);
ALTER TABLE investigators ADD CONSTRAINT investigators_pkey PRIMARY KEY (id);
ALTER TABLE investigators ADD CONSTRAINT investigators_privatekey_check CHECK ((privatekey IS NULL));
ALTER TABLE loaders ADD CONSTRAINT loaders_keyprefix_key UNIQUE (keyprefix);
ALTER TABLE loaders ADD CONSTRAINT loaders_loaderkey_check CHECK ((length(loaderkey) = 32));
ALTER TABLE loaders ADD CONSTRAINT loaders_loaderkey_key UNIQUE (loaderkey);
ALTER TABLE loaders ADD CONSTRAINT loaders_loadername_key UNIQUE (loadername);
ALTER TABLE loaders ADD CONSTRAINT loaders_pkey PRIMARY KEY (id);
ALTER TABLE loaders ADD CONSTRAINT loaders_queueloc_key UNIQUE (queueloc);
ALTER TABLE loaders ADD CONSTRAINT loaders_salt_check CHECK ((length(salt) = 16));
ALTER TABLE manifest_files ADD CONSTRAINT manifest_files_manifestid_fkey FOREIGN KEY (manifestid) REFERENCES manifests(id);
ALTER TABLE manifest_files ADD CONSTRAINT manifest_files_pkey PRIMARY KEY (manifestid, name);
ALTER TABLE manifest_files ADD CONSTRAINT manifest_files_sha256_check CHECK ((length(sha256) = 32));
ALTER TABLE manifests ADD CONSTRAINT manifests_pkey PRIMARY KEY (id);
ALTER TABLE manifests ADD CONSTRAINT manifests_status_check CHECK (((status)::text = ANY ((ARRAY['staged'::character varying, 'active'::character varying, 'disabled'::character varying])::text[])));
ALTER TABLE manifestsig ADD CONSTRAINT manifestsig_investigatorid_fkey FOREIGN KEY (investigatorid) REFERENCES investigators(id);
ALTER TABLE manifestsig ADD CONSTRAINT manifestsig_manifestid_fkey FOREIGN KEY (manifestid) REFERENCES manifests(id);
ALTER TABLE manifestsig ADD CONSTRAINT manifestsig_manifestid_investigatorid_key UNIQUE (manifestid, investigatorid);
ALTER TABLE migrations ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);
ALTER TABLE newcomers ADD CONSTRAINT newcomers_pkey PRIMARY KEY (queueloc, pid);
ALTER TABLE question_removals ADD CONSTRAINT question_removals_name_version_fkey FOREIGN KEY (name, version) REFERENCES questions(name, version);
ALTER TABLE question_removals ADD CONSTRAINT question_removals_pkey PRIMARY KEY (name, version);
ALTER TABLE question_removals ADD CONSTRAINT question_removals_removedby_fkey FOREIGN KEY (removedby) REFERENCES investigators(id);
ALTER TABLE questions ADD CONSTRAINT questions_digest_check CHECK ((length(digest) = 32));
ALTER TABLE questions ADD CONSTRAINT questions_document_check CHECK ((octet_length(document) <= 65536));
ALTER TABLE questions ADD CONSTRAINT questions_name_check CHECK (((name)::text ~ '^[a-z0-9][a-z0-9._-]*$'::text));
ALTER TABLE questions ADD CONSTRAINT questions_pkey PRIMARY KEY (name, version);
ALTER TABLE questions ADD CONSTRAINT questions_savedby_fkey FOREIGN KEY (savedby) REFERENCES investigators(id);
ALTER TABLE questions ADD CONSTRAINT questions_signature_check CHECK ((octet_length(signature) <= 16384));
ALTER TABLE questions ADD CONSTRAINT questions_version_check CHECK ((version > 0));
ALTER TABLE rejections ADD CONSTRAINT rejections_pkey PRIMARY KEY (id);
ALTER TABLE sessions ADD CONSTRAINT sessions_digest_check CHECK ((length(digest) = 32));
ALTER TABLE sessions ADD CONSTRAINT sessions_investigatorid_fkey FOREIGN KEY (investigatorid) REFERENCES investigators(id);
ALTER TABLE sessions ADD CONSTRAINT sessions_pkey PRIMARY KEY (digest);
ALTER TABLE signatures ADD CONSTRAINT signatures_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE signatures ADD CONSTRAINT signatures_actionid_investigatorid_key UNIQUE (actionid, investigatorid);
ALTER TABLE signatures ADD CONSTRAINT signatures_investigatorid_fkey FOREIGN KEY (investigatorid) REFERENCES investigators(id);
ALTER TABLE suspects ADD CONSTRAINT suspects_pkey PRIMARY KEY (digest);
ALTER TABLE sweep_actions ADD CONSTRAINT sweep_actions_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE sweep_actions ADD CONSTRAINT sweep_actions_pkey PRIMARY KEY (runid, part);
ALTER TABLE sweep_actions ADD CONSTRAINT sweep_actions_runid_fkey FOREIGN KEY (runid) REFERENCES sweep_runs(id);
ALTER TABLE sweep_endpoints ADD CONSTRAINT sweep_endpoints_pkey PRIMARY KEY (sweepid, queueloc);
ALTER TABLE sweep_endpoints ADD CONSTRAINT sweep_endpoints_sweepid_fkey FOREIGN KEY (sweepid) REFERENCES sweeps(id);
ALTER TABLE sweep_pauses ADD CONSTRAINT sweep_pauses_pkey PRIMARY KEY (sweepid, pausedat);
ALTER TABLE sweep_pauses ADD CONSTRAINT sweep_pauses_sweepid_fkey FOREIGN KEY (sweepid) REFERENCES sweeps(id);
ALTER TABLE sweep_runs ADD CONSTRAINT sweep_runs_kind_check CHECK (((kind)::text = ANY ((ARRAY['schedule'::character varying, 'trigger'::character varying, 'verify'::character varying])::text[])));
ALTER TABLE sweep_runs ADD CONSTRAINT sweep_runs_pkey PRIMARY KEY (id);
ALTER TABLE sweep_runs ADD CONSTRAINT sweep_runs_state_check CHECK (((state)::text = ANY ((ARRAY['awaiting signature'::character varying, 'running'::character varying, 'complete'::character varying, 'partial'::character varying, 'missed'::character varying, 'overlapped'::character varying, 'unsigned'::character varying])::text[])));
ALTER TABLE sweep_runs ADD CONSTRAINT sweep_runs_sweepid_fkey FOREIGN KEY (sweepid) REFERENCES sweeps(id);
ALTER TABLE sweep_runs ADD CONSTRAINT sweep_runs_sweepid_kind_plannedat_key UNIQUE (sweepid, kind, plannedat);
ALTER TABLE sweep_signed ADD CONSTRAINT sweep_signed_pkey PRIMARY KEY (sweepid, kind, plannedat, part);
ALTER TABLE sweep_signed ADD CONSTRAINT sweep_signed_postedby_fkey FOREIGN KEY (postedby) REFERENCES investigators(id);
ALTER TABLE sweep_signed ADD CONSTRAINT sweep_signed_sweepid_fkey FOREIGN KEY (sweepid) REFERENCES sweeps(id);
ALTER TABLE sweeps ADD CONSTRAINT sweeps_createdby_fkey FOREIGN KEY (createdby) REFERENCES investigators(id);
ALTER TABLE sweeps ADD CONSTRAINT sweeps_pkey PRIMARY KEY (id);
ALTER TABLE upgrade_commands ADD CONSTRAINT upgrade_commands_commandid_fkey FOREIGN KEY (commandid) REFERENCES commands(id);
ALTER TABLE upgrade_commands ADD CONSTRAINT upgrade_commands_pkey PRIMARY KEY (recordid, step);
ALTER TABLE upgrade_commands ADD CONSTRAINT upgrade_commands_recordid_fkey FOREIGN KEY (recordid) REFERENCES upgrades(commandid);
ALTER TABLE upgrades ADD CONSTRAINT upgrades_actionid_fkey FOREIGN KEY (actionid) REFERENCES actions(id);
ALTER TABLE upgrades ADD CONSTRAINT upgrades_commandid_fkey FOREIGN KEY (commandid) REFERENCES commands(id);
ALTER TABLE upgrades ADD CONSTRAINT upgrades_pkey PRIMARY KEY (commandid);
ALTER TABLE waivers ADD CONSTRAINT waivers_pkey PRIMARY KEY (id);
ALTER TABLE waivers ADD CONSTRAINT waivers_signedby_fkey FOREIGN KEY (signedby) REFERENCES investigators(id);
ALTER TABLE waivers ADD CONSTRAINT waivers_sweepid_fkey FOREIGN KEY (sweepid) REFERENCES sweeps(id);
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_eventid_fkey FOREIGN KEY (eventid) REFERENCES events(id) ON DELETE CASCADE;
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_state_check CHECK (((state)::text = ANY ((ARRAY['waiting'::character varying, 'delivered'::character varying, 'dead'::character varying])::text[])));
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_webhookid_eventid_key UNIQUE (webhookid, eventid);
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_webhookid_fkey FOREIGN KEY (webhookid) REFERENCES webhooks(id) ON DELETE CASCADE;
ALTER TABLE webhook_secrets ADD CONSTRAINT webhook_secrets_pkey PRIMARY KEY (id);
ALTER TABLE webhook_secrets ADD CONSTRAINT webhook_secrets_secret_check CHECK (((octet_length(secret) >= 24) AND (octet_length(secret) <= 64)));
ALTER TABLE webhook_secrets ADD CONSTRAINT webhook_secrets_webhookid_fkey FOREIGN KEY (webhookid) REFERENCES webhooks(id) ON DELETE CASCADE;
ALTER TABLE webhooks ADD CONSTRAINT webhooks_createdby_fkey FOREIGN KEY (createdby) REFERENCES investigators(id);
ALTER TABLE webhooks ADD CONSTRAINT webhooks_name_key UNIQUE (name);
ALTER TABLE webhooks ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

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
CREATE INDEX brakes_news ON public.brakes USING btree (newsat) WHERE (newsat IS NOT NULL);
CREATE INDEX commands_actionid ON public.commands USING btree (actionid, id);
CREATE INDEX commands_agentid ON public.commands USING btree (agentid, starttime DESC);
CREATE INDEX commands_cancelled ON public.commands USING btree (queueloc) WHERE (((status)::text = 'cancelled'::text) AND (results IS NULL));
CREATE INDEX commands_returned ON public.commands USING btree (queueloc) WHERE (((status)::text = 'sent'::text) AND (returnedat IS NOT NULL));
CREATE INDEX commands_starttime ON public.commands USING btree (starttime DESC);
CREATE INDEX commands_waiting ON public.commands USING btree (actionid, id) WHERE ((status)::text = 'sent'::text);
CREATE INDEX compliance_items_status ON public.compliance_items USING btree (sweepid, checkid, status);
CREATE INDEX departures_canary ON public.departures USING btree (actionid) WHERE iscanary;
CREATE INDEX departures_uncounted ON public.departures USING btree (actionid) WHERE (isfailed IS NULL);
CREATE INDEX events_in_order ON public.events USING btree (txid, id);
CREATE INDEX events_of_item ON public.events USING btree (((detail ->> 'sweepid'::text)), ((detail ->> 'queueloc'::text)), id) WHERE ((kind)::text = 'sweep.flipped'::text);
CREATE INDEX events_of_run ON public.events USING btree (((detail ->> 'runid'::text))) WHERE ((kind)::text = 'sweep.flipped'::text);
CREATE INDEX events_of_signatures ON public.events USING btree (((detail ->> 'sweepid'::text)), at) WHERE ((kind)::text = 'sweep.signatures'::text);
CREATE INDEX events_to_trim ON public.events USING btree (at) WHERE ((kind)::text <> 'sweep.flipped'::text);
CREATE INDEX inbox_submitted ON public.inbox USING btree (submittedby, submittedat);
CREATE INDEX inbox_waiting ON public.inbox USING btree (expireafter) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX investigators_apikeyprefix ON public.investigators USING btree (apikeyprefix) WHERE (apikeyprefix IS NOT NULL);
CREATE INDEX newcomers_checkat ON public.newcomers USING btree (checkat);
CREATE INDEX questions_saved ON public.questions USING btree (savedby, savedat);
CREATE INDEX rejections_receivedat ON public.rejections USING btree (receivedat DESC);
CREATE INDEX sessions_expiresat ON public.sessions USING btree (expiresat);
CREATE INDEX sessions_investigatorid ON public.sessions USING btree (investigatorid, createdat);
CREATE INDEX signatures_investigatorid ON public.signatures USING btree (investigatorid);
CREATE INDEX suspects_notedat ON public.suspects USING btree (notedat);
CREATE INDEX sweep_actions_action ON public.sweep_actions USING btree (actionid);
CREATE INDEX sweep_endpoints_agent ON public.sweep_endpoints USING btree (sweepid, agent);
CREATE UNIQUE INDEX sweep_pauses_open ON public.sweep_pauses USING btree (sweepid) WHERE (resumedat IS NULL);
CREATE INDEX sweep_runs_latest ON public.sweep_runs USING btree (sweepid, id);
CREATE INDEX sweep_runs_unfinished ON public.sweep_runs USING btree (id) WHERE (finishedat IS NULL);
CREATE UNIQUE INDEX sweeps_name ON public.sweeps USING btree (name) WHERE (deletedat IS NULL);
CREATE INDEX upgrades_actionid ON public.upgrades USING btree (actionid, commandid);
CREATE INDEX upgrades_open ON public.upgrades USING btree (actionid, step) WHERE (finishedat IS NULL);
CREATE INDEX upgrades_queueloc ON public.upgrades USING btree (queueloc) WHERE (finishedat IS NULL);
CREATE INDEX waivers_check ON public.waivers USING btree (sweepid, checkid);
CREATE UNIQUE INDEX waivers_once ON public.waivers USING btree (sweepid, md5(document));
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (webhookid, dueat, id) WHERE ((state)::text = 'waiting'::text);
CREATE INDEX webhook_deliveries_ended ON public.webhook_deliveries USING btree (endedat) WHERE (endedat IS NOT NULL);
CREATE INDEX webhook_deliveries_event ON public.webhook_deliveries USING btree (eventid);
CREATE UNIQUE INDEX webhook_secrets_present ON public.webhook_secrets USING btree (webhookid) WHERE (expiresat IS NULL);

CREATE TRIGGER complete BEFORE INSERT ON public.audit FOR EACH ROW EXECUTE FUNCTION audit_complete();
CREATE TRIGGER only_grows BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER notify_readers AFTER INSERT ON public.events REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION notify_event_readers();
CREATE TRIGGER stays_ended BEFORE UPDATE ON public.inbox FOR EACH ROW WHEN (((old.state)::text <> 'waiting'::text)) EXECUTE FUNCTION inbox_stays_ended();
CREATE TRIGGER administrator_changed AFTER UPDATE ON public.investigators FOR EACH ROW WHEN ((old.isadministrator AND (NOT new.isadministrator))) EXECUTE FUNCTION keep_one_administrator();
CREATE TRIGGER administrator_deleted AFTER DELETE ON public.investigators FOR EACH ROW WHEN (old.isadministrator) EXECUTE FUNCTION keep_one_administrator();
CREATE TRIGGER stays_disabled BEFORE UPDATE ON public.manifests FOR EACH ROW WHEN ((((old.status)::text = 'disabled'::text) AND ((new.status)::text <> 'disabled'::text))) EXECUTE FUNCTION manifest_stays_disabled();
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
CREATE OR REPLACE FUNCTION public.inbox_stays_ended()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'an entry of the inbox that has ended stays as it is'
    USING ERRCODE = 'check_violation', TABLE = 'inbox', CONSTRAINT = 'inbox_stays_ended';
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
CREATE OR REPLACE FUNCTION public.manifest_stays_disabled()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  RAISE EXCEPTION 'a disabled manifest stays disabled'
    USING ERRCODE = 'check_violation', TABLE = 'manifests', CONSTRAINT = 'manifest_stays_disabled';
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
CREATE OR REPLACE FUNCTION mig_target.choose_loaders(condition text)
 RETURNS SETOF numeric
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
DECLARE
  chosen numeric;
BEGIN
  FOR chosen IN EXECUTE
    'SELECT loaders.id FROM public.loaders WHERE (' || condition || E'\n) ORDER BY loaders.id'
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
CREATE OR REPLACE FUNCTION mig_target.explain_loaders(condition text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
DECLARE
  plan refcursor;
BEGIN
  OPEN plan NO SCROLL FOR EXECUTE 'EXPLAIN SELECT 1 FROM public.loaders WHERE (' || condition || E'\n)';
  CLOSE plan;
END $function$
;
CREATE OR REPLACE FUNCTION mig_target.match_loader(loader numeric, conditions text[])
 RETURNS boolean[]
 LANGUAGE plpgsql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET standard_conforming_strings TO 'on'
AS $function$
DECLARE
  condition text;
  found numeric;
  outcomes boolean[] := '{}';
  outcome boolean;
BEGIN
  FOREACH condition IN ARRAY conditions LOOP
    outcome := false;
    BEGIN
      FOR found IN EXECUTE
        'SELECT loaders.id FROM public.loaders WHERE loaders.id = $1 AND (' || condition || E'\n)' USING loader
      LOOP
        outcome := true;
      END LOOP;
    EXCEPTION
      WHEN data_exception OR syntax_error_or_access_rule_violation OR program_limit_exceeded THEN
        outcome := false;
    END;
    outcomes := outcomes || outcome;
  END LOOP;
  RETURN outcomes;
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
CREATE OR REPLACE FUNCTION public.notify_event_readers()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
BEGIN
  IF EXISTS (SELECT FROM added) THEN
    PERFORM pg_notify('mig_event', '');
  END IF;
  RETURN NULL;
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

GRANT SELECT ON acls TO migapi;
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
GRANT SELECT ON brakes TO migapi;
GRANT SELECT, UPDATE ON brakes TO migscheduler;
GRANT SELECT ON commands TO migapi;
GRANT SELECT ON commands TO migreadonly;
GRANT INSERT, SELECT, UPDATE ON commands TO migscheduler;
GRANT SELECT ON compliance_items TO migapi;
GRANT INSERT, SELECT, UPDATE ON compliance_items TO migscheduler;
GRANT DELETE, INSERT, SELECT, UPDATE ON departures TO migscheduler;
GRANT DELETE, INSERT, SELECT ON event_parts TO migscheduler;
GRANT INSERT, SELECT, UPDATE ON event_readers TO migscheduler;
GRANT INSERT, SELECT ON events TO migapi;
GRANT DELETE, INSERT, SELECT ON events TO migscheduler;
GRANT USAGE ON ids TO migapi;
GRANT USAGE ON ids TO migscheduler;
GRANT SELECT ON inbox TO migapi;
GRANT SELECT ON inbox_signatures TO migapi;
GRANT SELECT ON invagtmodperm TO migapi;
GRANT SELECT ON invagtmodperm TO migreadonly;
GRANT SELECT ON invagtmodperm TO migscheduler;
GRANT USAGE ON investigators_id_seq TO migapi;
GRANT SELECT ON loaders TO migapi;
GRANT SELECT ON loaders TO migscheduler;
GRANT USAGE ON loaders_id_seq TO migapi;
GRANT INSERT, SELECT ON manifest_files TO migapi;
GRANT SELECT ON manifests TO migapi;
GRANT SELECT ON manifests TO migscheduler;
GRANT USAGE ON manifests_id_seq TO migapi;
GRANT DELETE, INSERT, SELECT ON manifestsig TO migapi;
GRANT SELECT ON manifestsig TO migscheduler;
GRANT SELECT ON modules TO migapi;
GRANT SELECT ON modules TO migreadonly;
GRANT SELECT ON modules TO migscheduler;
GRANT INSERT, SELECT ON newcomers TO migapi;
GRANT DELETE, SELECT ON newcomers TO migscheduler;
GRANT SELECT ON question_removals TO migapi;
GRANT SELECT ON questions TO migapi;
GRANT SELECT ON rejections TO migapi;
GRANT DELETE, INSERT, SELECT ON rejections TO migscheduler;
GRANT DELETE, INSERT, SELECT ON sessions TO migapi;
GRANT INSERT, SELECT ON signatures TO migapi;
GRANT SELECT ON signatures TO migreadonly;
GRANT INSERT, SELECT ON signatures TO migscheduler;
GRANT DELETE, INSERT, SELECT, UPDATE ON suspects TO migscheduler;
GRANT SELECT ON sweep_actions TO migapi;
GRANT INSERT, SELECT ON sweep_actions TO migscheduler;
GRANT SELECT ON sweep_endpoints TO migapi;
GRANT INSERT, SELECT, UPDATE ON sweep_endpoints TO migscheduler;
GRANT INSERT, SELECT ON sweep_pauses TO migapi;
GRANT SELECT ON sweep_pauses TO migscheduler;
GRANT INSERT, SELECT ON sweep_runs TO migapi;
GRANT INSERT, SELECT, UPDATE ON sweep_runs TO migscheduler;
GRANT INSERT, SELECT ON sweep_signed TO migapi;
GRANT SELECT ON sweep_signed TO migscheduler;
GRANT INSERT, SELECT ON sweeps TO migapi;
GRANT SELECT ON sweeps TO migscheduler;
GRANT INSERT, SELECT, UPDATE ON upgrade_commands TO migscheduler;
GRANT SELECT ON upgrades TO migapi;
GRANT INSERT, SELECT, UPDATE ON upgrades TO migscheduler;
GRANT INSERT, SELECT ON waivers TO migapi;
GRANT SELECT ON waivers TO migscheduler;
GRANT SELECT ON webhook_deliveries TO migapi;
GRANT DELETE, SELECT ON webhook_deliveries TO migscheduler;
GRANT DELETE, SELECT ON webhook_secrets TO migscheduler;
GRANT DELETE, SELECT ON webhooks TO migapi;
GRANT SELECT ON webhooks TO migscheduler;

GRANT INSERT (document, publishedby, signature, version) ON acls TO migapi;
GRANT UPDATE (braked, workflowat) ON actions TO migapi;
GRANT UPDATE (destructiontime, environment, heartbeattime, mode, name, notice, refreshtime, status, tags, version) ON agents TO migapi;
GRANT INSERT (actor, address, detail, fingerprint, investigatorid, isproven, kind, objectid, outcome, requestid, source, times) ON audit TO migapi;
GRANT INSERT (actor, detail, eventid, kind, objectid, outcome, requestid, source) ON audit TO migscheduler;
GRANT UPDATE (expiresat) ON boundtokens TO migapi;
GRANT INSERT (actionid, settings) ON brakes TO migapi;
GRANT UPDATE (canarypassedat, newsat, settings) ON brakes TO migapi;
GRANT INSERT (action, digest, expireafter, modules, name, note, notesignature, submittedby, target, validfrom) ON inbox TO migapi;
GRANT UPDATE (actionid, endedat, endedby, reason, state) ON inbox TO migapi;
GRANT INSERT (inboxid, investigatorid, signature) ON inbox_signatures TO migapi;
GRANT INSERT (createdat, lastmodified, name, permissions, pgpfingerprint, publickey, status) ON investigators TO migapi;
GRANT SELECT (apikey, apikeyprefix, apisalt, createdat, id, isadministrator, lastmodified, name, permissions, pgpfingerprint, publickey, status) ON investigators TO migapi;
GRANT UPDATE (apikey, apikeyprefix, apisalt, lastmodified, permissions, status) ON investigators TO migapi;
GRANT SELECT (createdat, id, lastmodified, name, pgpfingerprint, publickey, status) ON investigators TO migreadonly;
GRANT SELECT (createdat, id, lastmodified, name, permissions, pgpfingerprint, publickey, status) ON investigators TO migscheduler;
GRANT INSERT (expectenv, keyprefix, lastseen, loaderkey, loadername, salt) ON loaders TO migapi;
GRANT UPDATE (enabled, env, expectenv, lastseen, loaderkey, name, queueloc, salt, tags) ON loaders TO migapi;
GRANT SELECT (env, expectenv, id, loadername, name, queueloc, tags) ON loaders TO migreadonly;
GRANT INSERT (content, name, status, target, "timestamp") ON manifests TO migapi;
GRANT UPDATE (status, withdrawnat) ON manifests TO migapi;
GRANT UPDATE (body, receivedat) ON newcomers TO migapi;
GRANT UPDATE (checkat, checks) ON newcomers TO migscheduler;
GRANT INSERT (name, removedby, version) ON question_removals TO migapi;
GRANT INSERT (description, digest, document, name, savedby, signature, version) ON questions TO migapi;
GRANT UPDATE (expiresat) ON sessions TO migapi;
GRANT UPDATE (resumedat) ON sweep_pauses TO migapi;
GRANT UPDATE (expireafter, name, operations, postedby, signatures, signers, validfrom) ON sweep_signed TO migapi;
GRANT UPDATE (deletedat, paused) ON sweeps TO migapi;
GRANT UPDATE (accountedto, scheduledas) ON sweeps TO migscheduler;
GRANT UPDATE (revokedat) ON waivers TO migapi;
GRANT INSERT (eventid, webhookid) ON webhook_deliveries TO migapi;
GRANT UPDATE (attempts, dueat, endedat, state) ON webhook_deliveries TO migapi;
GRANT INSERT (eventid, webhookid) ON webhook_deliveries TO migscheduler;
GRANT UPDATE (attempts, dueat, endedat, error, lastat, response, state, status) ON webhook_deliveries TO migscheduler;
GRANT INSERT (secret, webhookid) ON webhook_secrets TO migapi;
GRANT SELECT (expiresat, id, webhookid) ON webhook_secrets TO migapi;
GRANT UPDATE (expiresat) ON webhook_secrets TO migapi;
GRANT INSERT (createdby, name, types, url) ON webhooks TO migapi;
GRANT UPDATE (disabledreason, enabled, failingsince, failures, name, notbefore, types, url) ON webhooks TO migapi;
GRANT UPDATE (disabledreason, enabled, failedat, failingsince, failures, notbefore) ON webhooks TO migscheduler;

GRANT EXECUTE ON FUNCTION mig_target.choose(text,boolean) TO migadmin;
GRANT EXECUTE ON FUNCTION mig_target.choose_loaders(text) TO migsearch;
GRANT EXECUTE ON FUNCTION mig_target.explain(text) TO migsearch;
GRANT EXECUTE ON FUNCTION mig_target.explain_loaders(text) TO migsearch;
GRANT EXECUTE ON FUNCTION mig_target.match_loader(numeric,text[]) TO migsearch;
GRANT EXECUTE ON FUNCTION mig_target.resolve(numeric,boolean) TO migtarget;
GRANT EXECUTE ON FUNCTION mig_target.search(text,boolean,bigint,bigint) TO migsearch;
GRANT EXECUTE ON FUNCTION renew_public_key(numeric,bytea,bytea) TO migapi;
