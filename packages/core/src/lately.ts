/**
 * A pure function of a text that remembers what it made of those it was asked for lately.
 * @param most how many: with one more it forgets them all, which costs less than to know the oldest.
 */
export function lately<Value extends object | string>(
  make: (text: string) => Value,
  most: number,
): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const value = known.get(text);
    if (value !== undefined) return value;
    const made = make(text);
    if (known.size >= most) known.clear();
    known.set(text, made);
    return made;
  };
}
