import { join } from 'node:path';

/** A path of this machine, as it is below another root folder. */
export function below(root: string, path: string): string {
  return root === '/' ? path : join(root, path);
}
