import { readStdin, writeStdout } from '../../platform/machine/standard-streams.ts';

writeStdout(readStdin());
