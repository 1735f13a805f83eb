import { TwinlogError } from '../errors.ts';
import { lately } from '../lately.ts';

/**
 * For one stream, the highest sequence counted (R3) of each origin. An origin that is absent counts as 0.
 * As text: origins sorted, `aws-us-east-1.1=3,azure-eastus.1=1`; the empty vector is the empty string.
 */
export type VersionVector = ReadonlyMap<string, number>;

export const emptyVersion: VersionVector = new Map();

/** The text form, equal for equal vectors. */
export function formatVersion(version: VersionVector): string {
  if (version.size === 1) {
    for (const [origin, sequence] of version) return `${origin}=${sequence}`;
  }
  return [...version]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([origin, sequence]) => `${origin}=${sequence}`)
    .join(',');
}

const entry = /^[a-z0-9][a-z0-9-]{0,62}\.[1-9][0-9]{0,5}=[1-9][0-9]{0,9}$/;

/**
 * Reads the text form.
 * @throws TwinlogError `invalid_version_vector`, naming the entry that is not `cell.incarnation=sequence`, or
 * that is out of order or named twice.
 */
export function parseVersion(text: string): VersionVector {
  return text === '' ? emptyVersion : read(text);
}

/** What a stream's events have seen is read again whenever the stream is folded. */
const read = lately((text: string): VersionVector => {
  const version = new Map<string, number>();
  let last = '';
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    // What is no entry has no origin, and the empty text is never above the last.
    const origin = entry.test(part) ? part.slice(0, equals) : '';
    if (origin <= last) {
      throw new TwinlogError(
        'invalid_version_vector',
        `"${part.slice(0, 100)}" is not an entry of a version vector: origins sorted, each once, as in "aws-us-east-1.1=3,azure-eastus.1=1".`,
      );
    }
    version.set(origin, Number(part.slice(equals + 1)));
    last = origin;
  }
  return version;
}, 1_000);

/** Whether `version` has counted everything that `other` has. */
export function covers(version: VersionVector, other: VersionVector): boolean {
  for (const [origin, sequence] of other) {
    if ((version.get(origin) ?? 0) < sequence) return false;
  }
  return true;
}

/** The least vector that covers both. */
export function mergeVersions(a: VersionVector, b: VersionVector): VersionVector {
  const merged = new Map(a);
  for (const [origin, sequence] of b) {
    if ((merged.get(origin) ?? 0) < sequence) merged.set(origin, sequence);
  }
  return merged;
}
