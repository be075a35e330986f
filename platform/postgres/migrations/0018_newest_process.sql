-- As before, but the record of a process that ended is no way to its endpoint while another process of it runs: a target that
-- asks for offline agents reaches, counts and lists none that is online.
GRANT USAGE, CREATE ON SCHEMA mig_target TO migreadonly;
SET LOCAL ROLE migreadonly;
-- Its owner may not call it, but Postgres lets nobody else check what is written anew.
GRANT EXECUTE ON FUNCTION mig_target.choose(text, boolean) TO migreadonly;
CREATE OR REPLACE FUNCTION mig_target.choose(target text, with_offline boolean)
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
    || ' OR agents.status = ''offline'' AND (agents.mode = ''checkin'' OR $1)'
    || ' AND NOT EXISTS ('
    || 'SELECT FROM public.agents other'
    || ' WHERE other.queueloc = agents.queueloc AND other.status IN (''online'', ''idle''))) AND ('
    || target || E'\n) ORDER BY agents.queueloc, agents.heartbeattime DESC' USING with_offline
  LOOP
    RETURN NEXT chosen;
  END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION mig_target.choose(text, boolean) FROM migreadonly;
RESET ROLE;
REVOKE ALL ON SCHEMA mig_target FROM migreadonly;
