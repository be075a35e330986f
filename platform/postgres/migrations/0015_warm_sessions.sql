-- As before, but an action that does not exist goes the whole way with a target that reaches nobody: a session that is
-- connected ahead is warmed up by such a call, and what it has planned it need not plan for the investigator who waits.
CREATE OR REPLACE FUNCTION mig_target.resolve(action numeric, with_offline boolean)
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
END $$;
