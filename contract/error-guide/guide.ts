import type { ErrorCode } from '../errors.ts';

/** What an error means, and what to do. */
export interface Guide {
  /** The HTTP status of the API; without one it sends no such error. */
  status?: number;
  cause: string;
  next: string;
}

export type Guides = Partial<Record<ErrorCode, Guide>>;
