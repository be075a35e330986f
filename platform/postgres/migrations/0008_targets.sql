-- Targets run in sessions of two login roles that may do nothing but call a function here: migtarget expands the target of
-- a stored action, migsearch plans and searches for the API. The schema is on no search path, and neither the roles
-- nor the target itself can name what is in it.
DO $$
DECLARE
  missing text;
BEGIN
  FOREACH missing IN ARRAY ARRAY['migtarget', 'migsearch'] LOOP
    CONTINUE WHEN EXISTS (SELECT 1 FROM pg_roles WHERE rolname = missing);
    BEGIN
      -- Without LOGIN: whoever runs the platform gives it a password (docs/operations.md).
      EXECUTE format('CREATE ROLE %I NOLOGIN', missing);
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN
        NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role % is missing: create it as a superuser (docs/operations.md), then migrate again', missing;
    END;
  END LOOP;
END $$;

CREATE SCHEMA mig_target;
REVOKE ALL ON SCHEMA mig_target FROM PUBLIC;

-- The agents that a target reaches, one of each endpoint, in the order of the endpoints. The text is evaluated with nothing but
-- the rights of migreadonly: SECURITY DEFINER holds where SET ROLE does not, STABLE forbids every write, and a cursor,
-- which FOR opens, takes one statement only. Before a target comes here it was parsed alone and checked against the
-- allow-list (platform/postgres/target/target.ts); this is the second wall, and holds without it.
CREATE FUNCTION mig_target.choose(target text, with_offline boolean)
  RETURNS SETOF numeric
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 10000
  SET search_path = pg_catalog, public, pg_temp
  SET standard_conforming_strings = on
AS $$
DECLARE
  chosen numeric;
BEGIN
  FOR chosen IN EXECUTE
    'SELECT DISTINCT ON (agents.queueloc) agents.id FROM public.agents WHERE '
    || '(agents.status IN (''online'', ''idle'')'
    || ' OR agents.status = ''offline'' AND (agents.mode = ''checkin'' OR $1)) AND ('
    || target || E'\n) ORDER BY agents.queueloc, agents.heartbeattime DESC' USING with_offline
  LOOP
    RETURN NEXT chosen;
  END LOOP;
END $$;

-- The plan of the same condition, to refuse a target before it is stored; runs nothing. VOLATILE only because
-- Postgres allows no EXPLAIN in a STABLE function.
CREATE FUNCTION mig_target.explain(target text)
  RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
  SET standard_conforming_strings = on
AS $$
DECLARE
  plan refcursor;
BEGIN
  OPEN plan NO SCROLL FOR EXECUTE 'EXPLAIN SELECT 1 FROM public.agents WHERE (' || target || E'\n)';
  CLOSE plan;
END $$;

-- Expands the target of a stored action into one command per endpoint, once: the action's row is locked, and a second
-- call returns the stored count. Ids are all that it takes from the target: queue names are read from the agents.
CREATE FUNCTION mig_target.resolve(action numeric, with_offline boolean)
  RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  condition text;
  resolved timestamptz;
BEGIN
  SELECT a.target, a.resolvedat INTO condition, resolved FROM public.actions a WHERE a.id = action FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
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
END $$;

-- The agents that a target reaches now, a page of them.
CREATE FUNCTION mig_target.search(target text, with_offline boolean, page_limit bigint, page_offset bigint)
  RETURNS SETOF numeric
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
  SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
    SELECT chosen.id
    FROM mig_target.choose(target, with_offline) WITH ORDINALITY AS chosen (id, place)
    ORDER BY chosen.place
    LIMIT page_limit
    OFFSET page_offset;
END $$;

GRANT USAGE ON SCHEMA mig_target TO migtarget, migsearch;
REVOKE ALL ON FUNCTION mig_target.resolve(numeric, boolean), mig_target.search(text, boolean, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mig_target.resolve(numeric, boolean) TO migtarget;
GRANT EXECUTE ON FUNCTION mig_target.search(text, boolean, bigint, bigint) TO migsearch;

-- Its owner may call it as little as anybody else: a target that names it is refused.
GRANT USAGE, CREATE ON SCHEMA mig_target TO migreadonly;
ALTER FUNCTION mig_target.choose(text, boolean) OWNER TO migreadonly;
ALTER FUNCTION mig_target.explain(text) OWNER TO migreadonly;
SET LOCAL ROLE migreadonly;
REVOKE ALL ON FUNCTION mig_target.choose(text, boolean), mig_target.explain(text) FROM PUBLIC, migreadonly;
GRANT EXECUTE ON FUNCTION mig_target.choose(text, boolean) TO SESSION_USER;
GRANT EXECUTE ON FUNCTION mig_target.explain(text) TO migsearch;
RESET ROLE;
REVOKE ALL ON SCHEMA mig_target FROM migreadonly;

DROP FUNCTION public.mig_resolve(text, boolean);
DROP FUNCTION public.mig_explain(text);
