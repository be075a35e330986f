import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { foldersOf } from '../../../../agent/config/folders.ts';
import { detectAws } from '../../../../agent/environment/aws.ts';
import { createEnvironmentDetector } from '../../../../agent/environment/environment.ts';
import { fullName } from '../../../../agent/environment/host-name.ts';
import { issueIdent, osReleaseIdent } from '../../../../agent/environment/ident.ts';
import { detectPublicIp } from '../../../../agent/environment/public-ip.ts';
import { moduleNames } from '../../../../modules/registry.ts';
import { initOfProcessOne } from '../../../../platform/machine/init-system.ts';

describe('the init system is recognised by process 1', () => {
  test.each([
    ['init [2]\0', '/sbin/init', 'sysvinit'],
    ['/lib/systemd/systemd\0--system\0', '/lib/systemd/systemd', 'systemd'],
    ['/sbin/init\0splash\0', '/usr/lib/systemd/systemd', 'systemd'],
    ['/sbin/init\0', '/sbin/upstart', 'upstart'],
    ['/sbin/init\0', '/sbin/init', 'sysvinit'],
    ['/usr/bin/tini\0--\0sh\0', '/sbin/init', 'sysvinit'],
    ['', '', 'sysvinit'],
  ])('%j with %s is %s', (cmdline, program, init) => {
    expect(initOfProcessOne(cmdline, program)).toBe(init);
  });
});

describe('the system is named as MIG names it', () => {
  test('by the first line of /etc/issue, without its escapes', () => {
    expect(issueIdent('Debian GNU/Linux 12 \\n \\l\n\n')).toBe('Debian GNU/Linux 12');
    expect(issueIdent('\\S\nKernel \\r')).toBeUndefined();
  });

  test('by os-release where /etc/issue has nothing usable', () => {
    expect(osReleaseIdent('NAME="Alpine"\nPRETTY_NAME="Alpine Linux v3.20"\n')).toBe('Alpine Linux v3.20');
    expect(osReleaseIdent('')).toBeUndefined();
  });
});

test('the full name is used when it begins with the name of the kernel', () => {
  expect(fullName('web1', 'web1.example.net')).toBe('web1.example.net');
  expect(fullName('web1', 'localhost')).toBe('web1');
  expect(fullName('', 'web1.example.net')).toBe('web1.example.net');
});

test.each([
  ['linux', '/var/run/mig'],
  ['darwin', '/Library/Preferences/mig'],
  ['win32', 'C:\\mig'],
])('on %s the run folder is %s', (platform, run) => {
  expect(foldersOf(platform).run).toBe(run);
});

const FACTS: Record<string, string> = {
  'instance-id': 'i-1',
  'local-ipv4': '10.0.0.1',
  'ami-id': 'ami-1',
  'instance-type': 't3.nano',
};

describe('the metadata service of AWS is asked', () => {
  const answer: RequestListener = (request, response) => {
    if (request.method === 'PUT') return void response.setHeader('content-length', 3).end('tok');
    const fact = FACTS[request.url?.split('/').at(-1) ?? ''] ?? '';
    const isAllowed = request.headers['x-aws-ec2-metadata-token'] === 'tok';
    response.statusCode = isAllowed ? 200 : 401;
    response.setHeader('content-length', fact.length).end(fact);
  };

  test('with a session token', async () => {
    await using server = await serve(answer);
    expect(await detectAws(server.url)).toEqual({
      instanceid: 'i-1',
      localipv4: '10.0.0.1',
      amiid: 'ami-1',
      instancetype: 't3.nano',
    });
  });

  test('for all facts or none, and long responses are dropped', async () => {
    await using missing = await serve((request, response) => {
      if (request.url?.endsWith('ami-id')) response.writeHead(404).end();
      else answer(request, response);
    });
    expect(await detectAws(missing.url)).toBeUndefined();
    await using huge = await serve((_request, response) => response.end('x'.repeat(20_000)));
    expect(await detectAws(huge.url)).toBeUndefined();
    expect(await detectAws('http://127.0.0.1:1')).toBeUndefined();
  });
});

describe('the public address', () => {
  test('is the response of the API, if that is an IP address', async () => {
    await using server = await serve((request, response) =>
      response.end(request.url === '/api/v1/ip' ? '192.0.2.7\n' : ''),
    );
    expect(await detectPublicIp(`${server.url}/api/v1/`, [])).toBe('192.0.2.7');
    await using other = await serve((_request, response) => response.end('<html>'));
    expect(await detectPublicIp(other.url, [])).toBeUndefined();
  });
});

test('the environment has the fields that investigators target by', async () => {
  const detectEnvironment = createEnvironmentDetector({
    discoverAws: false,
    discoverPublicIp: false,
    api: undefined,
    apiProxies: [],
  });
  const environment = await detectEnvironment();
  expect(environment).toMatchObject({
    isproxied: false,
    aws: {},
    modules: moduleNames(),
  });
  expect(environment.ident).not.toBe('');
  expect(['amd64', 'arm64']).toContain(environment.arch);
});

async function serve(listener: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
