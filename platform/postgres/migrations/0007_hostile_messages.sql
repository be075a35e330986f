-- U+0000 that is stored escaped in JSON fails every query that reads the value: the word NULL takes its place, as in answers.
UPDATE agents
SET tags = regexp_replace(tags::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1NULL', 'g')::json
WHERE strpos(tags::text, '\u0000') > 0;

UPDATE actions
SET threat = regexp_replace(threat::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1NULL', 'g')::json,
  description = regexp_replace(description::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1NULL', 'g')::json
WHERE strpos(threat::text, '\u0000') > 0
  OR strpos(description::text, '\u0000') > 0;

UPDATE agents
SET environment = regexp_replace(environment::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1NULL', 'g')::json
WHERE strpos(environment::text, '\u0000') > 0;

-- Bodies that came again although a worker had taken them: one that ends every worker is found here.
CREATE TABLE suspects (
  digest  varchar(64) PRIMARY KEY,          -- SHA-256 of the body
  queue   varchar(256) NOT NULL,
  workers text[] NOT NULL DEFAULT '{}',     -- those that began to handle it alone and did not come back, by their sessions' names
  notedat timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX suspects_notedat ON suspects (notedat);
GRANT SELECT, INSERT, UPDATE, DELETE ON suspects TO migscheduler;
