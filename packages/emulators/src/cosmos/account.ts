import { notFound, ownerNotFound, Refused } from './answer.ts';
import { Container } from './container.ts';
import { checkId } from './item-rules.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import { partitionKeyDefinition } from './partition-key.ts';
import { containerRid, databaseRid } from './resource-id.ts';

/** A database: a name, and its containers. */
export interface Database {
  readonly number: number;
  readonly resource: JsonObject;
  readonly containers: Map<string, Container>;
}

/** Everything an account holds. */
export class Account {
  readonly #databases = new Map<string, Database>();
  readonly #partitions: number;
  readonly #now: () => number;
  #number = 0;
  #etag = 0;

  constructor(options: { readonly partitions: number; readonly now: () => number }) {
    this.#partitions = options.partitions;
    this.#now = options.now;
  }

  /** A fresh etag, quoted as on the wire. */
  readonly nextEtag = (): string => {
    this.#etag += 1;
    return `"${this.#etag.toString(16).padStart(8, '0')}-0000-0000-0000-${this.#now().toString(16).padStart(12, '0')}"`;
  };

  databases(): readonly Database[] {
    return [...this.#databases.values()];
  }

  /** @throws Refused 404 */
  database(id: string): Database {
    const found = this.#databases.get(id);
    if (found === undefined) throw notFound();
    return found;
  }

  /** @throws Refused 404, with substatus 1003 where the database itself is missing and something in it was asked for. */
  container(databaseId: string, id: string, wanted: 'container' | 'inside'): Container {
    const database = this.#databases.get(databaseId);
    if (database === undefined) throw ownerNotFound(`dbs/${databaseId}`);
    const found = database.containers.get(id);
    if (found !== undefined) return found;
    throw wanted === 'inside' ? ownerNotFound(`dbs/${databaseId}/colls/${id}`) : notFound();
  }

  createDatabase(body: unknown): Database {
    const id = idOf(body);
    if (this.#databases.has(id)) throw conflict('Database', id);
    this.#number += 1;
    const rid = databaseRid(this.#number);
    const resource = { id, ...this.#system(rid, `dbs/${rid}/`), _colls: 'colls/', _users: 'users/' };
    const database: Database = { number: this.#number, resource, containers: new Map() };
    this.#databases.set(id, database);
    return database;
  }

  deleteDatabase(id: string): void {
    if (!this.#databases.delete(id)) throw notFound();
  }

  createContainer(databaseId: string, body: unknown): Container {
    const database = this.#databases.get(databaseId);
    if (database === undefined) throw ownerNotFound(`dbs/${databaseId}`);
    const id = idOf(body);
    if (database.containers.has(id)) throw conflict('Container', id);
    const definition = checkedDefinition(body);
    this.#number += 1;
    const rid = containerRid(database.number, this.#number);
    const container = new Container({
      rid,
      numbers: [database.number, this.#number],
      partitionKey: definition.partitionKey,
      partitions: this.#partitions,
      resource: {
        ...definition.resource,
        ...this.#system(rid, `dbs/${databaseRid(database.number)}/colls/${rid}/`),
        _docs: 'docs/',
        _sprocs: 'sprocs/',
        _triggers: 'triggers/',
        _udfs: 'udfs/',
        _conflicts: 'conflicts/',
      },
    });
    database.containers.set(id, container);
    return container;
  }

  /** Replaces a container's settings. @throws Refused 400 for another partition key, which cannot be changed. */
  replaceContainer(databaseId: string, id: string, body: unknown): Container {
    const container = this.container(databaseId, id, 'container');
    const { resource, partitionKey } = checkedDefinition(body);
    if (partitionKey.paths.join() !== container.partitionKey.paths.join()) {
      throw new Refused(400, `The partition key of container ${id} cannot be changed.`);
    }
    container.resource = { ...container.resource, ...resource, _etag: this.nextEtag(), _ts: this.#seconds() };
    return container;
  }

  deleteContainer(databaseId: string, id: string): void {
    this.container(databaseId, id, 'container');
    this.database(databaseId).containers.delete(id);
  }

  #system(rid: string, self: string): JsonObject {
    return { _rid: rid, _self: self, _etag: this.nextEtag(), _ts: this.#seconds() };
  }

  #seconds(): number {
    return Math.floor(this.#now() / 1000);
  }
}

const defaultIndexingPolicy = {
  indexingMode: 'consistent',
  automatic: true,
  includedPaths: [{ path: '/*' }],
  excludedPaths: [{ path: '/"_etag"/?' }],
};

function checkedDefinition(body: unknown) {
  const partitionKey = isJsonObject(body) ? partitionKeyDefinition(body.partitionKey) : undefined;
  if (!isJsonObject(body) || partitionKey === undefined) {
    throw new Refused(
      400,
      'The partition key definition is invalid: it needs one to three paths such as "/accountId".',
    );
  }
  for (const setting of ['uniqueKeyPolicy', 'defaultTtl', 'conflictResolutionPolicy', 'computedProperties']) {
    const value = body[setting];
    if (value === undefined || value === -1) continue;
    throw new Refused(400, `The Cosmos DB stand-in does not implement the container setting ${setting}.`);
  }
  return { partitionKey, resource: { indexingPolicy: defaultIndexingPolicy, ...body, partitionKey } };
}

function idOf(body: unknown): string {
  const id = isJsonObject(body) ? body.id : undefined;
  if (typeof id !== 'string' || id === '') throw new Refused(400, 'The resource needs an id.');
  checkId(id);
  return id;
}

function conflict(kind: string, id: string): Refused {
  return new Refused(409, `${kind} with the specified id ${JSON.stringify(id)} already exists.`);
}
