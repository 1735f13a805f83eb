/**
 * What `load` comes to, loaded by whoever asks first: a function that starts need not wait for what few of its calls need.
 */
export function whenNeeded<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loaded: Promise<Value> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}
