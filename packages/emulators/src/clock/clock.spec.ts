import { describe, expect, it } from 'vitest';
import { manualClock, realClock, scaledClock } from './clock.ts';

describe('a manual clock', () => {
  it('runs what falls due in the order of time, and of setting within one time', () => {
    const clock = manualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push(`late at ${clock.now()}`));
    clock.after(10, () => ran.push(`first at ${clock.now()}`));
    clock.after(10, () => ran.push(`second at ${clock.now()}`));
    clock.after(21, () => ran.push('too late'));
    clock.advance(20);
    expect(ran).toEqual(['first at 10', 'second at 10', 'late at 20']);
    expect(clock.now()).toBe(20);
  });

  it('runs within one advance what a callback has set', () => {
    const clock = manualClock();
    const at: number[] = [];
    const tick = (): void => {
      at.push(clock.now());
      clock.after(10, tick);
    };
    clock.after(10, tick);
    clock.advance(35);
    expect(at).toEqual([10, 20, 30]);
  });

  it('does not run what was cancelled', () => {
    const clock = manualClock();
    let ran = false;
    clock.after(10, () => {
      ran = true;
    })();
    clock.advance(100);
    expect(ran).toBe(false);
  });

  it('tells when somebody waits for a given time', async () => {
    const clock = manualClock(1_000);
    const waiting = clock.awaitTimer(500);
    clock.after(400, () => {});
    clock.after(500, () => {});
    await waiting;
    expect(clock.dueIn()).toEqual([400, 500]);
  });
});

describe('a scaled clock', () => {
  it('shows and waits a minute for each second of its base', () => {
    const base = manualClock(1_000_000);
    const clock = scaledClock(60, base);
    let ranAt = 0;
    clock.after(60_000, () => {
      ranAt = base.now();
    });
    base.advance(1_000);
    expect(ranAt).toBe(1_001_000);
    expect(clock.now()).toBe(1_060_000);
  });

  it('refuses a factor that would stop it', () => {
    expect(() => scaledClock(0)).toThrow(/above 0, not 0/);
  });
});

describe('the real clock', () => {
  it('runs a callback later, and never a cancelled one', async () => {
    const ran: string[] = [];
    realClock.after(0, () => ran.push('cancelled'))();
    await new Promise<void>((resolve) => {
      realClock.after(1, resolve);
    });
    expect(ran).toEqual([]);
  });

  it('does not mistake a wait of months for none', () => {
    let ran = false;
    const cancel = realClock.after(2 ** 40, () => {
      ran = true;
    });
    cancel();
    expect(ran).toBe(false);
  });
});
