-- Evaluates a target with nothing but the rights of migreadonly. SECURITY DEFINER holds where SET ROLE does not: the
-- text cannot change the role, STABLE forbids every write, and the search path is fixed. Before a target comes here
-- it was parsed alone and checked against the allow-list (platform/postgres/target/target.ts); this is the second wall.
CREATE FUNCTION mig_resolve(target text, with_offline boolean) RETURNS TABLE (agentid numeric, agentqueueloc varchar)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT DISTINCT ON (agents.queueloc) agents.id, agents.queueloc FROM public.agents WHERE '
    || '(agents.status IN (''online'', ''idle'')'
    || ' OR agents.status = ''offline'' AND (agents.mode = ''checkin'' OR $1)) AND ('
    || target || E'\n) ORDER BY agents.queueloc, agents.heartbeattime DESC' USING with_offline;
END $$;

-- The plan of the same statement, to refuse a target before it is stored; runs nothing. VOLATILE only because
-- Postgres allows no EXPLAIN in a STABLE function.
CREATE FUNCTION mig_explain(target text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE 'EXPLAIN SELECT 1 FROM public.agents WHERE (' || target || E'\n)';
END $$;

GRANT CREATE ON SCHEMA public TO migreadonly;
ALTER FUNCTION mig_resolve(text, boolean) OWNER TO migreadonly;
ALTER FUNCTION mig_explain(text) OWNER TO migreadonly;
REVOKE CREATE ON SCHEMA public FROM migreadonly;
SET LOCAL ROLE migreadonly;
REVOKE ALL ON FUNCTION mig_resolve(text, boolean), mig_explain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mig_resolve(text, boolean), mig_explain(text) TO migapi, migscheduler;
RESET ROLE;
