/** Where our answers differ from the recorded ones of MIG, and why. */
export interface Exception {
  /** The recordings. */
  samples: RegExp;
  /** The fields. */
  at: RegExp;
  because: string;
  /** The values are of the one run: times, ids and secrets. */
  isOfEachRun?: true;
}

const EVERY = /./;
const RECORD = 'body\\.collection\\.items\\.\\d+\\.data\\.0\\.value\\.';
const inRecord = (fields: string) => new RegExp(`^${RECORD}(${fields})$`);
const STATUS_AND_TEXT = /^(status|body\.collection\.error\.message)$/;

export const EXCEPTIONS: readonly Exception[] = [
  {
    samples: /search/,
    at: inRecord('after|before'),
    because: 'Without dates a search covers 39,600 hours before and after now.',
    isOfEachRun: true,
  },
  {
    samples: EVERY,
    at: /^body\.collection\.error\.code$/,
    because: 'The code of an error is a stable word, on which a program can decide. MIG counts its requests.',
  },
  {
    samples:
      /-(missing-param|nan|badjson|badsyntax|empty|expired|unsigned|badstatus|nothing|noname|badlimit|badbool|baddate|badtype)\.json$|^api-manifest-bad/,
    at: STATUS_AND_TEXT,
    because:
      'Bad input is 400, with a message that names the field. MIG answers 500 with the text of its library.',
  },
  {
    samples: /^api-search-(bad(limit|bool|date|type)|agent-target-badsql)/,
    at: /^body\.collection\.items$/,
    because: 'A refusal does not repeat the parameters of the search.',
  },
  {
    samples: /^api-auth-badsig/,
    at: /^body\.collection\.error\.message$/,
    because: 'The message about a wrong signature names the key.',
    isOfEachRun: true,
  },
  {
    samples: /^api-action-create-badsig/,
    at: STATUS_AND_TEXT,
    because:
      'A wrong signature is 403 when an action is created, and the message names the key. MIG answers 500.',
  },
  {
    samples: /^api-investigator-create-duplicate/,
    at: STATUS_AND_TEXT,
    because: 'A key that another investigator has is a conflict, 409. MIG answers 500.',
  },
  {
    samples:
      /^api-search-(action|action-page|action-status|agent-name|investigator|dates-outside-window|notype)\.json$/,
    at: /^status$/,
    because:
      'A search without a filter, or for actions of a status, is answered. MIG writes wrong SQL and fails.',
  },
  {
    samples: /^api-search-(loader|manifest)\.json$/,
    at: STATUS_AND_TEXT,
    because: 'A search without a filter finds all there are, here none. MIG writes wrong SQL and fails.',
  },
  {
    samples: /^api-search-agent-target-badsql/,
    at: STATUS_AND_TEXT,
    because: 'A target that PostgreSQL refuses is 400 with what to correct. MIG answers 500.',
  },
  {
    samples: /^api-auth-nopermission/,
    at: /^body\.collection\.error\.message$/,
    because: 'The message names the missing permission.',
  },
  {
    samples: /^api-action-create-get/,
    at: /^(status|body)$/,
    because: 'Another method than that of the path is 405, with the header `Allow`. MIG answers 404.',
  },
  {
    samples: /^api-root/,
    at: /^status$/,
    because: 'The base URL names the API and its description. MIG answers 404.',
  },
  {
    samples: /^api-(nosuchpath|action-create-get)/,
    at: /^headers\.content-type$/,
    because: 'The name of the charset is in capitals, which means the same.',
  },
  {
    samples: /002-GET/,
    at: /^(headers\.content-type|body)$/,
    because: 'A redirect has no body: nobody reads it.',
  },
  {
    samples: /^api-publickey\.json/,
    at: /^body$/,
    because: 'The lines of an armored key have 60 characters, those of MIG 64. The key is the same.',
  },
  {
    samples: /^api-heartbeat-post-/,
    at: /^body\.error$/,
    because:
      'The text names only what is wrong. MIG says `Missing fields` before each refusal, and in a random order.',
  },
  {
    samples: /^api-(loader-new|investigator-update-apikey)/,
    at: /^headers\.cache-control$/,
    because: 'An answer with a secret must not be stored at all.',
  },
  {
    samples: /^api-(loader|search-loader|investigator-update-apikey)/,
    at: inRecord('prefix|key|apikey|lastseen'),
    because: 'Secrets, and the time of creation.',
    isOfEachRun: true,
  },
  {
    samples: /^api-(agent|command|search-command)|011-GET/,
    at: inRecord(
      'destructiontime|action\\.(starttime|finishtime|lastupdatetime|status)|agent\\.(queueloc|mode|tags|environment\\..*)',
    ),
    because:
      'A record inside of another is whole. MIG leaves out some of its fields, differently in each route.',
  },
  {
    samples: /^api-search-agent-(actionid|version|realname|status|target)/,
    at: inRecord('refreshts'),
    because: 'Every search has the time of the last refresh. MIG has it only in those by a target.',
  },
  {
    samples: /^api-search-agent-(version|realname|status)/,
    at: /^body\.collection\.items\.[01]\./,
    because:
      'Agents are in the order of their ids, so that pages stay stable. MIG sorts by the newest heartbeat.',
  },
  {
    samples: /^api-search-agent-target\.json/,
    at: /^body\.collection\.items\.0\./,
    because: 'Of two processes on one endpoint the one with the newest heartbeat counts. With MIG it is any.',
  },
  {
    samples: /^api-auth-apikey-good/,
    at: /^body\.collection\.items\.0\.data\.\d\.value$/,
    because: 'Agents are counted when the dashboard is asked for. MIG answers what its last round counted.',
    isOfEachRun: true,
  },
  {
    samples: /^api-auth-apikey-good/,
    at: inRecord('investigators\\.\\d+\\.lastmodified'),
    because: 'The investigator got a key a moment ago.',
    isOfEachRun: true,
  },
  {
    samples: /^api-dashboard/,
    at: /^body\.collection\.items\.0\.data\.[14]\.value$/,
    because: 'No versions are an empty list. MIG answers null.',
  },
  {
    samples: /^api-search-action-name-page/,
    at: inRecord('next'),
    because: 'The next page has the parameters of this one. MIG adds the dates that it assumes.',
  },
  {
    samples: /POST_api_v1_action_create/,
    at: /^body\.collection\.items\.0\.(href|data\.0\.name|data\.0\.value\.(id|validfrom|expireafter|pgpsignatures\.0))$/,
    because: 'Ids are given when an action is created, and the actions of the session were signed anew.',
    isOfEachRun: true,
  },
  {
    samples: /^api-action-create-two-signatures/,
    at: /^(status|body\.collection\.(items|error\.message))$/,
    because:
      'Parameters that the module would refuse are refused when the action is created. MIG sends them.',
  },
  {
    samples: /POST_api_v1_action_create/,
    at: inRecord('starttime|lastupdatetime|finishtime'),
    because: 'Times end at microseconds. MIG’s times for "not yet" and "never" have eleven nanoseconds.',
  },
  {
    samples: /01[78]-POST/,
    at: /^(status|body\.collection\.(items|error\.message))$/,
    because:
      'A module that neither the platform nor any agent has is refused. MIG sends the action to agents that fail.',
  },
  {
    samples: /^api-action-create\.json/,
    at: /^(status|body\.collection\.(items|error\.message))$/,
    because:
      'U+0000 in parameters is refused: PostgreSQL cannot search it. MIG stores the action, and sends it.',
  },
];
