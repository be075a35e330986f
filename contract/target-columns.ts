/** The columns of the table `agents` that a target may name, and what each holds: for the allow-list of targets and for the help. */
export const TARGET_COLUMNS = {
  id: 'number of its record',
  name: 'name of the host',
  queueloc: 'queue of the endpoint, as linux.host.1b2c3d',
  mode: 'daemon, or checkin of an agent that comes now and then',
  version: 'version of the agent',
  pid: 'number of its process',
  starttime: 'when it started',
  destructiontime: 'when it was told to end',
  heartbeattime: 'when it was heard of last',
  refreshtime: 'when it last looked at its environment',
  status: 'online, idle, offline, destroyed, removed or upgraded',
  environment: 'what it knows of its machine, JSON',
  tags: 'the tags of its configuration, JSON',
  loadername: 'its loader, with MIG’s agents',
  os: 'linux, darwin or windows',
} as const;
