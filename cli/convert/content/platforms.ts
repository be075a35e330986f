import type { Expression } from '../expression.ts';
import { all, any, found, not } from '../expression.ts';
import { fileExists, fileFound } from '../file-search.ts';
import { quoteRegex } from '../regex/quote-regex.ts';

/** The mount points of the platforms `mount[…]`. */
const MOUNT_POINT = /^[a-z]+(-[a-z]+)*$/;

/**
 * Where rules of a platform apply, such as `system_with_kernel` or `not container and package[sudo]`. Undefined for a platform
 * that has no translation.
 */
export function platformExpression(
  platform: string,
  packages: ReadonlyMap<string, string>,
): Expression | undefined {
  if (/[()<>=]/.test(platform)) return undefined;
  const alternatives = platform.split(/\s+or\s+/).map((alternative) => {
    const parts = alternative.split(/\s+and\s+/).map((part) => partExpression(part.trim(), packages));
    return parts.every((part) => part !== undefined) ? all(...parts) : undefined;
  });
  return alternatives.every((one) => one !== undefined) ? any(...alternatives) : undefined;
}

function partExpression(part: string, packages: ReadonlyMap<string, string>): Expression | undefined {
  const negated = /^not\s+(.+)$/.exec(part)?.[1];
  if (negated !== undefined) {
    const inner = partExpression(negated, packages);
    return inner && not(inner);
  }
  const [, name = part, argument] = /^(\w+)\[([^\]]+)\]$/.exec(part) ?? [];
  switch (name) {
    case 'machine':
      return not(isContainer());
    case 'container':
      return isContainer();
    case 'system_with_kernel':
      return packageInstalled('linux-base');
    case 'bootc':
      return isBootc();
    case 'package': {
      const known = packages.get(argument ?? '');
      return known === undefined ? undefined : packageInstalled(known);
    }
    case 'mount':
      return argument !== undefined && MOUNT_POINT.test(argument) ? isMountPoint(argument) : undefined;
    default:
      return undefined;
  }
}

export function packageInstalled(name: string): Expression {
  return found({ module: 'pkg', name });
}

function isContainer(): Expression {
  return fileExists('/.dockerenv', '/run/.containerenv');
}

/** Three packages are there and a fourth is not. Debian has none of them, so their mere names in dpkg's list tell enough. */
function isBootc(): Expression {
  const listed = (name: string) => `^Package: ${name}$`;
  return fileFound({
    paths: ['/var/lib/dpkg/status'],
    contents: [...['kernel', 'rpm-ostree', 'bootc'].map(listed), `!${listed('openshift-kubelet')}`],
  });
}

/** It is mounted or listed: both files have lines of one form. */
function isMountPoint(argument: string): Expression {
  const path = `/${argument.replaceAll('-', '/')}`;
  return fileFound({
    paths: ['/proc/self/mounts', '/etc/fstab'],
    contents: [`^\\s*\\S+\\s+${quoteRegex(path)}\\s+\\S+\\s+\\S`],
  });
}
