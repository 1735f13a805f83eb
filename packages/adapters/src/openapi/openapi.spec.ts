import { readFile } from 'node:fs/promises';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { testCell } from '../cell.spec.fixture.ts';
import { methodsOf, routeOf } from '../routes.ts';
import { openApiDocument } from './document.ts';
import { examples } from './examples.ts';
import { operations } from './operations.ts';
import { renderReference } from './reference.spec.fixture.ts';
import { bodies } from './schemas.ts';
import { playStory } from './story.spec.fixture.ts';

describe('the OpenAPI document', () => {
  test('is what GET /openapi.json answers', async () => {
    const answer = await testCell().send('GET', '/openapi.json');
    expect([answer.status, answer.body]).toEqual([200, JSON.parse(JSON.stringify(openApiDocument()))]);
  });

  test('has nothing that a linter would mend', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const found = await lintFromString({ source: JSON.stringify(openApiDocument()), config });
    const told = found.map(
      ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`,
    );
    expect(told).toEqual([]);
    const wrong = { ...openApiDocument(), paths: { '/x': { get: { responses: {} } } } };
    expect(await lintFromString({ source: JSON.stringify(wrong), config })).not.toEqual([]);
  });

  test('has every path and method of the API, and no other', () => {
    for (const { path, method } of operations) {
      const route = routeOf(path.replace('{transactionId}', 'txn_1').replace('{accountId}', 'a'));
      if (!route) throw new Error(`There is no route for ${path}.`);
      expect(methodsOf(route)).toContain(method.toUpperCase());
    }
    const commands = operations.filter(({ path }) => /^\/transactions\/\{transactionId\}\/\w+$/.test(path));
    expect(commands.map(({ id }) => id)).toEqual([
      'capture',
      'refund',
      'void',
      'decline',
      'expire',
      'getEvents',
    ]);
  });
});

describe('every example in it', () => {
  test('was answered by the API just so', async () => {
    expect(examples).toEqual(await playStory());
  });

  test.each(examples.map((example) => [example.name, example] as const))(
    '%s fits the schemas, and its status is one that is documented',
    (_, { operation: id, response }) => {
      const operation = operations.find((one) => one.id === id);
      const type = response.headers['content-type'];
      if (type === 'application/problem+json') {
        const problem = bodies.Problem.parse(response.body);
        expect(operation?.problems).toContain(problem.code);
        return;
      }
      const success = operation?.successes[response.status];
      expect(success).toBeDefined();
      if (type === undefined) return expect(response.body).toBeUndefined();
      const schema: z.ZodType | undefined = bodies[success?.content[type] ?? 'Problem'];
      expect(schema.safeParse(response.body).error).toBeUndefined();
    },
  );

  test('stands for an operation, and every operation but the document itself has one', () => {
    const named = new Set(examples.map(({ operation }) => operation));
    expect(operations.map(({ id }) => id).filter((id) => !named.has(id))).toEqual(['openApi']);
  });
});

test('docs/http-api.md is what the code says', async () => {
  const page = await readFile(new URL('../../../../docs/http-api.md', import.meta.url), 'utf8');
  expect(page).toBe(renderReference());
});
