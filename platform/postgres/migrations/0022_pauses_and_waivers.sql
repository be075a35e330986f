-- When each sweep was paused: what was planned meanwhile has no run, however late it is accounted for.
CREATE TABLE sweep_pauses (
  sweepid   numeric NOT NULL REFERENCES sweeps,
  pausedat  timestamptz NOT NULL DEFAULT now(),
  resumedat timestamptz,                          -- null while it lasts
  PRIMARY KEY (sweepid, pausedat)
);
CREATE UNIQUE INDEX sweep_pauses_open ON sweep_pauses (sweepid) WHERE resumedat IS NULL;
GRANT SELECT ON sweep_pauses TO migapi, migscheduler;
GRANT INSERT ON sweep_pauses TO migapi;
GRANT UPDATE (resumedat) ON sweep_pauses TO migapi;

-- Every planned time until then has a run already.
INSERT INTO sweep_pauses (sweepid, pausedat)
SELECT id, accountedto
FROM sweeps
WHERE paused;

-- An endpoint names its agent itself: a waiver covers the endpoints that had its names when it was signed.
ALTER TABLE waivers ADD COLUMN queuelocs text[] NOT NULL DEFAULT '{}'; -- empty with no names: all endpoints of the sweep
CREATE INDEX sweep_endpoints_agent ON sweep_endpoints (sweepid, agent);
UPDATE waivers w
SET queuelocs = ARRAY(
  SELECT e.queueloc
  FROM sweep_endpoints e
  WHERE e.sweepid = w.sweepid
    AND e.agent = ANY(w.agents)
  ORDER BY e.queueloc
);
