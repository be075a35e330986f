-- A sink writes outside of transactions: whoever writes for a reader holds it for a while.
ALTER TABLE event_readers
  ADD COLUMN holder uuid,
  ADD COLUMN helduntil timestamptz,
  ADD CHECK ((holder IS NULL) = (helduntil IS NULL));
COMMENT ON COLUMN event_readers.holder IS 'of the batch that is being written: a part of a process, new at each start';
COMMENT ON COLUMN event_readers.helduntil IS 'then another one may take over, for the holder was killed';

-- Failures with long silence between them are no series of failures.
ALTER TABLE webhooks ADD COLUMN failedat timestamptz;
COMMENT ON COLUMN webhooks.failedat IS 'the last failure';
GRANT UPDATE (failedat) ON webhooks TO migscheduler;
