-- Run as a superuser in the platform's own database, at its making and after an upgrade of Postgres; safe to repeat.
--
-- PUBLIC loses the functions of Postgres that act on the server: large objects, advisory locks, sleeping, settings,
-- notifications, functions that run a query given as text, and whatever else is volatile. What only tells the state of
-- the server, random numbers and the functions behind column defaults stay. The roles of the platform get back what they use.
DO $$
DECLARE
  found regprocedure;
BEGIN
  FOR found IN
    SELECT p.oid::regprocedure
    FROM pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
      AND p.prokind = 'f'
      AND has_function_privilege('public', p.oid, 'EXECUTE')
      -- Triggers and handlers are not called by name.
      AND p.prorettype NOT IN (
        SELECT oid FROM pg_type WHERE typname = 'internal' OR typname = 'trigger' OR typname LIKE '%\_handler'
      )
      AND (
        p.proname ~ '^(lo_|loread|lowrite|pg_(try_)?advisory_|pg_sleep|ts_stat|current_setting$|set_config$)'
        OR p.proname ~ '^(query|cursor|table|schema|database)_to_xml'
        OR p.proname ~ '^(pg_notify|pg_logical_emit_message|pg_export_snapshot|dblink)'
        OR p.provolatile = 'v'
          AND p.proname !~ '^(nextval|currval|lastval|setval|random|setseed|gen_random_uuid|uuid)'
          AND p.proname !~ '^(clock_timestamp|timeofday|current_query|txid_)'
          AND p.proname !~ '^pg_(stat_get|get|is|last|current|xact|control|partition|blocking|safe_snapshot)_'
          AND p.proname !~ '^pg_(lock_status|prepared_xact|sequence_last_value|notification_queue_usage)'
          AND p.proname !~ '^pg_.*_(size|version)$'
      )
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', found);
  END LOOP;
END $$;

GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO migadmin, migapi, migscheduler;
GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint) TO migadmin, migapi, migscheduler;
-- The owner of the database dumps it, and ends sessions.
GRANT EXECUTE ON FUNCTION set_config(text, text, boolean), current_setting(text), pg_export_snapshot(), pg_terminate_backend(integer, bigint), pg_cancel_backend(integer) TO migadmin;
