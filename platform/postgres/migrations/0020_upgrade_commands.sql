-- The commands of an upgrade's steps as rows, in place of a column for each step.
CREATE TABLE upgrade_commands (
  recordid  numeric NOT NULL REFERENCES upgrades,
  step      varchar(64) NOT NULL,                  -- of the upgrade protocol
  commandid numeric NOT NULL REFERENCES commands,  -- the last one for this step: a check is repeated
  PRIMARY KEY (recordid, step)
);

INSERT INTO upgrade_commands (recordid, step, commandid)
SELECT commandid, 'sent', commandid FROM upgrades WHERE step <> 'waiting'
UNION ALL
SELECT commandid, 'kill sent', killid FROM upgrades WHERE killid IS NOT NULL
UNION ALL
SELECT commandid, 'check sent', checkid FROM upgrades WHERE checkid IS NOT NULL
UNION ALL
SELECT commandid, 'removal sent', removeid FROM upgrades WHERE removeid IS NOT NULL;

ALTER TABLE upgrades
  DROP COLUMN killid,
  DROP COLUMN checkid,
  DROP COLUMN removeid;

GRANT SELECT, INSERT, UPDATE ON upgrade_commands TO migscheduler;
