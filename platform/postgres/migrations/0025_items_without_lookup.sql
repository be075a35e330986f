-- A run stores an item for each check on each endpoint, hundreds of thousands at a time. Postgres looked up the sweep for
-- each one, a quarter of the time of the statement. Their sweep is that of the run, which references it.
ALTER TABLE compliance_items DROP CONSTRAINT compliance_items_sweepid_fkey;
