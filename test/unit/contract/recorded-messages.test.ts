import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAnswer, parseCommand } from '../../../contract/command.ts';
import { encodeJson } from '../../../contract/go/json.ts';
import { parseRelayHeartbeat } from '../../../contract/heartbeat.ts';
import { parseHttpHeartbeat } from '../../../contract/http-heartbeat.ts';
import {
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  QUEUE_HEARTBEATS,
  QUEUE_RESULTS,
} from '../../../contract/names.ts';

const SAMPLES = new URL('../../fixtures/samples/', import.meta.url);
const names = (kind: string) => readdirSync(SAMPLES).filter((name) => name.startsWith(`amqp-${kind}`));
const read = (name: string) => JSON.parse(readFileSync(new URL(name, SAMPLES), 'utf8'));
const atTimeOf = (time: string) => ({ nowMs: Date.parse(time), maxAgeMs: 300_000 });

test.each(names('command'))('%s: our agent reads every field of a command of MIG’s scheduler', (name) => {
  const message = read(name);
  const command = parseCommand(Buffer.from(message.body_raw));
  // An agent has no use for the state of the action, and microseconds are enough for it.
  const {
    counters: _counters,
    status: _status,
    starttime: _starttime,
    finishtime: _finishtime,
    lastupdatetime: _lastupdatetime,
    ...action
  } = message.body.action;
  expect(JSON.parse(encodeJson(command))).toMatchObject({
    ...message.body,
    action,
    starttime: expect.stringContaining(message.body.starttime.slice(0, '2026-11-23T06:59:03.698'.length)),
  });
  expect(message).toMatchObject({
    exchange: EXCHANGE_TO_AGENTS,
    routing_key: `mig.agt.${command.agent.queueloc}`,
    content_type: 'text/plain',
    delivery_mode: 2,
  });
});

test.each(names('result'))('%s: our collector reads the answer of an agent of MIG', (name) => {
  const message = read(name);
  const { id, agent, status, results } = parseAnswer(Buffer.from(message.body_raw));
  expect({ id, queueloc: agent.queueloc, status }).toEqual({
    id: message.body.id,
    queueloc: message.body.agent.queueloc,
    status: message.body.status,
  });
  expect(JSON.parse(encodeJson(results))).toEqual(message.body.results);
  expect(message).toMatchObject({ exchange: EXCHANGE_TO_SCHEDULERS, routing_key: QUEUE_RESULTS });
});

test.each(names('heartbeat'))('%s: our collector reads the heartbeat of an older agent', (name) => {
  const { body, body_raw, exchange, routing_key } = read(name);
  const heartbeat = parseRelayHeartbeat(Buffer.from(body_raw), atTimeOf(body.heartbeatts));
  const { name: host, queueloc, mode, version, pid, environment, tags } = heartbeat;
  expect({ name: host, queueloc, mode, version, pid, tags }).toEqual({
    name: body.name,
    queueloc: body.queueloc,
    mode: body.mode,
    version: body.version,
    pid: body.pid,
    tags: body.tags,
  });
  expect(JSON.parse(encodeJson(environment))).toMatchObject(body.environment);
  expect({ exchange, routing_key }).toEqual({
    exchange: EXCHANGE_TO_SCHEDULERS,
    routing_key: QUEUE_HEARTBEATS,
  });
});

test('agent-heartbeat-body.json: our API reads the heartbeat of today’s agent', () => {
  const body = read('agent-heartbeat-body.json');
  const heartbeat = parseHttpHeartbeat(Buffer.from(JSON.stringify(body)), atTimeOf(body.startTime));
  expect(heartbeat).toMatchObject({
    name: body.name,
    queueloc: body.queueLoc,
    mode: body.mode,
    version: body.version,
    pid: body.pid,
  });
});
