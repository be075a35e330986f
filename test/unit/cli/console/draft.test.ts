import { describe, expect, test } from 'vitest';
import { changeDraft, draftText, newDraft, withCompression } from '../../../../cli/console/launcher/draft.ts';
import { parseNewAction, readAction } from '../../../../contract/action.ts';
import { signedText } from '../../../../contract/rules/signed-text.ts';

const PARAMETERS = { drift: '5s', numbers: [-0, 1e21], text: '<&>é' };
const OPERATIONS = [{ module: 'timedrift', parameters: PARAMETERS }];

describe('a draft', () => {
  test('like another action has its questions, and neither its times nor its signatures', () => {
    const template = readAction({
      id: 5,
      name: 'one',
      target: 'true',
      operations: OPERATIONS,
      threat: { level: 'high' },
      validfrom: '2027-01-01T00:00:00Z',
      expireafter: '2027-01-02T00:00:00Z',
      pgpsignatures: ['x'],
      syntaxversion: 2,
    });
    const { action } = newDraft(template);
    expect(action).toEqual(
      readAction({
        name: 'one',
        target: 'true',
        operations: OPERATIONS,
        threat: { level: 'high' },
        syntaxversion: 2,
      }),
    );
  });

  test('that changes removes the signatures, which were for another text', () => {
    const draft = newDraft(undefined);
    draft.action = { ...draft.action, pgpsignatures: ['one', 'two'] };
    expect(changeDraft(draft, { name: 'other' })).toBe(2);
    expect(draft.action).toMatchObject({ name: 'other', pgpsignatures: [] });
    expect(changeDraft(draft, { target: 'true' })).toBe(0);
  });

  test('with compressed parameters is the same again without', () => {
    const compressed = withCompression(OPERATIONS, true);
    expect(compressed).toMatchObject([{ module: 'timedrift', is_compressed: true, want_compressed: true }]);
    expect(withCompression(compressed, true)).toEqual(compressed);
    expect(withCompression(compressed, false)).toEqual(OPERATIONS);
  });

  test('is printed inflated until it is signed; then exactly as it was signed', () => {
    const draft = newDraft(undefined);
    changeDraft(draft, { name: 'x', target: 'true', operations: withCompression(OPERATIONS, true) });
    expect(JSON.parse(draftText(draft, 2)).operations[0].parameters).toMatchObject({ drift: '5s' });
    draft.action = { ...draft.action, pgpsignatures: ['signature'] };
    for (const indent of [undefined, 2]) {
      const read = parseNewAction(draftText(draft, indent));
      expect(signedText(read)).toBe(signedText(draft.action));
      expect(read.pgpsignatures).toEqual(['signature']);
    }
  });
});
