// One line adds a module. docs/writing-a-module.md has the rest.
export { agentdestroy } from './agentdestroy/module.ts';
export { audit } from './audit/module.ts';
export { dispatch } from './dispatch/module.ts';
export { example } from './example/module.ts';
export { examplepersist } from './examplepersist/module.ts';
export { file } from './file/module.ts';
export { fswatch } from './fswatch/module.ts';
export { memory } from './memory/module.ts';
export { netstat } from './netstat/module.ts';
export { persistence } from './persistence/module.ts';
export { ping } from './ping/module.ts';
export { pkg } from './pkg/module.ts';
export { process } from './process/module.ts';
export { scribe } from './scribe/module.ts';
export { sshkey } from './sshkey/module.ts';
export { timedrift } from './timedrift/module.ts';
export { upgrade } from './upgrade/module.ts';
