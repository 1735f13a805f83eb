import packaged from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/**
 * Starts a real Chromium without a window: the one that `TWINLOG_CHROMIUM` names; on Linux for x64 the one that comes as a
 * package, so that nothing need be installed; elsewhere the Chrome that is installed.
 */
export async function launchBrowser(): Promise<Browser> {
  const named = process.env.TWINLOG_CHROMIUM;
  const isPackaged = process.platform === 'linux' && process.arch === 'x64';
  const path = named ?? (isPackaged ? await packaged.executablePath() : undefined);
  return chromium.launch({
    ...(path === undefined ? { channel: 'chrome' } : { executablePath: path }),
    // Nobody but this test's own servers is spoken to, and only they are shown.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
