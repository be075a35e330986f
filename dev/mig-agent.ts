import { spawnSync } from 'node:child_process';

/** Whether MIG's own agent was built without a module. It answers at once for such a module. */
export function isBuiltWithout(executable: string, module: string): boolean {
  const { stdout } = spawnSync(executable, ['-m', module], { input: '{}', encoding: 'utf8' });
  return stdout.includes(`module '${module}' is not available`);
}
