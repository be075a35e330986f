import { errorCode } from '../../contract/errors.ts';

/** The exit statuses of the loader; LOADER_HELP lists them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  refused: 3,
  noManifest: 4,
  busy: 5,
  undone: 6,
  changesWait: 10,
} as const;

export function exitStatusOf(error: unknown): number {
  switch (errorCode(error)) {
    case 'manifest_refused':
      return EXIT.refused;
    case 'unavailable':
    case 'unauthorized':
    case 'not_found':
      return EXIT.noManifest;
    case 'already_running':
      return EXIT.busy;
    case 'installation_undone':
      return EXIT.undone;
    default:
      return EXIT.failed;
  }
}
