-- The ACL of the agents, as an administrator published it. It tells people which weight an action lacks; agents decide by
-- their own.
CREATE TABLE acls (
  version     integer PRIMARY KEY CHECK (version > 0),
  document    text NOT NULL CHECK (octet_length(document) <= 262144),
  signature   text NOT NULL CHECK (octet_length(signature) <= 16384),
  publishedby numeric NOT NULL REFERENCES investigators,
  publishedat timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN acls.version IS 'counts up by one, and is part of the signed text';
COMMENT ON COLUMN acls.document IS 'the signed text, byte for byte';
COMMENT ON COLUMN acls.signature IS 'an armored detached signature of an administrator';
GRANT SELECT ON acls TO migapi;
GRANT INSERT (version, document, signature, publishedby) ON acls TO migapi;

-- Actions that wait, unlaunched, for further signatures.
CREATE TABLE inbox (
  id            numeric PRIMARY KEY DEFAULT nextval('ids'),
  action        text NOT NULL CHECK (octet_length(action) <= 524288),
  digest        bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
  name          varchar(2048) NOT NULL,
  target        varchar(2048) NOT NULL,
  modules       text[] NOT NULL,
  validfrom     timestamptz NOT NULL,
  expireafter   timestamptz NOT NULL,
  note          text NOT NULL CHECK (octet_length(note) <= 16384),
  notesignature text NOT NULL CHECK (octet_length(notesignature) <= 16384),
  submittedby   numeric NOT NULL REFERENCES investigators,
  submittedat   timestamptz NOT NULL DEFAULT now(),
  state         varchar(16) NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'launched', 'declined', 'withdrawn')),
  actionid      numeric REFERENCES actions,
  reason        text CHECK (length(reason) <= 1000),
  endedby       numeric REFERENCES investigators,
  endedat       timestamptz,
  CHECK ((state = 'waiting') = (endedat IS NULL)),
  CHECK ((state = 'waiting') = (endedby IS NULL)),
  CHECK ((state = 'launched') = (actionid IS NOT NULL)),
  CHECK ((state = 'declined') = (reason IS NOT NULL))
);
COMMENT ON COLUMN inbox.action IS 'the action as JSON, without its signatures';
COMMENT ON COLUMN inbox.digest IS 'SHA-256 of the signed text: a text comes into the inbox once';
COMMENT ON COLUMN inbox.name IS 'of the action, as target, modules, validfrom and expireafter: for lists';
COMMENT ON COLUMN inbox.expireafter IS 'an entry that waits until then has expired';
COMMENT ON COLUMN inbox.note IS 'what the first signer saw and wants, byte for byte as it was signed';
COMMENT ON COLUMN inbox.notesignature IS 'an armored detached signature of the submitter over the note';
COMMENT ON COLUMN inbox.actionid IS 'the action that was launched';
COMMENT ON COLUMN inbox.reason IS 'why it was declined';
CREATE INDEX inbox_waiting ON inbox (expireafter) WHERE state = 'waiting';
CREATE INDEX inbox_submitted ON inbox (submittedby, submittedat);

CREATE TABLE inbox_signatures (
  inboxid        numeric NOT NULL REFERENCES inbox,
  investigatorid numeric NOT NULL REFERENCES investigators,
  signature      text NOT NULL CHECK (octet_length(signature) <= 16384),
  signedat       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (inboxid, investigatorid)
);
COMMENT ON COLUMN inbox_signatures.signature IS 'an armored detached signature over the signed text of the action';
COMMENT ON COLUMN inbox_signatures.signedat IS 'when the platform verified it';

GRANT SELECT ON inbox, inbox_signatures TO migapi;
GRANT INSERT (action, digest, name, target, modules, validfrom, expireafter, note, notesignature, submittedby)
  ON inbox TO migapi;
GRANT UPDATE (state, actionid, reason, endedby, endedat) ON inbox TO migapi;
GRANT INSERT (inboxid, investigatorid, signature) ON inbox_signatures TO migapi;

-- What was launched, declined or withdrawn stays so.
CREATE FUNCTION inbox_stays_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an entry of the inbox that has ended stays as it is'
    USING ERRCODE = 'check_violation', TABLE = 'inbox', CONSTRAINT = 'inbox_stays_ended';
END $$;
REVOKE ALL ON FUNCTION inbox_stays_ended() FROM PUBLIC;
CREATE TRIGGER stays_ended BEFORE UPDATE ON inbox
  FOR EACH ROW WHEN (OLD.state <> 'waiting')
  EXECUTE FUNCTION inbox_stays_ended();
