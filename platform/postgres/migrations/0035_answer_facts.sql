-- What an answer says in short, noted once when it is stored: counting an action's answers no longer reads their results.
ALTER TABLE commands ADD COLUMN hasmatches boolean;
ALTER TABLE commands ADD COLUMN hasfailed boolean;
ALTER TABLE commands ADD COLUMN haserrors boolean;
COMMENT ON COLUMN commands.hasmatches IS 'the answer found something; NULL without an answer, and for one that was stored before this column';
COMMENT ON COLUMN commands.hasfailed IS 'a module in the answer did not report success; NULL as in hasmatches';
COMMENT ON COLUMN commands.haserrors IS 'the answer has errors, or hasfailed; NULL as in hasmatches';
