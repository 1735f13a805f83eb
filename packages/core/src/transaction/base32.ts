/** Crockford's alphabet: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The first `length` characters of the base-32 form, five bits each from the first byte on. */
export function encodeBase32(bytes: Uint8Array, length: number): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      text += alphabet.charAt((bits >> held) & 31);
      if (text.length === length) return text;
    }
    bits &= (1 << held) - 1;
  }
  return text;
}

/** @param random uniform in [0, 1). */
export function randomBase32(length: number, random: () => number): string {
  return Array.from({ length }, () => alphabet.charAt(Math.floor(random() * 32))).join('');
}
