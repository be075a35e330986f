/** The stable codes of all refusals; docs/errors.md explains each. */
export type ErrorCode =
  | 'body_too_large'
  | 'body_not_utf8'
  | 'body_incomplete'
  | 'request_timeout'
  | 'rate_limited'
  | 'forbidden'
  | 'json_invalid'
  | 'json_too_deep'
  | 'json_duplicate_key'
  | 'nul_character'
  | 'action_invalid'
  | 'action_name_empty'
  | 'action_target_empty'
  | 'action_syntaxversion'
  | 'action_window'
  | 'action_expired'
  | 'action_not_yet_valid'
  | 'action_operations_empty'
  | 'action_unsigned'
  | 'action_ambiguous'
  | 'module_unknown'
  | 'parameters_invalid'
  | 'signature_malformed'
  | 'signature_unknown_signer'
  | 'signature_wrong'
  | 'signature_duplicate'
  | 'key_malformed'
  | 'key_cannot_sign'
  | 'key_expired'
  | 'key_revoked'
  | 'key_fingerprint_mismatch'
  | 'acl_denied'
  | 'acl_invalid'
  | 'target_syntax'
  | 'target_forbidden'
  | 'target_failed'
  | 'target_timeout'
  | 'command_malformed'
  | 'command_too_large'
  | 'command_wrong_agent'
  | 'command_replayed'
  | 'command_cancelled'
  | 'cancel_malformed'
  | 'clock_malformed'
  | 'digests_full'
  | 'report_full'
  | 'result_unknown_command'
  | 'result_wrong_agent'
  | 'result_malformed'
  | 'result_too_large'
  | 'heartbeat_invalid'
  | 'message_deadly'
  | 'config_invalid'
  | 'folder_writable'
  | 'not_found'
  | 'unauthorized'
  | 'conflict'
  | 'parameter_invalid'
  | 'sweep_unreadable'
  | 'brakes_signed'
  | 'unavailable'
  | 'overloaded'
  | 'interrupted'
  | 'module_barred'
  | 'already_running'
  | 'manifest_refused'
  | 'installation_undone'
  | 'usage'
  | 'internal';

/** The one error class: a code to decide on, a message for people, and the cause. */
export class MigError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MigError';
    this.code = code;
  }
}

/** The code of any thrown value; 'internal' when it is not a MigError. */
export function errorCode(error: unknown): ErrorCode {
  return error instanceof MigError ? error.code : 'internal';
}

/** The message of any thrown value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
