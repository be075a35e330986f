export interface ServiceOptions {
  /** The link without a version, if there is one: an upgrade changes the link, and the service stays the same. */
  executable: string;
  configFile: string;
  runDir: string;
  stateDir: string;
}

interface ServiceFile {
  path: string;
  content: string | Buffer;
  mode: number;
}

/** A program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** A service as data, so that tests can check its files and commands on any system. */
export interface Service {
  files: ServiceFile[];
  /** Symbolic links to make, from path to target. */
  links?: { path: string; target: string }[];
  /** Commands that run after the files were written or removed. */
  reload: CommandLine[];
  enable: CommandLine[];
  disable: CommandLine[];
  start: CommandLine[];
  stop: CommandLine[];
  /** Succeeds while the agent runs. */
  status: CommandLine;
}
