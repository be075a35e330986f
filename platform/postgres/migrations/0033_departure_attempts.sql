-- A worker that is believed dead may still be sending: what it took is sent again by the next one, and nothing in its place.
ALTER TABLE brakes ADD COLUMN attempt integer NOT NULL DEFAULT 0;
ALTER TABLE departures ADD COLUMN attempt integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN brakes.attempt IS 'counts the attempts to send commands: only the newest takes any';
COMMENT ON COLUMN departures.attempt IS 'which took it; nobody knows what became of an unpublished command of an earlier one';
