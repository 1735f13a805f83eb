import fc from 'fast-check';
import { expect, test } from 'vitest';
import { print, visible } from './terminal.ts';

test('a line shows what a stranger sent, and lets none of it move the cursor, colour the screen or turn text around', () => {
  expect(visible('a\u001b[2Jb\r\n\u009b1m\u202ec')).toBe('a\\u{1b}[2Jb\\u{d}\\u{a}\\u{9b}1m\\u{202e}c');
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => {
      const written: string[] = [];
      const terminal = { json: false, isWatched: true, writeError: () => {} };
      print({ ...terminal, write: (text) => written.push(text) }, {}, lines);
      expect(written.join('').split('\n')).toHaveLength(lines.length + 1);
      expect(written.join('').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('JSON says what a stranger sent as it is, and obeys none of it either', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const written: string[] = [];
      const terminal = { json: true, isWatched: true, writeError: () => {} };
      print({ ...terminal, write: (line) => written.push(line) }, { text }, []);
      expect(JSON.parse(written.join(''))).toEqual({ text });
      expect(written.join('').slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { examples: [['\u009b2J\u202e\u{e0001}']] },
  );
});

test.each(['Grüße an 東京, €5 ✓', '… and more'])('%j is shown as it is', (line) => {
  expect(visible(line)).toBe(line);
});
