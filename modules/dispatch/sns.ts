import { AwsV4Signer } from 'aws4fetch';
import { MigError } from '../../contract/errors.ts';
import { type Instance, readInstance } from './instance.ts';
import type { Sender } from './queue.ts';
import { readStart } from './read-start.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

interface SnsOptions {
  readOwnInstance?: () => Promise<Instance>;
  /** The address of the service in a region. */
  endpointOf?: (region: string) => string;
}

/** Publishes records to a topic of Amazon SNS, through its query interface. */
export function connectSns(
  topic: string,
  { readOwnInstance = readInstance, endpointOf = endpointOfRegion }: SnsOptions = {},
): Sender {
  return {
    name: 'sns dispatch',
    async connect() {
      if (!/^[\w-]{1,256}(\.fifo)?$/.test(topic)) {
        throw new MigError('config_invalid', `snstopic: ${JSON.stringify(topic)} is no name of a topic`);
      }
      const instance = await readOwnInstance();
      const { region, account } = instance;
      const arn = `arn:${partitionOf(region)}:sns:${region}:${account}:${topic}`;
      return (record) => publish(record, { arn, instance, url: endpointOf(region) });
    },
  };
}

async function publish(
  record: string,
  { arn, instance, url }: { arn: string; instance: Instance; url: string },
): Promise<void> {
  const signer = new AwsV4Signer({
    ...(await instance.credentials()),
    method: 'POST',
    url,
    service: 'sns',
    region: instance.region,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: arn,
      Message: record,
    }).toString(),
  });
  const { method, headers, body } = await signer.sign();
  const answer = await fetch(url, {
    method,
    headers,
    body: body ?? null,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await readStart(answer, MAX_ANSWER_BYTES);
  if (!answer.ok) throw new MigError('unavailable', `${answer.status} ${reasonIn(text)}`);
}

/** `Code: Message` of an error in XML. */
function reasonIn(xml: string): string {
  const part = (name: string) => new RegExp(`<${name}>([^<]{0,500})</${name}>`).exec(xml)?.[1];
  return [part('Code'), part('Message')].filter((one) => one !== undefined).join(': ');
}

function endpointOfRegion(region: string): string {
  return `https://sns.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}/`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
