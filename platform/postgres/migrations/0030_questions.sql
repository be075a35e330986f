-- Saved questions. Every save adds a version, and nothing changes one.
CREATE TABLE questions (
  name      varchar(64) NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]*$'),
  version   integer NOT NULL CHECK (version > 0),
  document  text NOT NULL CHECK (octet_length(document) <= 65536),
  digest    bytea NOT NULL CHECK (length(digest) = 32),
  signature text NOT NULL CHECK (octet_length(signature) <= 16384),
  description varchar(4096) NOT NULL,
  savedby   numeric NOT NULL REFERENCES investigators,
  savedat   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version)
);
COMMENT ON COLUMN questions.version IS 'counts up by one for each name, and is part of the signed text, as the name';
COMMENT ON COLUMN questions.document IS 'the signed text, byte for byte';
COMMENT ON COLUMN questions.digest IS 'SHA-256 of the document; the next version names it';
COMMENT ON COLUMN questions.signature IS 'an armored detached signature of whoever saved it';
COMMENT ON COLUMN questions.description IS 'of the document, to search in';
CREATE INDEX questions_saved ON questions (savedby, savedat);

-- A question is removed while its newest version is here. The next version brings it back.
CREATE TABLE question_removals (
  name      varchar(64) NOT NULL,
  version   integer NOT NULL,
  removedby numeric NOT NULL REFERENCES investigators,
  removedat timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version),
  FOREIGN KEY (name, version) REFERENCES questions
);
COMMENT ON COLUMN question_removals.version IS 'the newest when the question was removed';

GRANT SELECT ON questions, question_removals TO migapi;
GRANT INSERT (name, version, document, digest, signature, description, savedby) ON questions TO migapi;
GRANT INSERT (name, version, removedby) ON question_removals TO migapi;
