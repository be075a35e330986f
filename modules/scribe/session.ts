import { createRunClock, type RunClock } from '../../platform/async/run-clock.ts';
import type { InstalledPackage } from '../../platform/machine/packages/installed-package.ts';
import { listPackages } from '../../platform/machine/packages/list-packages.ts';
import type { RunTerms } from '../module.ts';
import type { Policy } from './schema.ts';

/** The most values of all objects together, and their characters. */
const MAX_CRITERIA = 200_000;
const MAX_CHARACTERS = 32 * 1024 ** 2;
const MAX_NOTES = 1000;
/** The share of the time for reading objects; the rest is for tests and the result. */
const SHARE_OF_READING = 0.8;

/** What the steps of one run share. */
export interface Session {
  terms: RunTerms;
  policy: Policy;
  /** When reading objects must end. */
  readsUntilMs: number;
  /** Of reading objects. Every long loop pauses with it. */
  readingClock: RunClock;
  /** The installed packages, listed once. */
  packages(): Promise<InstalledPackage[]>;
  /** Counts a value; false when there are too many. */
  hasRoomFor(value: string): boolean;
  /** Adds an error that MIG does not report. */
  note(error: string): void;
  /** Adds an error that reports a limit. */
  limit(error: string): void;
  errors: string[];
  limits: string[];
}

export function createSession(policy: Policy, terms: RunTerms): Session {
  const nowMs = performance.now();
  const readsUntilMs = nowMs + (terms.endsAtMs - nowMs) * SHARE_OF_READING;
  const room = { criteria: MAX_CRITERIA, characters: MAX_CHARACTERS };
  let packages: Promise<InstalledPackage[]> | undefined;
  const session: Session = {
    terms,
    policy,
    readsUntilMs,
    errors: [],
    limits: [],
    readingClock: createRunClock(readsUntilMs),
    packages() {
      packages ??= readPackages(session);
      return packages;
    },
    hasRoomFor(value) {
      room.criteria--;
      room.characters -= value.length;
      return room.criteria >= 0 && room.characters >= 0;
    },
    note(error) {
      if (!terms.asMig && session.errors.length < MAX_NOTES) session.errors.push(error);
    },
    limit(error) {
      if (session.limits.length < MAX_NOTES) session.limits.push(error);
    },
  };
  return session;
}

async function readPackages(session: Session): Promise<InstalledPackage[]> {
  const { packages, errors, limits } = await listPackages({ endsAtMs: session.readsUntilMs });
  for (const error of errors) if (!limits.includes(error)) session.note(error);
  for (const limit of limits) session.limit(limit);
  return packages;
}
