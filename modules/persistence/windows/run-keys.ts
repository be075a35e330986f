import type { Entry } from '../entry.ts';
import type { RegistryValue } from './registry.ts';

const RUN =
  /\\SOFTWARE\\(WOW6432Node\\)?Microsoft\\Windows\\CurrentVersion\\(Run|RunOnce|Policies\\Explorer\\Run)$/i;
const APPROVED =
  /^(.*)\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\StartupApproved\\(Run|Run32)$/i;

/** The programs that Windows starts when somebody logs in, of the values that the script `RUN_KEYS` prints. */
export function* runKeyEntries(
  values: readonly RegistryValue[],
  { onDenied }: { onDenied(key: string): void },
): Generator<Entry> {
  const disabled = disabledIn(values);
  for (const { key, user, name, value } of values) {
    const place = RUN.exec(key);
    if (name === null) onDenied(key);
    if (!place || name === null) continue;
    const list = place[1] === undefined ? 'run' : 'run32';
    yield {
      kind: 'run-key',
      name,
      path: key,
      user,
      isEnabled:
        place[2]?.toLowerCase() !== 'run' || !disabled.has(idOf(key.slice(0, place.index), list, name)),
      commands: value === null || value === '' ? [] : [value],
      mtimeMs: undefined,
      sha256: () => '',
    };
  }
}

/** What somebody switched off in the list of startup programs: the first byte of its value is odd. */
function disabledIn(values: readonly RegistryValue[]): Set<string> {
  return new Set(
    values.flatMap(({ key, name, value }) => {
      const [, root = '', list = ''] = APPROVED.exec(key) ?? [];
      const isDisabled = root !== '' && Number.parseInt((value ?? '').slice(0, 2), 16) % 2 === 1;
      return isDisabled && name !== null ? [idOf(root, list, name)] : [];
    }),
  );
}

/** Windows does not tell small letters in names from capital ones. */
function idOf(root: string, list: string, name: string): string {
  return [root, list, name].join('\\').toLowerCase();
}
