-- MIG's "not yet" is year 9: its source has 0011, which Go reads as an octal number. 0019 had year 11.
ALTER TABLE actions
  ALTER COLUMN starttime SET DEFAULT '0009-01-11T11:11:11Z',
  ALTER COLUMN lastupdatetime SET DEFAULT '0009-01-11T11:11:11Z';

UPDATE actions
SET starttime = '0009-01-11T11:11:11Z'
WHERE starttime = '0011-01-11T11:11:11Z';

UPDATE actions
SET lastupdatetime = '0009-01-11T11:11:11Z'
WHERE lastupdatetime = '0011-01-11T11:11:11Z';
