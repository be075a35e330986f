export interface ServiceOptions {
  /** The link to it where there is one: an upgrade moves the link and leaves the service alone. */
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

/** All that an init system must be given and told to run the agent: data only, so that it can be checked anywhere. */
export interface Service {
  files: ServiceFile[];
  /** Symbolic links to make, from path to target. */
  links?: { path: string; target: string }[];
  /** After the files are written, or have been removed. */
  reload: CommandLine[];
  enable: CommandLine[];
  disable: CommandLine[];
  start: CommandLine[];
  stop: CommandLine[];
  /** Succeeds while the agent runs. */
  status: CommandLine;
}
