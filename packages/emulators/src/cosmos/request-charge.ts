/**
 * Request units, estimated from the service's published table: a point read of 1 KB is 1 RU and of 100 KB 10 RU, a
 * write five times that, a query never below 2.8. Real charges also depend on the indexing policy.
 */
export function readCharge(bytes: number): number {
  return round(1 + Math.max(0, bytes / 1024 - 1) * (9 / 99));
}

export function writeCharge(bytes: number): number {
  return round(readCharge(bytes) * 5);
}

export function queryCharge(bytes: number): number {
  return round(2.8 + (bytes / 1024) * (9 / 99));
}

function round(charge: number): number {
  return Math.round(charge * 100) / 100;
}
