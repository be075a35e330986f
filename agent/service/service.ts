export interface ServiceOptions {
  /** The link without a version, where there is one: an upgrade moves the link, and the service stays as it is. */
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

/** A service as data: its files and commands, which tests can check on any system. */
export interface Service {
  files: ServiceFile[];
  /** Symbolic links to make, from path to target. */
  links?: { path: string; target: string }[];
  /** After the files were written or removed. */
  reload: CommandLine[];
  enable: CommandLine[];
  disable: CommandLine[];
  start: CommandLine[];
  stop: CommandLine[];
  /** Succeeds while the agent runs. */
  status: CommandLine;
}
