-- Least rights (spec/database.md#roles). Nobody but migadmin owns anything, and PUBLIC has nothing.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO migapi, migscheduler, migreadonly;

GRANT SELECT ON actions, agents, agents_stats, agtmodreq, commands, invagtmodperm, loaders, manifests, manifestsig,
  modules, signatures, rejections TO migapi;
GRANT SELECT (id, name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions, apikey, apisalt)
  ON investigators TO migapi;
GRANT INSERT ON agents, actions, signatures, manifests, manifestsig, loaders TO migapi;
GRANT INSERT (name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions) ON investigators TO migapi;
GRANT UPDATE (workflowat) ON actions TO migapi;
GRANT UPDATE ON agents TO migapi;
GRANT UPDATE (permissions, status, lastmodified, apikey, apisalt) ON investigators TO migapi;
GRANT UPDATE (name, env, tags, loaderkey, salt, lastseen, enabled, expectenv, queueloc) ON loaders TO migapi;
GRANT UPDATE (status) ON manifests TO migapi;
GRANT DELETE ON manifestsig TO migapi;

GRANT SELECT ON actions, agents, agents_stats, agtmodreq, commands, invagtmodperm, loaders, manifests, manifestsig,
  modules, signatures, rejections TO migscheduler;
GRANT SELECT (id, name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions)
  ON investigators TO migscheduler;
GRANT INSERT ON actions, commands, agents, agents_stats, signatures, rejections TO migscheduler;
GRANT UPDATE ON actions, commands, agents TO migscheduler;
GRANT DELETE ON rejections, agents_stats TO migscheduler;
GRANT INSERT (name, pgpfingerprint, publickey, status, createdat, lastmodified, permissions)
  ON investigators TO migscheduler;

GRANT USAGE ON SEQUENCE ids, investigators_id_seq, loaders_id_seq, manifests_id_seq TO migapi;
GRANT USAGE ON SEQUENCE ids, investigators_id_seq TO migscheduler;

-- What a target may read: no loader keys, no API key hashes, no private keys, no manifests.
GRANT SELECT ON actions, agents, agtmodreq, commands, invagtmodperm, modules, signatures TO migreadonly;
GRANT SELECT (id, env, tags, expectenv, loadername, queueloc) ON loaders TO migreadonly;
GRANT SELECT (id, name, pgpfingerprint, publickey, status, createdat, lastmodified) ON investigators TO migreadonly;
