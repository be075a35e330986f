-- What MIG's API has besides: keys of investigators for programs, loaders, and manifests of what they install.

-- A key is looked up by its first characters, so that one hash is made for each request.
ALTER TABLE investigators ADD COLUMN apikeyprefix varchar(8);
CREATE INDEX investigators_apikeyprefix ON investigators (apikeyprefix) WHERE apikeyprefix IS NOT NULL;
GRANT SELECT (apikeyprefix), UPDATE (apikeyprefix) ON investigators TO migapi;

-- A new loader is disabled, and has never been seen on an endpoint.
REVOKE INSERT ON loaders FROM migapi;
GRANT INSERT (loadername, keyprefix, loaderkey, salt, lastseen, expectenv) ON loaders TO migapi;
ALTER TABLE loaders ADD CHECK (length(loaderkey) = 32), ADD CHECK (length(salt) = 16);

-- A manifest is withdrawn by removing its signatures: those that are older than that do not come back.
ALTER TABLE manifests ADD COLUMN withdrawnat timestamptz;
ALTER TABLE manifests ADD CHECK (status IN ('staged', 'active', 'disabled'));
REVOKE INSERT ON manifests FROM migapi;
GRANT INSERT (name, content, timestamp, status, target) ON manifests TO migapi;
GRANT UPDATE (withdrawnat) ON manifests TO migapi;
ALTER TABLE manifestsig ADD FOREIGN KEY (investigatorid) REFERENCES investigators;

-- The files of a manifest in the order of its archive, unpacked once, when it was made.
CREATE TABLE manifest_files (
  manifestid numeric NOT NULL REFERENCES manifests,
  place      integer NOT NULL,
  name       varchar(255) NOT NULL,
  sha256     bytea NOT NULL CHECK (length(sha256) = 32),
  data       bytea NOT NULL,                             -- the file, compressed by gzip
  PRIMARY KEY (manifestid, name)
);
GRANT SELECT, INSERT ON manifest_files TO migapi;

-- A disabled manifest stays disabled.
CREATE FUNCTION manifest_stays_disabled() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'a disabled manifest stays disabled'
    USING ERRCODE = 'check_violation', TABLE = 'manifests', CONSTRAINT = 'manifest_stays_disabled';
END $$;
REVOKE ALL ON FUNCTION manifest_stays_disabled() FROM PUBLIC;
CREATE TRIGGER stays_disabled BEFORE UPDATE ON manifests
  FOR EACH ROW WHEN (OLD.status = 'disabled' AND NEW.status <> 'disabled')
  EXECUTE FUNCTION manifest_stays_disabled();

-- Conditions over `loaders`: targets of manifests, and what a loader is expected to say of its machine. They are evaluated as
-- those over `agents` are (0008_targets.sql): with the rights of migreadonly, in a cursor, after the allow-list.
GRANT SELECT (name) ON loaders TO migreadonly;

-- Whether a loader fulfils each of the conditions. One that fails on its row is not fulfilled, and hinders no other.
CREATE FUNCTION mig_target.match_loader(loader numeric, conditions text[])
  RETURNS boolean[]
  LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
  SET standard_conforming_strings = on
AS $$
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
END $$;

-- The loaders that fulfil a condition.
CREATE FUNCTION mig_target.choose_loaders(condition text)
  RETURNS SETOF numeric
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1000
  SET search_path = pg_catalog, public, pg_temp
  SET standard_conforming_strings = on
AS $$
DECLARE
  chosen numeric;
BEGIN
  FOR chosen IN EXECUTE
    'SELECT loaders.id FROM public.loaders WHERE (' || condition || E'\n) ORDER BY loaders.id'
  LOOP
    RETURN NEXT chosen;
  END LOOP;
END $$;

-- The plan of a condition, to refuse it before it is stored. VOLATILE only because Postgres allows no EXPLAIN otherwise.
CREATE FUNCTION mig_target.explain_loaders(condition text)
  RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
  SET standard_conforming_strings = on
AS $$
DECLARE
  plan refcursor;
BEGIN
  OPEN plan NO SCROLL FOR EXECUTE 'EXPLAIN SELECT 1 FROM public.loaders WHERE (' || condition || E'\n)';
  CLOSE plan;
END $$;

GRANT USAGE, CREATE ON SCHEMA mig_target TO migreadonly;
ALTER FUNCTION mig_target.match_loader(numeric, text[]) OWNER TO migreadonly;
ALTER FUNCTION mig_target.choose_loaders(text) OWNER TO migreadonly;
ALTER FUNCTION mig_target.explain_loaders(text) OWNER TO migreadonly;
SET LOCAL ROLE migreadonly;
REVOKE ALL ON FUNCTION mig_target.match_loader(numeric, text[]), mig_target.choose_loaders(text),
  mig_target.explain_loaders(text) FROM PUBLIC, migreadonly;
GRANT EXECUTE ON FUNCTION mig_target.match_loader(numeric, text[]), mig_target.choose_loaders(text),
  mig_target.explain_loaders(text) TO migsearch;
RESET ROLE;
REVOKE ALL ON SCHEMA mig_target FROM migreadonly;
