/**
 * The key that was set first among those that a map holds, time after time, for caches that drop it. One iterator goes on from
 * call to call: a new one would look again at the places of all that were deleted since the map last grew, thousands in a
 * large map.
 */
export function oldestOf<Key>(map: ReadonlyMap<Key, unknown>): () => Key | undefined {
  let keys = map.keys();
  return () => {
    let next = keys.next();
    if (next.done) {
      keys = map.keys();
      next = keys.next();
    }
    return next.done ? undefined : next.value;
  };
}
