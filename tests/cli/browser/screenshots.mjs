// Takes pictures of a dashboard's first study and of a report, for the README.
// screenshots.mjs ADDRESS REPORT TOOLS FOLDER: TOOLS holds node_modules with playwright-core.

import { createRequire } from 'node:module';

const [address, report, tools, folder] = process.argv.slice(2);
const { chromium } = createRequire(tools + '/')('playwright-core');

const { studies } = await (await fetch(address + 'api/v1/studies')).json();
const study = `${address}study/${studies[0].id}`;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
for (const [name, place] of [['dashboard', study], ['cells', `${study}/cells`], ['report', `file://${report}`]]) {
  await page.goto(place);
  await page.waitForTimeout(2000); // charts draw when they know their width, cells are fetched
  await page.screenshot({ path: `${folder}/${name}.png` });
}
await browser.close();
