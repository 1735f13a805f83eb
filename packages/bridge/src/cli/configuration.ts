import * as z from 'zod';
import { UsageError } from './usage-error.ts';

/** A cell as an operator's machine knows it. */
export interface KnownCell {
  readonly name: string;
  readonly url: string;
  /** Who the operator is: a shared key, or else a token of Entra. */
  readonly key?: string;
  readonly token?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

const cellName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
const address = z
  .url({ protocol: /^https?$/, error: 'is no URL such as https://…' })
  .refine((url) => /^[^?#@]*$/.test(url), 'is more than an address: leave out ?…, #… and …@');
const fileSchema = z.strictObject({ cells: z.record(cellName, address) });

export const defaultFile = 'twinlog.json';

/**
 * The cells, from `TWINLOG_CELLS` or else the file, `{ "cells": { "aws-us-east-1": "https://…" } }`; and their keys,
 * from the environment alone: `TWINLOG_KEY_AWS_US_EAST_1` for one cell, `TWINLOG_KEY` for those without one; or, for cells
 * without any, a token, `TWINLOG_TOKEN`.
 * @throws UsageError naming what is missing or wrong.
 */
export function readConfiguration(
  variables: Variables,
  file: string | undefined,
  readFile: (path: string) => string | undefined,
): readonly KnownCell[] {
  const listed = variables.TWINLOG_CELLS;
  const cells = file === undefined && listed ? fromList(listed) : fromFile(file, readFile);
  if (cells.length === 0) throw new UsageError('No cell is configured. Name at least one.');
  return cells.map(([name, url]) => {
    const own = `TWINLOG_KEY_${name.toUpperCase().replaceAll('-', '_')}`;
    const key = secretIn(variables, own) ?? secretIn(variables, 'TWINLOG_KEY');
    if (key !== undefined) return { name, url, key };
    const token = secretIn(variables, 'TWINLOG_TOKEN');
    if (token !== undefined) return { name, url, token };
    throw new UsageError(
      `There is no key for ${name}. Set TWINLOG_TOKEN to what \`az account get-access-token --scope …/.default --query accessToken --output tsv\` prints, or TWINLOG_KEY, or ${own}, to one of the cell's TWINLOG_FORWARD_KEYS.`,
    );
  });
}

/** @throws UsageError, without the secret, for one that no header can carry. */
function secretIn(variables: Variables, name: string): string | undefined {
  const secret = variables[name]?.trim();
  if (!secret) return undefined;
  if (/^[\x20-\x7e]+$/.test(secret)) return secret;
  throw new UsageError(
    `${name} holds a line break or another character that no key or token has. Set it anew.`,
  );
}

function fromList(text: string): readonly (readonly [string, string])[] {
  const cells = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name = '', url = ''] = part.trim().split(/=(.*)/s, 2);
    if (!cellName.safeParse(name).success || !URL.canParse(url))
      throw new UsageError(`TWINLOG_CELLS takes pairs such as aws-us-east-1=https://…, and not "${part}".`);
    const [issue] = address.safeParse(url).error?.issues ?? [];
    if (issue) throw new UsageError(`TWINLOG_CELLS: the URL of ${name} ${issue.message}.`);
    if (cells.has(name)) throw new UsageError(`TWINLOG_CELLS names ${name} twice. Name each cell once.`);
    cells.set(name, url);
  }
  return [...cells];
}

function fromFile(
  file: string | undefined,
  readFile: (path: string) => string | undefined,
): readonly (readonly [string, string])[] {
  if (file === '') throw new UsageError('--config takes the path of a file.');
  const path = file ?? defaultFile;
  const text = readFile(path);
  if (text === undefined) {
    throw new UsageError(
      `${path} cannot be read. Name the cells in it, {"cells":{"aws-us-east-1":"https://…"}}, or in TWINLOG_CELLS.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON.`);
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return Object.entries(parsed.data.cells);
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${path}: ${issue?.path.join('.')}: ${issue?.message}. Keys belong into the environment.`,
  );
}
