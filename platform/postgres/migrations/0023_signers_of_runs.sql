-- Who signed each action of a run: a run counts as signed only while all of them may sign.
ALTER TABLE sweep_signed ADD COLUMN signers numeric[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN sweep_signed.signers IS 'the investigators whose signatures were verified when the run was posted';
-- Until here mig posted what its own investigator had signed. The worker verifies every signature when a run begins.
UPDATE sweep_signed SET signers = ARRAY[postedby];
GRANT UPDATE (signers) ON sweep_signed TO migapi;
