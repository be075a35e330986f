import { toAnswerRow } from '../../activities/results.ts';
import {
  decideAfterCheck,
  decideAfterKill,
  decideAfterRemoval,
  decideAfterUpgrade,
} from '../../activities/upgrade/decide.ts';
import { configFrom } from '../../agent/config/config.ts';
import { moduleConfigFrom } from '../../agent/persistent/module-config.ts';
import { checkTokenTime, parseToken } from '../../api/auth/token.ts';
import { loadConfig as loadApiConfig } from '../../api/config.ts';
import { parseForm } from '../../api/http/parse-pairs.ts';
import { parseAcl } from '../../contract/acl.ts';
import { moduleNames, parseAction } from '../../contract/action.ts';
import { isCancel, parseCancel } from '../../contract/cancel.ts';
import { isClock, parseClock } from '../../contract/clock.ts';
import { parseAnswer, parseCommand } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { parseRelayHeartbeat } from '../../contract/heartbeat.ts';
import { parseHttpHeartbeat } from '../../contract/http-heartbeat.ts';
import {
  MAX_ACTION_BYTES,
  MAX_CANCEL_BYTES,
  MAX_CLOCK_BYTES,
  MAX_COMMAND_BYTES,
  MAX_HEARTBEAT_BYTES,
  MAX_RESULT_BYTES,
} from '../../contract/limits.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { decodeUtf8 } from '../../contract/text/utf8.ts';
import { allModules } from '../../modules/all-modules.ts';
import { MAX_LINE_BYTES, parseAgentMessage, parseModuleMessage } from '../../modules/persistent-messages.ts';
import { parametersMessage, readInput } from '../../modules/protocol.ts';
import { parseIni } from '../../platform/files/ini.ts';
import { parseAccountIds } from '../../platform/machine/account-ids.ts';
import { readKeyring, readPublicKey } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { StepAnswer } from '../../platform/postgres/queries/upgrades/commands.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { loadConfig as loadWorkerConfig } from '../../worker/config.ts';
import * as corpus from './corpus.ts';
import { changedJson } from './generate.ts';
import { iniLines, targets, variables } from './grammar.ts';
import { kernelParsers } from './kernel-parsers.ts';
import { keyFileParsers } from './key-file-parsers.ts';
import { networkParsers } from './network-parsers.ts';
import { packageParsers } from './package-parsers.ts';
import type { Parser } from './parser.ts';
import { policyParsers } from './policy-parsers.ts';
import { problemIn } from './problem-in.ts';
import { processParsers } from './process-parsers.ts';
import { startupParsers } from './startup-parsers.ts';
import { yaraParsers } from './yara-parsers.ts';

// PostgreSQL's parser allocates its memory on first use: that must not count for an input.
await checkTarget('true');

const HEARTBEAT_MAX_AGE_MS = 20 * 60_000;
const TEXT_BYTES = 64 * 1024;

/** All parsers of the platform, each with the way in which it receives bytes. */
export function allParsers(): Parser[] {
  return [...platformParsers(), ...endpointParsers()];
}

/** What the platform and the agent read of each other, of investigators and of their settings. */
export function platformParsers(): Parser[] {
  return [...relayParsers(), ...actionParsers(), ...moduleParsers(), ...settingParsers(), ...keyParsers()];
}

/** What modules read on an endpoint. */
export function endpointParsers(): Parser[] {
  return [
    ...networkParsers(),
    ...packageParsers(),
    ...processParsers(),
    ...keyFileParsers(),
    ...startupParsers(),
    ...kernelParsers(),
    ...policyParsers(),
    ...yaraParsers(),
  ];
}

function relayParsers(): Parser[] {
  return [
    {
      name: 'heartbeat',
      corpus: corpus.heartbeats(),
      maxBytes: MAX_HEARTBEAT_BYTES,
      parse(input) {
        const { environment, tags } = parseRelayHeartbeat(input, {
          nowMs: corpus.NOW,
          maxAgeMs: HEARTBEAT_MAX_AGE_MS,
        });
        return [encodeJson(environment), encodeJson(tags)];
      },
    },
    {
      name: 'http-heartbeat',
      corpus: corpus.ofJson(corpus.httpHeartbeat()),
      maxBytes: MAX_HEARTBEAT_BYTES,
      parse(input) {
        const { environment, tags } = parseHttpHeartbeat(input, {
          nowMs: corpus.NOW,
          maxAgeMs: HEARTBEAT_MAX_AGE_MS,
        });
        return [encodeJson(environment), encodeJson(tags)];
      },
    },
    {
      name: 'result',
      corpus: corpus.answers(),
      maxBytes: MAX_RESULT_BYTES,
      parse: (input) => toAnswerRow(parseAnswer(input), input),
    },
    {
      name: 'command',
      corpus: corpus.commands(),
      maxBytes: MAX_COMMAND_BYTES,
      parse(input) {
        const command = parseCommand(input);
        return [signedTexts(command.action), encodeJson(command)];
      },
    },
    {
      name: 'cancel',
      corpus: corpus.cancels(),
      maxBytes: MAX_CANCEL_BYTES,
      parse: (input) => [isCancel(input), parseCancel(input)],
    },
    {
      name: 'clock',
      corpus: corpus.clocks(),
      maxBytes: MAX_CLOCK_BYTES,
      parse: (input) => [isClock(input), parseClock(input)],
    },
    {
      name: 'upgrade-answer',
      corpus: corpus.upgradeAnswers(),
      maxBytes: TEXT_BYTES,
      grammar: changedJson(corpus.upgradeElements().map(String)).map(
        (make) => () => corpus.withError('', make()),
      ),
      parse: (input) =>
        [true, false].flatMap((success) =>
          [decideAfterUpgrade, decideAfterKill, decideAfterCheck, decideAfterRemoval].map((decide) =>
            JSON.stringify(decide(stepAnswer(input, success))),
          ),
        ),
    },
  ];
}

/** The first line is the error, the rest the elements: everything else in an answer is the platform's own. */
function stepAnswer(input: Buffer, success: boolean): StepAnswer {
  const [error = '', ...elements] = input.toString().split('\n');
  return {
    commandid: 1,
    status: success ? 'success' : 'failed',
    success,
    elements: elements.join('\n'),
    error: error === '' ? null : error,
    checks: 5,
    oldpid: 100,
    toversion: 'new',
    agentpid: 100,
    agentversion: 'old',
  };
}

function actionParsers(): Parser[] {
  return [
    {
      name: 'action',
      corpus: corpus.actions(),
      maxBytes: MAX_ACTION_BYTES,
      parse(input) {
        const action = parseAction(decodeUtf8(input));
        checkAction(action, corpus.NOW);
        return [moduleNames(action), signedTexts(action)];
      },
    },
    {
      name: 'target',
      corpus: corpus.targetTexts(),
      maxBytes: TEXT_BYTES,
      grammar: targets,
      parse: (input) => checkTarget(input.toString()),
    },
    {
      name: 'form',
      corpus: corpus.forms(),
      maxBytes: 3 * MAX_ACTION_BYTES,
      parse: parseForm,
    },
    {
      name: 'token',
      corpus: corpus.tokens(),
      maxBytes: 16 * 1024,
      parse(input) {
        const token = parseToken(input.toString('latin1'));
        checkTokenTime(token, { nowMs: corpus.NOW, windowMs: 600_000 });
      },
    },
  ];
}

function moduleParsers(): Parser[] {
  return [
    {
      name: 'module-message',
      corpus: corpus.moduleMessages(),
      maxBytes: MAX_COMMAND_BYTES,
      parse(input, progress) {
        const parameters = readInput(input.toString());
        const problems = allModules().map(({ name }) => problemIn(name, parameters, progress));
        if (problems.every((problem) => problem !== undefined)) {
          throw new MigError('parameters_invalid', problems.join('; '));
        }
      },
    },
    {
      name: 'persistent-message',
      corpus: corpus.persistentMessages(),
      maxBytes: MAX_LINE_BYTES,
      parse: (input) => [parseAgentMessage(input.toString()), parseModuleMessage(input.toString())],
    },
    {
      name: 'compressed-parameters',
      corpus: corpus.compressedParameters(),
      maxBytes: MAX_COMMAND_BYTES,
      grammar: changedJson(corpus.parameters().map(String)).map((make) => () => corpus.compress(make())),
      parse: (input) =>
        encodeJson(
          parametersMessage(
            inflateParameters({ module: 'file', parameters: input.toString('latin1'), is_compressed: true }),
            { timeoutMs: 1000, maxBytes: 1000 },
          ),
        ),
    },
    {
      name: 'accounts',
      corpus: corpus.accounts(),
      maxBytes: MAX_COMMAND_BYTES,
      parse: parseAccountIds,
    },
  ];
}

function settingParsers(): Parser[] {
  const names = corpus.environment().flatMap((text) => Object.keys(variablesIn(text)));
  return [
    {
      name: 'agent-configuration',
      corpus: corpus.agentConfiguration(),
      maxBytes: TEXT_BYTES,
      grammar: iniLines,
      parse: (input) =>
        configFrom(parseIni(input.toString()), { file: '/nonexistent/mig-agent.cfg', warn: () => {} }),
    },
    {
      name: 'module-configuration',
      corpus: corpus.moduleConfigurations(),
      maxBytes: TEXT_BYTES,
      grammar: iniLines,
      parse: (input) =>
        allModules().map(({ persistent }) =>
          moduleConfigFrom(parseIni(input.toString()), persistent?.settings ?? []),
        ),
    },
    {
      name: 'acl',
      corpus: corpus.acl(),
      maxBytes: MAX_COMMAND_BYTES,
      parse: (input) => parseAcl('acl.cfg', input.toString()),
    },
    {
      name: 'environment',
      corpus: corpus.environment(),
      maxBytes: TEXT_BYTES,
      grammar: variables([...names, 'MIG_API_TLS_CERT_FILE', 'MIG_API_TLS_KEY_FILE', 'MIG_AMQP_CA_FILE']),
      parse(input) {
        const env = variablesIn(input);
        return [loadApiConfig(env), loadWorkerConfig(env)];
      },
    },
  ];
}

/** Parses variables like the environment of a process: no name or value has a zero byte. */
function variablesIn(input: Buffer): Record<string, string> {
  const lines = input.toString().replaceAll('\u0000', '').split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    }),
  );
}

function keyParsers(): Parser[] {
  const signed = ['1-plain', '3-unicode'].map((name) =>
    corpus.fixture(`vectors/${name}.signed.bin`).toString(),
  );
  const keyring = readKeyring(corpus.publicKeys().map((key) => ({ armored: key.toString() })));
  return [
    {
      name: 'signature',
      corpus: corpus.signatures(),
      maxBytes: 16 * 1024,
      parse: async (input) =>
        verifySignature(signed, input.toString('latin1'), {
          keyring: (await keyring).keyring,
          nowMs: corpus.NOW,
        }),
    },
    {
      name: 'public-key',
      corpus: corpus.publicKeys(),
      maxBytes: TEXT_BYTES,
      async parse(input) {
        const key = await readPublicKey(input.toString());
        const [signature = ''] = corpus.signatures().map(String);
        return verifySignature(signed, signature, { keyring: [key], nowMs: corpus.NOW });
      },
    },
  ];
}
