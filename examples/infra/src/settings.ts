import { type BearerTokensOptions, tokenAlgorithms } from '@twinlog/adapters';
import { originName, type Policy } from '@twinlog/core';
import * as z from 'zod';

const cellName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'takes lower-case letters, digits and hyphens');
const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((part) => part !== ''));

/** Of at least 16 characters, and such as a header can carry. */
const key = z
  .string()
  .min(16)
  .regex(/^[\x20-\x7e]*$/, 'holds a line break or a character beyond ASCII, which no header can carry');
const peerUrl = z.string().transform((text, context): readonly [cell: string, url: string] => {
  const [cell = '', url = ''] = text.split(/=(.*)/s, 2);
  if (cellName.safeParse(cell).success && /^https?:[^?#@]+$/.test(url) && URL.canParse(url))
    return [cell, url];
  context.addIssue('takes pairs such as azure-eastus=https://cell.example.com');
  return z.NEVER;
});

const environment = z.object({
  /** This cell's name: `aws-us-east-1`. */
  TWINLOG_CELL: cellName,
  /** Raised by whoever restores the cell's database from a backup (R1). */
  TWINLOG_INCARNATION: z.coerce.number().int().min(1).default(1),
  /** The other cells, separated by commas. */
  TWINLOG_PEERS: list.pipe(z.array(cellName).min(1, 'names at least one other cell')),
  /** The table, or the database and container, of the log: `twinlog`. */
  TWINLOG_STORE: z.string().min(1).default('twinlog'),
  /** Where dead letters are kept, a table or container beside the log's. */
  TWINLOG_DEAD_LETTERS: z.string().min(1).default('twinlog-dead-letters'),
  /** Where account totals are kept, a table or container that can be rebuilt from the log. */
  TWINLOG_TOTALS: z.string().min(1).default('twinlog-totals'),
  /** Keys that senders of replicated events may show, separated by commas; two while one is replaced. */
  TWINLOG_RECEIVE_KEYS: list.pipe(z.array(key)),
  /** Senders that show a token of Entra instead: its issuer, its audience, and who may deliver events. */
  TWINLOG_RECEIVE_ISSUER: z.string().default(''),
  TWINLOG_RECEIVE_AUDIENCE: z.string().default(''),
  TWINLOG_RECEIVE_SUBJECTS: list,
  /** The other cells by such a token: they may ask about the log and forward commands, and deliver nothing. */
  TWINLOG_PEER_SUBJECTS: list,
  /** Where the issuer's keys are; Entra's, by the tenant in the issuer, unless told. */
  TWINLOG_RECEIVE_KEYS_URL: z.string().default(''),
  /** On AWS, a queue that received events wait in; without one they are stored before the sender is answered. */
  TWINLOG_INBOUND_QUEUE_URL: z.string().default(''),
  /** Who decides after create: every cell at once, or each transaction's home. The same in every cell, until operators assign another. */
  TWINLOG_POLICY: z.enum(['any-cell', 'home-cell']).default('any-cell'),
  /** Where the other cells' APIs answer: `azure-eastus=https://cell.example.com`, separated by commas. */
  TWINLOG_PEER_URLS: list.pipe(z.array(peerUrl)),
  /** Keys that cells show each other, and operators show to cells. All are taken, the first is shown. */
  TWINLOG_FORWARD_KEYS: list.pipe(z.array(key)),
  /** How old a conflict must be before its home settles it: older events may still be on their way. */
  TWINLOG_SETTLE_AFTER_SECONDS: z.coerce.number().min(0).default(900),
  /** Who may call: holders of a bearer token, or, where somebody says so, anyone. */
  TWINLOG_AUTHENTICATION: z.enum(['bearer', 'off']).default('bearer'),
  /** The issuer of tokens, the audience they are made for, where the issuer's keys are, and how tokens are signed. */
  TWINLOG_TOKEN_ISSUER: z.string().default(''),
  TWINLOG_TOKEN_AUDIENCE: z.string().default(''),
  TWINLOG_TOKEN_KEYS: z.string().default(''),
  TWINLOG_TOKEN_ALGORITHMS: z
    .string()
    .default('RS256')
    .transform((text) => text.split(','))
    .pipe(z.tuple([z.enum(tokenAlgorithms)], z.enum(tokenAlgorithms))),
  /** Operators that show a token: its issuer, its audience, which is not that of cells, and the role that makes an operator. */
  TWINLOG_OPERATOR_ISSUER: z.string().default(''),
  TWINLOG_OPERATOR_AUDIENCE: z.string().default(''),
  TWINLOG_OPERATOR_ROLE: z.string().min(1).default('Operator'),
  /** Where that issuer's keys are; Entra's, by the tenant in the issuer, unless told. */
  TWINLOG_OPERATOR_KEYS_URL: z.string().default(''),
  /** Keys that show an operator `/health/detail`, separated by commas; two while one is replaced. */
  TWINLOG_OPERATOR_KEYS: list.pipe(z.array(key)),
  /** Origins whose scripts may call from a browser, separated by commas. */
  TWINLOG_CORS_ORIGINS: list,
  /** R18: how long a request waits for what its consistency token has seen. */
  TWINLOG_CONSISTENCY_WAIT_SECONDS: z.coerce.number().min(0).max(20).default(2),
});

/**
 * A way to every other cell, for what is lost on the way is asked for there, and under `home-cell` decisions too; and
 * with bearer tokens, whose they are.
 */
const complete = environment.superRefine((variables, context) => {
  const { TWINLOG_PEERS, TWINLOG_PEER_URLS } = variables;
  const fault = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (variables.TWINLOG_AUTHENTICATION === 'bearer') {
    for (const name of ['TWINLOG_TOKEN_ISSUER', 'TWINLOG_TOKEN_AUDIENCE'] as const)
      if (variables[name] === '')
        fault(name, 'is missing. To let anyone call, say TWINLOG_AUTHENTICATION=off');
    if (!/^https?:/.test(variables.TWINLOG_TOKEN_KEYS) || !URL.canParse(variables.TWINLOG_TOKEN_KEYS))
      fault('TWINLOG_TOKEN_KEYS', "takes the URL of the issuer's JWKS");
  }
  if (variables.TWINLOG_RECEIVE_ISSUER === '' && variables.TWINLOG_FORWARD_KEYS.length === 0)
    fault(
      'TWINLOG_FORWARD_KEYS',
      'holds at least one key of 16 characters, unless TWINLOG_RECEIVE_ISSUER is set',
    );
  const { TWINLOG_RECEIVE_ISSUER: issuer, TWINLOG_RECEIVE_KEYS: receiveKeys } = variables;
  if (issuer === '' && receiveKeys.length === 0)
    fault(
      'TWINLOG_RECEIVE_KEYS',
      'holds at least one key of 16 characters, or TWINLOG_RECEIVE_ISSUER is set',
    );
  if (issuer !== '') {
    if (!URL.canParse(issuer)) fault('TWINLOG_RECEIVE_ISSUER', 'takes the URL that tokens name as `iss`');
    const named = ['TWINLOG_RECEIVE_AUDIENCE', 'TWINLOG_RECEIVE_SUBJECTS', 'TWINLOG_PEER_SUBJECTS'] as const;
    for (const name of named)
      if (variables[name].length === 0) fault(name, 'is missing, and TWINLOG_RECEIVE_ISSUER is set');
  }
  const { TWINLOG_OPERATOR_ISSUER: operators, TWINLOG_OPERATOR_AUDIENCE: audience } = variables;
  if (operators !== '') {
    if (!URL.canParse(operators)) fault('TWINLOG_OPERATOR_ISSUER', 'takes the URL that tokens name as `iss`');
    if (audience === '') fault('TWINLOG_OPERATOR_AUDIENCE', 'is missing, and TWINLOG_OPERATOR_ISSUER is set');
    for (const name of ['TWINLOG_RECEIVE_AUDIENCE', 'TWINLOG_TOKEN_AUDIENCE'] as const)
      if (audience !== '' && audience === variables[name])
        fault('TWINLOG_OPERATOR_AUDIENCE', `is ${name} too: operators need an application of their own`);
  }
  const known = new Map(TWINLOG_PEER_URLS);
  const missing = TWINLOG_PEERS.filter((peer) => !known.has(peer));
  if (missing.length > 0) fault('TWINLOG_PEER_URLS', `has no URL for ${missing.join(', ')}`);
});

/** Whose tokens let somebody in, in place of a key. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly keysUrl: string;
}

/** Who may call the replication routes by a token. */
export interface ReceiveTokens extends TokenIssuer {
  /** Who may deliver events. */
  readonly senders: readonly string[];
  /** Who may ask about the log and forward commands. */
  readonly peers: readonly string[];
}

/** Who may operate the cell by a token: whoever has one of the roles. */
export interface OperatorTokens extends TokenIssuer {
  readonly roles: readonly string[];
}

/** What a cell needs to know of itself, from its function's environment variables. */
export interface CellSettings {
  readonly cell: string;
  readonly incarnation: number;
  readonly origin: string;
  readonly peers: readonly string[];
  readonly store: string;
  readonly deadLetters: string;
  readonly totals: string;
  readonly receiveKeys: readonly string[];
  /** Whose tokens let a sender or a peer in, beside the keys. */
  readonly receiveTokens: ReceiveTokens | undefined;
  /** Whose tokens let an operator in, beside the keys. */
  readonly operatorTokens: OperatorTokens | undefined;
  readonly inboundQueue: string | undefined;
  readonly policy: Policy;
  readonly peerUrls: ReadonlyMap<string, string>;
  readonly forwardKeys: readonly string[];
  readonly settleAfterMs: number;
  readonly authentication: 'off' | BearerTokensOptions;
  readonly operatorKeys: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly consistencyWaitMs: number;
}

/**
 * Reads the settings of a cell.
 * @throws Error naming each variable that is missing or wrong, and what it should be.
 */
export function cellSettings(variables: Readonly<Record<string, string | undefined>>): CellSettings {
  // Without code made for this schema: it is parsed once.
  const parsed = complete.safeParse(variables, { jitless: true });
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`The cell's environment is not complete.\n  ${faults.join('\n  ')}`);
  }
  const { TWINLOG_CELL: cell, TWINLOG_INCARNATION: incarnation } = parsed.data;
  return {
    cell,
    incarnation,
    origin: originName(cell, incarnation),
    peers: parsed.data.TWINLOG_PEERS,
    store: parsed.data.TWINLOG_STORE,
    deadLetters: parsed.data.TWINLOG_DEAD_LETTERS,
    totals: parsed.data.TWINLOG_TOTALS,
    receiveKeys: parsed.data.TWINLOG_RECEIVE_KEYS,
    receiveTokens: receiveTokensOf(parsed.data),
    operatorTokens: operatorTokensOf(parsed.data),
    inboundQueue: parsed.data.TWINLOG_INBOUND_QUEUE_URL || undefined,
    policy: parsed.data.TWINLOG_POLICY,
    peerUrls: new Map(parsed.data.TWINLOG_PEER_URLS),
    forwardKeys: parsed.data.TWINLOG_FORWARD_KEYS,
    settleAfterMs: parsed.data.TWINLOG_SETTLE_AFTER_SECONDS * 1_000,
    authentication:
      parsed.data.TWINLOG_AUTHENTICATION === 'off'
        ? 'off'
        : {
            issuer: parsed.data.TWINLOG_TOKEN_ISSUER,
            audience: parsed.data.TWINLOG_TOKEN_AUDIENCE,
            keys: new URL(parsed.data.TWINLOG_TOKEN_KEYS),
            algorithms: parsed.data.TWINLOG_TOKEN_ALGORITHMS,
          },
    operatorKeys: parsed.data.TWINLOG_OPERATOR_KEYS,
    corsOrigins: parsed.data.TWINLOG_CORS_ORIGINS,
    consistencyWaitMs: parsed.data.TWINLOG_CONSISTENCY_WAIT_SECONDS * 1_000,
  };
}

function receiveTokensOf(variables: z.output<typeof environment>): ReceiveTokens | undefined {
  const issuer = variables.TWINLOG_RECEIVE_ISSUER;
  if (issuer === '') return undefined;
  return {
    issuer,
    audience: variables.TWINLOG_RECEIVE_AUDIENCE,
    senders: variables.TWINLOG_RECEIVE_SUBJECTS,
    peers: variables.TWINLOG_PEER_SUBJECTS,
    keysUrl: variables.TWINLOG_RECEIVE_KEYS_URL || entraKeys(issuer),
  };
}

function operatorTokensOf(variables: z.output<typeof environment>): OperatorTokens | undefined {
  const issuer = variables.TWINLOG_OPERATOR_ISSUER;
  if (issuer === '') return undefined;
  return {
    issuer,
    audience: variables.TWINLOG_OPERATOR_AUDIENCE,
    roles: [variables.TWINLOG_OPERATOR_ROLE],
    keysUrl: variables.TWINLOG_OPERATOR_KEYS_URL || entraKeys(issuer),
  };
}

/** Where Entra publishes the keys of the tenant that an issuer names. */
function entraKeys(issuer: string): string {
  const [, tenant = ''] = new URL(issuer).pathname.split('/');
  return `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`;
}

/** A variable that an entry point cannot do without. */
export function required(variables: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = variables[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
}
