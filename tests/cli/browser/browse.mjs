// Walks through every view of a dashboard in a real browser: light, dark, and as wide as a phone.
// browse.mjs ADDRESS STUDY TOOLS SHOTS: STUDY is the id of a study with cells that is being
// searched; TOOLS holds node_modules with playwright-core and axe-core; pictures go to SHOTS.
// Prints what is wrong, a line each; exit status 1 where anything is.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [address, study, tools, shots] = process.argv.slice(2);
const require = createRequire(tools + '/');
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let faults = 0;
function fault(where, what) {
  ++faults;
  console.log(`${where}: ${what}`);
}

async function api(path) {
  return (await fetch(address + 'api/v1/' + path)).json();
}

const views = {
  studies: '',
  study: `study/${study}`,
  near: `study/${study}?near=1&along=core_hours`,
  cells: `study/${study}/cells`,
  pair: `study/${study}/cells?beside=0,1`,
  random: `study/${study}/cells?arm=baseline`,
  scatter: `study/${study}/scatter`,
  filtered: `study/${study}/scatter?x=number&y=reward&ylog=1&where=number:0:3&axes=reward,number,normal.0.left_op`,
  clock: `study/${study}?along=time`,
  policy: `study/${study}/policy`,
  choices: `study/${study}/choices`,
  decisions: `study/${study}/choices?arm=baseline&by=decision&about=normal.0.left_op&group=0`,
  compare: 'compare',
  compared: `compare?studies=${study}&along=core_hours`,
  trials: `study/${study}/trials`,
  trial: `study/${study}/trial/search/0`,
  nowhere: 'study/nowhere',
};
const looks = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
// The page's policy forbids scripts that are put in, such as the checker.
const open = (look) => browser.newContext({ ...look, bypassCSP: true, acceptDownloads: true });

for (const [name, look] of Object.entries(looks)) {
  const context = await open(look);
  const page = await context.newPage();
  let where = name;
  page.on('pageerror', (error) => fault(where, error.message));
  page.on('console', (message) => {
    const text = message.text();
    const expected = where.endsWith('nowhere') && text.includes('404');
    if (['error', 'warning'].includes(message.type()) && !expected) fault(where, text);
  });
  for (const [view, path] of Object.entries(views)) {
    where = `${name} ${view}`;
    await page.goto(address + path);
    await page.waitForFunction(() => !document.body.innerText.includes('Loading'));
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${shots}/${view}-${name}.png`, fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) fault(where, `${wide} pixels wider than the window`);
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document));
    for (const one of found.violations)
      fault(where, `${one.id}: ${one.help}: ${one.nodes[0].html.slice(0, 100)}`);
  }
  await context.close();
}

// The page as it is served, without leave to put scripts in.
const page = await (await browser.newContext({ ...looks.light, acceptDownloads: true })).newPage();
page.on('console', (message) => {
  if (['error', 'warning'].includes(message.type())) fault('walk', message.text());
});
page.on('pageerror', (error) => fault('walk', error.message));
await page.goto(address);
await page.getByRole('link', { name: /\.db$/ }).first().click();
await page.waitForURL(/\/study\//);

// Numbers are those of the API.
const detail = await api('studies/' + study);
await page.goto(address + `study/${study}`);
const best = detail.arms[0].best;
await page.getByText((100 * best.reward).toFixed(2) + ' %').first().waitFor({ timeout: 5000 });

// A trial that ends is there by itself.
const seen = async () =>
  Number((await page.locator('tbody tr').first().innerText()).match(/(\d+) of/)[1]);
const before = await seen();
let finished = before;
for (let k = 0; k < 600 && finished === before; ++k) {
  finished = (await api('studies/' + study)).arms[0].finished;
  await page.waitForTimeout(100);
}
if (finished === before) fault('live', 'the search has finished no trial in a minute');
await page.waitForTimeout(2000);
if ((await seen()) < finished) fault('live', 'a finished trial was not shown within two seconds');

async function save(button) {
  const coming = page.waitForEvent('download');
  await button.click();
  return readFileSync(await (await coming).path(), 'utf8');
}
const csv = await save(page.getByRole('button', { name: 'CSV' }).first());
const rows = csv.trim().split('\n').map((line) => line.split(','));
if (rows[0].join() !== 'arm,x,least,greatest,mean,trials,best_trial') fault('CSV', rows[0].join());
const curve = await api(`studies/${study}/curve?points=2000`);
for (const [arm, x, , , mean] of rows.slice(1)) {
  const same = curve[arm].rewards.find((r) => r[0] === Number(x));
  if (!same || same[3] !== Number(mean)) fault('CSV', `${arm} ${x} ${mean}`);
}
const json = JSON.parse(await save(page.getByRole('link', { name: 'JSON' }).first()));
if (!json.search.rewards.length) fault('JSON', 'no rewards');
/** A picture of this name, in its own right: it parses, and holds at least so many paths. */
async function checkPictures(where, panel, least) {
  if (!(await save(panel.getByRole('button', { name: 'PNG' }).first())).startsWith('\ufffdPNG'))
    fault(where, 'PNG: no picture');
  const text = await save(panel.getByRole('button', { name: 'SVG' }).first());
  const paths = await page.evaluate((svg) => {
    const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml');
    return parsed.querySelector('parsererror') ? -1 : parsed.querySelectorAll('path').length;
  }, text);
  if (paths < least || text.includes('NaN')) fault(where, `SVG: ${paths} paths; ${text.slice(0, 200)}`);
}
const panelOf = (title) => page.locator('section.panel').filter({ has: page.getByRole('heading', { name: title }) });
await checkPictures('rewards', panelOf('Rewards'), 4);

// Panning: a part of the chart is in the address, and comes back with it.
const chart = panelOf('Rewards').locator('.chart');
await chart.focus();
await page.keyboard.press('+');
await page.keyboard.press('ArrowRight');
await page.waitForURL(/[?&]x=/);
const part = page.url();
await page.reload();
await chart.waitFor();
await page.waitForTimeout(500);
if (page.url() !== part) fault('pan', 'the part of a chart was not brought back');
await chart.focus();
await page.keyboard.press('0');
await page.waitForURL((url) => !url.searchParams.has('x'));

// A rectangle filters, and a click leads to a trial.
await page.getByRole('link', { name: 'Scatter' }).click();
const scatter = page.locator('svg.scatter');
await scatter.waitFor();
await page.waitForTimeout(300);
await checkPictures('scatter', panelOf('Two measures'), 2);
await checkPictures('parallel', panelOf('Parallel coordinates'), 4);
const columns = (await save(panelOf('Two measures').getByRole('button', { name: 'CSV' }))).split('\n')[0];
if (!columns.startsWith('arm,trial,matches,')) fault('points', columns);
const frame = await scatter.boundingBox();
await page.mouse.move(frame.x + 80, frame.y + 30);
await page.mouse.down();
await page.mouse.move(frame.x + frame.width - 30, frame.y + 200, { steps: 5 });
await page.mouse.up();
await page.waitForURL(/where=/);
const filters = await panelOf('Filters').locator('.chip').count();
if (filters !== 2) fault('brush', `${filters} filters of a rectangle`);
await page.reload();
await panelOf('Filters').locator('.chip').first().waitFor();
await panelOf('Filters').getByRole('button', { name: 'Clear all' }).click();
await page.waitForURL((url) => !url.searchParams.has('where'));
await scatter.focus();
await page.keyboard.press('Home');
await page.keyboard.press('Enter');
await page.waitForURL(/\/trial\/(search|baseline)\/\d+$/);

await page.getByRole('link', { name: 'Cells' }).click();
const svg = await save(page.getByRole('link', { name: 'SVG' }).first());
if (!svg.includes('Reduction cell')) fault('SVG', svg.slice(0, 100));
await page.getByLabel('side by side').first().check();
await page.getByLabel('side by side').nth(1).check();
await page.getByRole('heading', { name: /^Trials \d+ and \d+$/ }).waitFor();
const back = page.url();
await page.reload();
await page.getByRole('heading', { name: /^Trials \d+ and \d+$/ }).waitFor();
if (page.url() !== back) fault('address', 'a view was not brought back');

const marked = await save(panelOf(/^Trials \d+ and \d+$/).getByRole('link', { name: 'SVG' }).first());
if (!marked.includes('Reduction cell')) fault('marked SVG', marked.slice(0, 100));

await page.getByRole('link', { name: 'Choices' }).click();
await page.locator('svg.shares-search').waitFor();
await checkPictures('choices', panelOf('How often each is chosen'), 10);
const shares = await api(`studies/${study}/shares?windows=1`);
if (shares.groups.length !== 6) fault('shares', JSON.stringify(shares.groups));
await page.getByText('These are correlations').waitFor();

// The policy of an earlier generation has an address.
await page.getByRole('link', { name: 'Policy' }).click();
await page.locator('svg.heat').waitFor();
await checkPictures('entropy', panelOf('Entropy'), 1);
if ((await api(`studies/${study}/policy`)).generations.length > 1) {
  await page.getByRole('slider').focus();
  await page.keyboard.press('Home');
  await page.waitForURL(/[?&]at=0/);
}

await page.getByRole('link', { name: 'Compare' }).click();
await page.getByRole('checkbox').first().check();
await page.waitForURL(/compare\?studies=/);
await panelOf('Best so far').locator('.chart').waitFor();
await checkPictures('compare', panelOf('Best so far'), 2);
await page.goto(address + `study/${study}`);

await page.getByRole('link', { name: 'Trials', exact: true }).click();
await page.getByRole('row').nth(1).getByRole('link').click();
await page.waitForURL(/\/trial\/search\/0$/);
const genotype = JSON.parse(await save(page.getByRole('button', { name: 'Genotype' })));
if (genotype.schema !== 'nasnet-genotype') fault('genotype', JSON.stringify(genotype).slice(0, 100));
await page.goBack();
await page.waitForURL(/\/trials$/);
// With the keyboard alone: the first stop leads past the head of the page.
await page.goto(address + `study/${study}/trials`);
await page.getByRole('row').nth(1).waitFor();
await page.keyboard.press('Tab');
await page.keyboard.press('Enter');
await page.keyboard.press('Tab');
if (!(await page.evaluate(() => document.activeElement?.closest('main') !== null)))
  fault('keyboard', 'the skip link does not lead to the content');

await browser.close();
process.exit(faults > 0 ? 1 : 0);
