import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHttpSender } from '../../../../modules/dispatch/http.ts';
import { readInstance } from '../../../../modules/dispatch/instance.ts';
import { connectSns } from '../../../../modules/dispatch/sns.ts';
import { defined } from '../../../setup/defined.ts';
import { openHttpRecorder, type RecordedRequest } from '../../../setup/http-recorder.ts';

describe('HTTP', () => {
  test('posts a record as JSON, and the status of the answer does not count', async () => {
    await using server = await openHttpRecorder(() => ({ status: 500, body: 'x'.repeat(100_000) }));
    const send = await createHttpSender(`${server.url}/in`).connect();
    await send('{"a":1}');
    expect(server.requests).toMatchObject([
      { method: 'POST', path: '/in', body: '{"a":1}', headers: { 'content-type': 'application/json' } },
    ]);
  });

  test('follows no redirect: alerts go to the configured address only', async () => {
    await using server = await openHttpRecorder(() => ({ status: 307 }));
    await (await createHttpSender(server.url).connect())('1');
    expect(server.requests).toHaveLength(1);
  });

  test('fails when nobody listens', async () => {
    const send = await createHttpSender('http://127.0.0.1:1/').connect();
    await expect(send('1')).rejects.toThrow();
  });

  test('refuses what is no address', async () => {
    for (const url of ['example.net', 'file:///etc/passwd', 'ftp://x/']) {
      await expect(createHttpSender(url).connect()).rejects.toThrow(/^httpurl: /);
    }
  });
});

const ROLE = {
  AccessKeyId: 'AKIDEXAMPLE',
  SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  Token: 'session/token==',
  Expiration: '2026-11-29T12:00:00Z',
};

/** A stand-in of the metadata service and of SNS, as their documentation describes them. */
function openAws({ hasRole = true, sns = { status: 200, body: '<PublishResponse/>' } } = {}) {
  const answers: Record<string, string> = {
    '/latest/api/token': 'metadata-token',
    '/latest/dynamic/instance-identity/document': JSON.stringify({
      region: 'eu-west-1',
      accountId: '123456789012',
    }),
    '/latest/meta-data/iam/security-credentials/': hasRole ? 'mig-role' : '',
    '/latest/meta-data/iam/security-credentials/mig-role': JSON.stringify(ROLE),
  };
  return openHttpRecorder((request) => {
    if (request.path === '/') return sns;
    const body = answers[request.path];
    const isAllowed =
      request.method === 'PUT' || request.headers['x-aws-ec2-metadata-token'] === 'metadata-token';
    return body === undefined || !isAllowed ? { status: 401 } : { status: 200, body };
  });
}

/** The signature as the description of version 4 computes it, independent of the package. */
function signatureOf({ headers, body }: RecordedRequest): string {
  const [, date = '', signedHeaders = ''] =
    /Credential=[^/]+\/(\d{8})\/.*SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const lines = signedHeaders.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = ['POST', '/', '', lines.join(''), signedHeaders, hash(body)].join('\n');
  const scope = `${date}/eu-west-1/sns/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const key = [date, 'eu-west-1', 'sns', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${ROLE.SecretAccessKey}`,
  );
  return hmac(key, toSign).toString('hex');
}

describe('SNS', () => {
  const connect = (url: string, topic = 'alerts') =>
    connectSns(topic, {
      readOwnInstance: () => readInstance(url, () => Date.parse('2026-11-29T11:00:00Z')),
      endpointOf: () => `${url}/`,
    }).connect();

  test('publishes to the topic of this region and account, signed with the credentials of the role', async () => {
    await using aws = await openAws();
    const send = await connect(aws.url);
    await send('{"event":"ü & more"}');
    const request = defined(aws.requests.at(-1));
    expect(Object.fromEntries(new URLSearchParams(request.body))).toEqual({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: 'arn:aws:sns:eu-west-1:123456789012:alerts',
      Message: '{"event":"ü & more"}',
    });
    expect(request.headers['x-amz-security-token']).toBe(ROLE.Token);
    expect(request.headers.authorization).toMatch(new RegExp(`Signature=${signatureOf(request)}$`));
  });

  test('asks for credentials again only when they expire soon', async () => {
    await using aws = await openAws();
    const send = await connect(aws.url);
    await send('1');
    await send('2');
    const asked = aws.requests.filter(({ path }) => path.endsWith('/mig-role'));
    expect(asked).toHaveLength(1);
  });

  test('reports the code and message of a refusal', async () => {
    const body = '<Error><Code>AuthorizationError</Code><Message>no rights</Message></Error>';
    await using aws = await openAws({ sns: { status: 403, body } });
    const send = await connect(aws.url);
    await expect(send('1')).rejects.toThrow('403 AuthorizationError: no rights');
  });

  test('cannot be used outside an instance, without a role, or with a name that is none', async () => {
    await using nothing = await openHttpRecorder(() => ({ status: 404 }));
    await expect(connect(nothing.url)).rejects.toThrow('the metadata service answered 404');
    await using aws = await openAws({ hasRole: false });
    const send = await connect(aws.url);
    await expect(send('1')).rejects.toThrow('this instance has no role');
    await expect(connect(aws.url, 'arn:aws:sns:x')).rejects.toThrow(/^snstopic: /);
  });

  test('a damaged answer of the metadata service is an error without its text', async () => {
    await using server = await openHttpRecorder(() => ({
      status: 200,
      body: '{"region":"../evil","accountId":"1"}',
    }));
    await expect(connect(server.url)).rejects.toThrow(
      'the metadata service gave an answer that cannot be read',
    );
  });
});
