-- Which process of an endpoint counts, and what the platform found about it.
ALTER TABLE agents
  ADD COLUMN startedat timestamptz,   -- when the process says that it began: another one may have its number by now
  ADD COLUMN formerstart timestamptz, -- what was said under this number before
  ADD COLUMN twinat timestamptz,      -- when two processes last spoke in turns under this number: on two machines
  ADD COLUMN notice text;             -- what the platform found; what the agent itself says is in its environment

CREATE INDEX agents_notice ON agents (id) WHERE notice IS NOT NULL;

-- A clock that was ahead for a moment kept every later change from being taken.
UPDATE agents
SET refreshtime = heartbeattime
WHERE refreshtime > heartbeattime;

GRANT UPDATE (destructiontime, notice) ON agents TO migapi;
