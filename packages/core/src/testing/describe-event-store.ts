import { afterAll, beforeAll, describe } from 'vitest';
import { appending } from './conformance/appending.ts';
import { insertion } from './conformance/insertion.ts';
import { listing } from './conformance/listing.ts';
import { reading } from './conformance/reading.ts';
import { scanning } from './conformance/scanning.ts';
import type { StoreUnderTest } from './store-under-test.ts';
import { suiteTimeout } from './suite-timeout.ts';

/**
 * Registers the tests that every `EventStore` has to pass, with vitest.
 * @param start called once.
 */
export function describeEventStore(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of an event store`, { timeout: suiteTimeout }, () => {
    let started: StoreUnderTest;
    beforeAll(async () => {
      started = await start();
    }, suiteTimeout);
    afterAll(() => started?.stop?.());

    const underTest = () => started;
    insertion(underTest);
    reading(underTest);
    listing(underTest);
    scanning(underTest);
    appending(underTest);
  });
}
