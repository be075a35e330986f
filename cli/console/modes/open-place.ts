import type { CliSession } from '../../session.ts';
import type { OpenMode, Place } from '../order.ts';
import { openActionReader } from './action-reader.ts';
import { openAgentReader } from './agent-reader.ts';
import { openCommandReader } from './command-reader.ts';
import { openInvestigatorMode } from './investigator-mode.ts';
import { openLauncher } from './launcher.ts';
import { openLoaderMode } from './loader-mode.ts';
import { openManifestMode } from './manifest-mode.ts';

/** Opens the mode of a place, and prints what it is about. */
export async function openPlace(session: CliSession, place: Place): Promise<OpenMode> {
  switch (place.mode) {
    case 'action':
      return openActionReader(session, place.word);
    case 'command':
      return openCommandReader(session, place.word);
    case 'agent':
      return openAgentReader(session, place.word);
    case 'investigator':
      return openInvestigatorMode(session, place.word);
    case 'loader':
      return openLoaderMode(session, place.word);
    case 'manifest':
      return openManifestMode(session, place.word);
    case 'launcher':
      return openLauncher(session, place);
  }
}
