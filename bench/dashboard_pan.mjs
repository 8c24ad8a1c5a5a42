// Frames of a chart that is panned by a hand for some seconds, in a real browser:
//
//   node bench/dashboard_pan.mjs ADDRESS STUDY TOOLS [SECONDS]
//
// ADDRESS and STUDY as bench_dashboard --serve 1 prints them; TOOLS holds node_modules with
// playwright-core (build/browser). A frame is one call of requestAnimationFrame.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [address, study, tools, seconds = '4'] = process.argv.slice(2);
const { chromium } = createRequire(resolve(tools) + '/')('playwright-core');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(`${address}study/${study}`);
const over = page.locator('.chart .u-over').first();
await over.waitFor();
await over.scrollIntoViewIfNeeded();
const frame = await over.boundingBox();
const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
await page.locator('.chart').first().focus();
for (let k = 0; k < 6; ++k) await page.keyboard.press('+');
await page.evaluate(() => {
  const times = (window.frames_ = []);
  const note = (now) => {
    times.push(now);
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
});
await page.mouse.move(x, y);
await page.mouse.down();
await page.evaluate(() => (window.frames_.length = 0));
const end = Date.now() + 1000 * Number(seconds);
for (let k = 0; Date.now() < end; ++k) await page.mouse.move(x + 300 * Math.sin(k / 20), y);
const times = await page.evaluate(() => window.frames_);
await page.mouse.up();
const steps = times.slice(1).map((time, k) => time - times[k]).sort((a, b) => a - b);
const at = (share) => steps[Math.floor(share * (steps.length - 1))].toFixed(1);
console.log(`${(1000 * steps.length / (times.at(-1) - times[0])).toFixed(1)} frames a second while panning; ` +
  `between two frames ${at(0.5)} ms in the middle, ${at(0.99)} ms at 99 %, ${at(1)} ms at most`);
await browser.close();
