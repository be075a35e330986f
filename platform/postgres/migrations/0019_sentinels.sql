-- MIG's sentinels for "not yet" and "never", which its programs expect instead of NULL: once, here, instead of in every INSERT.
ALTER TABLE actions
  ALTER COLUMN status SET DEFAULT 'pending',
  ALTER COLUMN starttime SET DEFAULT '0011-01-11T11:11:11Z',
  ALTER COLUMN finishtime SET DEFAULT '9998-01-11T11:11:11Z',
  ALTER COLUMN lastupdatetime SET DEFAULT '0011-01-11T11:11:11Z';

ALTER TABLE commands
  ALTER COLUMN status SET DEFAULT 'sent',
  ALTER COLUMN starttime SET DEFAULT now(),
  ALTER COLUMN finishtime SET DEFAULT '9998-01-11T11:11:11Z';

ALTER TABLE agents
  ALTER COLUMN starttime SET DEFAULT now(),
  ALTER COLUMN destructiontime SET DEFAULT '9998-01-11T11:11:11Z';
