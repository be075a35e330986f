import type { Guides } from './guide.ts';

const MEND_ACTION = 'Mend the field that the message names, and sign the action again.';
const SIGN_AGAIN = 'Sign again, with the key of an active investigator.';

/** The errors about an action. The API refuses it; agents use the same codes, except those of targets. */
export const ACTION_ERRORS = {
  body_not_utf8: {
    status: 400,
    cause: 'The text is not UTF-8.',
    next: 'Save the file as UTF-8.',
  },
  json_invalid: {
    status: 400,
    cause: 'The text is not JSON.',
    next: 'Mend it where the message says.',
  },
  json_too_deep: {
    status: 400,
    cause: 'The JSON has too many levels.',
    next: 'Nest fewer lists and objects.',
  },
  json_duplicate_key: {
    status: 400,
    cause: 'An object has one name twice, so that programs would read it differently.',
    next: 'Remove one of the two.',
  },
  nul_character: {
    status: 400,
    cause: 'A text contains U+0000, which cannot be stored.',
    next: 'Remove it.',
  },
  action_invalid: {
    status: 400,
    cause: 'A field of the action has the wrong type or size.',
    next: MEND_ACTION,
  },
  action_name_empty: {
    status: 400,
    cause: 'The action has no name, or too short a one.',
    next: MEND_ACTION,
  },
  action_target_empty: {
    status: 400,
    cause: 'The action has no target, or too short a one.',
    next: MEND_ACTION,
  },
  action_syntaxversion: {
    status: 400,
    cause: 'The syntax version is not 2.',
    next: MEND_ACTION,
  },
  action_window: {
    status: 400,
    cause: 'The action expires before it becomes valid.',
    next: MEND_ACTION,
  },
  action_expired: {
    status: 400,
    cause: 'The action has expired.',
    next: 'Write the action again, with a longer validity, and have every signer sign it.',
  },
  action_operations_empty: {
    status: 400,
    cause: 'The action has no operation.',
    next: MEND_ACTION,
  },
  action_unsigned: {
    status: 400,
    cause: 'The action has no signature.',
    next: 'Sign it: mig signs what it launches, mig sign signs a file.',
  },
  action_ambiguous: {
    status: 400,
    cause:
      'The name or the target contains a separator of the signed text, so that two texts would have one signature.',
    next: 'Write the name or the target without it.',
  },
  module_unknown: {
    status: 400,
    cause: 'An operation is of a module that does not exist.',
    next: 'Correct its name: mig help lists the modules.',
  },
  parameters_invalid: {
    status: 400,
    cause: 'The parameters of an operation are not those of its module.',
    next: 'Mend them: mig help <module> describes them.',
  },
  signature_malformed: {
    status: 400,
    cause: 'A signature is not a PGP signature.',
    next: SIGN_AGAIN,
  },
  signature_unknown_signer: {
    status: 403,
    cause: 'No active investigator has the key that signed.',
    next: SIGN_AGAIN,
  },
  signature_wrong: {
    status: 403,
    cause: 'The signature is of another text.',
    next: 'Sign exactly the text that is sent: any change of it needs every signature again.',
  },
  signature_duplicate: {
    status: 403,
    cause: 'One key signed twice.',
    next: 'Have another investigator sign.',
  },
  key_malformed: {
    status: 400,
    cause: 'The key is unreadable.',
    next: 'Export it again: gpg --armor --export <fingerprint>.',
  },
  key_cannot_sign: {
    status: 400,
    cause: 'No signature of this key is accepted here; the message has the reason, also for subkeys.',
    next: 'Use a key that can sign, with an algorithm that the message accepts.',
  },
  key_expired: {
    status: 403,
    cause: 'The key of the signer has expired.',
    next: 'Extend its expiry, and have an administrator renew the public key.',
  },
  key_revoked: {
    status: 403,
    cause: 'The key of the signer was revoked.',
    next: 'Use another key: an administrator creates an investigator for it.',
  },
  key_fingerprint_mismatch: {
    status: 403,
    cause: 'The key is not the one that the fingerprint names.',
    next: 'Send the renewed key of the same investigator.',
  },
  target_syntax: {
    status: 400,
    cause: 'The target is not one SQL condition.',
    next: 'Mend it: mig help target has the columns and examples.',
  },
  target_forbidden: {
    status: 403,
    cause:
      'The target has a function, table, operator, cast or clause that is not on the list of those allowed.',
    next: 'Write it with those that mig help target lists.',
  },
  target_failed: {
    status: 400,
    cause: 'Postgres refuses the target, or lacks room for it.',
    next: 'Mend it as the message says. mig help target lists the columns.',
  },
  target_timeout: {
    status: 400,
    cause: 'The target ran too long.',
    next: 'Write a simpler condition; a stored action has ended as invalid.',
  },
} as const satisfies Guides;
