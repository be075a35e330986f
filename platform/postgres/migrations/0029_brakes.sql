-- Brakes: what holds the commands of an action back. Only such an action has rows here.
ALTER TABLE actions ADD COLUMN braked boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN actions.braked IS 'has a row in brakes, and its commands leave only as departures';
GRANT UPDATE (braked) ON actions TO migapi;

CREATE TABLE brakes (
  actionid       numeric PRIMARY KEY REFERENCES actions,
  settings       text NOT NULL CHECK (octet_length(settings) <= 4096),
  state          text CHECK (length(state) <= 1024),
  heldat         timestamptz,
  canarypassedat timestamptz,
  awaitscanary   boolean NOT NULL DEFAULT false,
  nextat         timestamptz,
  closesat       timestamptz,
  newsat         timestamptz DEFAULT now(),
  answered       integer NOT NULL DEFAULT 0,
  failed         integer NOT NULL DEFAULT 0,
  matched        integer NOT NULL DEFAULT 0
);
COMMENT ON COLUMN brakes.settings IS 'the brakes as JSON (contract/brakes.ts)';
COMMENT ON COLUMN brakes.state IS 'what holds commands back now, in words; null when nothing does';
COMMENT ON COLUMN brakes.heldat IS 'when the action stopped by itself; null after it was resumed';
COMMENT ON COLUMN brakes.canarypassedat IS 'since when all but the canary may leave';
COMMENT ON COLUMN brakes.awaitscanary IS 'all of the canary has left, and nothing else may before it has answered';
COMMENT ON COLUMN brakes.nextat IS 'when the next batch may leave, for the rate';
COMMENT ON COLUMN brakes.closesat IS 'when the window closes in which the last batch left; null when none closes';
COMMENT ON COLUMN brakes.newsat IS 'since when there is something that the workflow has not looked at';
COMMENT ON COLUMN brakes.answered IS 'answers since the action was last resumed, and of them those that failed and matched';
CREATE INDEX brakes_news ON brakes (newsat) WHERE newsat IS NOT NULL;

CREATE TABLE departures (
  commandid numeric PRIMARY KEY,
  actionid  numeric NOT NULL REFERENCES brakes,
  leftat    timestamptz NOT NULL DEFAULT now(),
  iscanary  boolean NOT NULL DEFAULT false,
  isfailed  boolean,
  ismatched boolean
);
COMMENT ON TABLE departures IS 'the commands of actions with brakes that were allowed to leave';
COMMENT ON COLUMN departures.isfailed IS 'of its answer, once that was counted; null before';
COMMENT ON COLUMN departures.ismatched IS 'as isfailed';
CREATE INDEX departures_uncounted ON departures (actionid) WHERE isfailed IS NULL;
CREATE INDEX departures_canary ON departures (actionid) WHERE iscanary;

GRANT SELECT ON brakes TO migapi;
GRANT INSERT (actionid, settings) ON brakes TO migapi;
GRANT UPDATE (settings, canarypassedat, newsat) ON brakes TO migapi;
GRANT SELECT, UPDATE ON brakes TO migscheduler;
GRANT SELECT, INSERT, UPDATE, DELETE ON departures TO migscheduler;
