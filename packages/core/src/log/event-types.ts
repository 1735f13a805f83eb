import type * as z from 'zod';
import type { AggregateEvent } from '../aggregate.ts';
import { TwinlogError } from '../errors.ts';
import type { EventData } from './event.ts';

/**
 * A version of an event that a later one has replaced: the schema of its data, which never changes, and how its
 * data reads as the version after it.
 */
export interface Upcast<Data extends EventData = EventData> {
  readonly schema: z.ZodType<Data>;
  readonly next: EventVersion;
  /** The data as the next version has it, or undefined where it does not fit this one's schema. */
  readonly raise: (data: EventData) => EventData | undefined;
}

/** One published version of an event: the schema of its data where it is the latest, else its upcast. */
export type EventVersion<Data extends EventData = EventData> = z.ZodType<Data> | Upcast<Data>;

/**
 * An older version of an event. What `upcast` says of it must stay the same for ever: it is what was decided.
 *
 * @param schema of the data, as it was published.
 * @param next the version after this one, as it stands in the catalogue: a schema, or an upcast itself.
 * @param upcast pure; sees data that fits `schema` and gives data that fits the next version's.
 */
export function upcastTo<Next extends EventData, Data extends EventData>(
  next: EventVersion<Next>,
  schema: z.ZodType<Data>,
  upcast: (data: Data) => Next,
): Upcast<Data> {
  return {
    schema,
    next,
    raise: (data) => {
      const own = schema.safeParse(data);
      return own.success ? upcast(own.data) : undefined;
    },
  };
}

/** Every version of every event that an aggregate has ever published, by type: `captured.v1`. */
type Catalogue = { readonly [type: string]: EventVersion };

/** The events of a catalogue's latest versions, as `decide` makes them and `evolve` sees them. */
type LatestOf<Versions extends Catalogue> = {
  readonly [Type in keyof Versions & string]: Versions[Type] extends z.ZodType<infer Data extends EventData>
    ? { readonly type: Type; readonly data: Data }
    : never;
}[keyof Versions & string];

/** An aggregate's events: what was published, and how this code reads it. */
export interface EventTypes<Event extends AggregateEvent> {
  /** The schema of the data of every version ever published, by type. */
  readonly schemas: ReadonlyMap<string, z.ZodType>;
  /**
   * The event in its latest version, if this code knows its type and version and its data fits them; else
   * undefined. Members of the data that its version does not have are left out.
   */
  readonly understand: (event: AggregateEvent) => Event | undefined;
}

/** The type of the events in their latest versions. */
export type EventOf<Types> = Types extends EventTypes<infer Event> ? Event : never;

const versioned = /^([a-z][a-z0-9.-]*)\.v([1-9][0-9]{0,3})$/;

function isSchema(version: EventVersion): version is z.ZodType<EventData> {
  return 'safeParse' in version;
}

/**
 * Makes an aggregate's events of a catalogue of all their versions. Of each event the highest version is a
 * schema, and each one below it is an `upcastTo` the next, so that old data climbs up version by version.
 *
 * @throws TwinlogError `invalid_event_types` naming the type that is malformed, lacks a version below it, or
 * does not lead to the version after it.
 */
export function eventTypes<const Versions extends Catalogue>(
  catalogue: Versions,
): EventTypes<LatestOf<Versions>> {
  const versions: ReadonlyMap<string, EventVersion> = new Map(Object.entries(catalogue));
  for (const [type, version] of versions) {
    const fault = faultOf(type, version, versions);
    if (fault !== undefined)
      throw new TwinlogError('invalid_event_types', `The event type "${type}" ${fault}.`);
  }

  const isLatest = (event: AggregateEvent): event is LatestOf<Versions> => {
    const version = versions.get(event.type);
    return version !== undefined && isSchema(version);
  };

  return {
    schemas: new Map(
      [...versions].map(([type, version]) => [type, isSchema(version) ? version : version.schema]),
    ),
    understand: ({ type, data }) => {
      let version = versions.get(type);
      let reading = { type, data };
      while (version !== undefined && !isSchema(version)) {
        const raised = version.raise(reading.data);
        if (raised === undefined) return undefined;
        reading = { type: afterType(reading.type), data: raised };
        version = version.next;
      }
      const parsed = version?.safeParse(reading.data);
      if (!parsed?.success) return undefined;
      const event = { type: reading.type, data: parsed.data };
      return isLatest(event) ? event : undefined;
    },
  };
}

/** The type of the version after: `captured.v2` after `captured.v1`. */
function afterType(type: string): string {
  const [, name = '', number = ''] = versioned.exec(type) ?? [];
  return `${name}.v${Number(number) + 1}`;
}

function faultOf(
  type: string,
  version: EventVersion,
  versions: ReadonlyMap<string, EventVersion>,
): string | undefined {
  const [, name, number] = versioned.exec(type) ?? [];
  if (name === undefined) return 'is no name and version, such as "captured.v1"';
  const below = `${name}.v${Number(number) - 1}`;
  if (number !== '1' && !versions.has(below)) return `lacks "${below}": a published version stays for ever`;
  const above = afterType(type);
  const next = versions.get(above);
  if (isSchema(version)) return next && `is followed by "${above}", so it must be an upcast to it`;
  return version.next === next ? undefined : `must be an upcast to "${above}"`;
}
