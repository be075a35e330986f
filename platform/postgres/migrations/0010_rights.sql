-- Investigators are written by the API and the administrator, never by the worker.
REVOKE INSERT (name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions)
  ON investigators FROM migscheduler;
REVOKE USAGE ON SEQUENCE investigators_id_seq FROM migscheduler;

-- An administrator can give rights back to everybody: one that may log in, and may change investigators (bit 18).
ALTER TABLE investigators ADD COLUMN isadministrator boolean NOT NULL
  GENERATED ALWAYS AS (status = 'active' AND publickey IS NOT NULL AND permissions & 262144 <> 0) STORED;
GRANT SELECT (isadministrator) ON investigators TO migapi;

-- Whoever takes an administrator away writes this row first, so two of them at once take turns, and in the stricter
-- isolation levels the second one fails.
CREATE TABLE administration (
  id      integer PRIMARY KEY CHECK (id = 1),
  changes bigint NOT NULL DEFAULT 0
);
INSERT INTO administration (id) VALUES (1);

CREATE FUNCTION keep_one_administrator() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE public.administration
  SET changes = changes + 1
  WHERE id = 1;
  IF NOT EXISTS (SELECT FROM public.investigators WHERE isadministrator) THEN
    RAISE EXCEPTION 'the last administrator must remain'
      USING ERRCODE = 'check_violation', TABLE = 'investigators', CONSTRAINT = 'one_administrator_remains';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION keep_one_administrator() FROM PUBLIC;

CREATE TRIGGER administrator_changed AFTER UPDATE ON investigators
  FOR EACH ROW WHEN (OLD.isadministrator AND NOT NEW.isadministrator)
  EXECUTE FUNCTION keep_one_administrator();
CREATE TRIGGER administrator_deleted AFTER DELETE ON investigators
  FOR EACH ROW WHEN (OLD.isadministrator)
  EXECUTE FUNCTION keep_one_administrator();

-- An idempotency key belongs to whoever sent it. Of an older action that is one of its signers.
ALTER TABLE actions ADD COLUMN idempotencyowner numeric REFERENCES investigators;
UPDATE actions
SET idempotencyowner = (SELECT min(s.investigatorid) FROM signatures s WHERE s.actionid = actions.id)
WHERE idempotencykey IS NOT NULL;
ALTER TABLE actions DROP CONSTRAINT actions_idempotencykey_key;
ALTER TABLE actions ADD CONSTRAINT actions_idempotency UNIQUE (idempotencyowner, idempotencykey);
ALTER TABLE actions ADD CHECK (idempotencykey IS NULL OR idempotencyowner IS NOT NULL) NOT VALID;
