import { expect, test } from 'vitest';
import { secretText, webhookHeaders } from '../../../../contract/webhooks/signature.ts';

/** From the tests of the libraries in the repository standard-webhooks/standard-webhooks: TestWebhookSign, `sign function works`. */
const OFFICIAL = {
  secret: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

test('the official example has the official signature', () => {
  const { secret, signature, ...message } = OFFICIAL;
  expect(webhookHeaders(message, [Buffer.from(secret, 'base64')])).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': signature,
  });
});

test('during a rotation there is a signature by each secret, with a space between', () => {
  const { secret, signature, ...message } = OFFICIAL;
  const { 'webhook-signature': signatures } = webhookHeaders(message, [
    Buffer.alloc(32, 7),
    Buffer.from(secret, 'base64'),
  ]);
  expect(signatures?.split(' ')).toHaveLength(2);
  expect(signatures?.split(' ')[1]).toBe(signature);
});

test('a secret begins with whsec_', () => {
  expect(secretText(Buffer.from(OFFICIAL.secret, 'base64'))).toBe(`whsec_${OFFICIAL.secret}`);
});
