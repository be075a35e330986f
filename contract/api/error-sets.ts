import type { ErrorCode } from '../errors.ts';

/** A condition that Postgres or the rules of targets refuse. */
export const TARGET_ERRORS = [
  'target_syntax',
  'target_forbidden',
  'target_failed',
  'target_timeout',
] as const satisfies ErrorCode[];

/** A signature that does not count. */
export const SIGNATURE_ERRORS = [
  'signature_malformed',
  'signature_unknown_signer',
  'signature_wrong',
  'signature_duplicate',
  'key_malformed',
  'key_cannot_sign',
  'key_expired',
  'key_revoked',
] as const satisfies ErrorCode[];

/** A public key that cannot be stored. */
export const KEY_ERRORS = [
  'key_malformed',
  'key_cannot_sign',
  'key_expired',
  'key_revoked',
  'key_fingerprint_mismatch',
] as const satisfies ErrorCode[];

/** An action, or the parameters of its operations, that no agent would run. */
export const ACTION_ERRORS = [
  'action_invalid',
  'action_name_empty',
  'action_target_empty',
  'action_syntaxversion',
  'action_window',
  'action_expired',
  'action_operations_empty',
  'action_unsigned',
  'action_ambiguous',
  'module_unknown',
  'parameters_invalid',
] as const satisfies ErrorCode[];
