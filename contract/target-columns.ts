/** The columns of the table `agents` that a target may name, with their meaning, for the allow-list and the help. */
export const TARGET_COLUMNS = {
  id: 'id of the agent record',
  name: 'host name',
  queueloc: 'queue of the endpoint, e.g. linux.host.1b2c3d',
  mode: 'daemon, or checkin for an agent that connects now and then',
  version: 'agent version',
  pid: 'process id of the agent',
  starttime: 'when the agent started',
  destructiontime: 'when the agent was destroyed or removed',
  heartbeattime: 'when its last heartbeat came',
  refreshtime: 'when it last inspected its environment',
  status: 'online, idle, offline, destroyed, removed or upgraded',
  environment: 'what it knows about its machine, JSON',
  tags: 'the tags in its configuration, JSON',
  loadername: "loader that started it (MIG's agents only)",
  os: 'linux, darwin or windows',
} as const;
