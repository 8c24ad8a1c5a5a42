// The charts of a study's own page.

import { useApi, type Curves, type Detail } from './api';
import { field, save } from './files';
import { alongs, armColours, armDashes, arms, bestLine, dotLine, lowerQuarter, meanLine, readAlong, scaled, shareLine } from './lines';
import { Waiting } from './parts';
import { PlotHelp, PlotPanel } from './plot_panel';
import { go, usePlace, withQuery } from './route';
import { armName, reward } from './words';

export function Rewards({ study }: { study: Detail }) {
  const { query } = usePlace();
  const along = readAlong(query.get('along'));
  const near = query.has('near');
  const base = `/api/v1/studies/${study.id}/curve?along=${along}`;
  const answer = useApi<Curves>(`${base}&points=2000`, true);
  const curves = answer.data;
  const percent = study.is_accuracy ?? false;
  if (!curves) return <Waiting answer={answer} />;
  const present = arms.filter((arm) => curves[arm]);
  const name = (arm: string) => armName(arm, study.strategy);
  const dots = present.map((arm) =>
    dotLine(curves[arm]!, name(arm), armColours[arm], percent, arm === 'search' ? 'circle' : 'triangle'));
  const lines = [...dots, ...present.map((arm) =>
    bestLine(curves[arm]!, `best, ${name(arm)}`, armColours[arm], percent, armDashes[arm]?.slice()))];
  const csv = () => {
    const rows = ['arm,x,least,greatest,mean,trials,best_trial'];
    for (const arm of present)
      for (const row of curves[arm]!.rewards) rows.push([arm, ...row].map(field).join(','));
    save(`${study.id}-rewards.csv`, 'text/csv', rows.join('\n') + '\n');
  };
  const all = lines.flatMap((line) => [...line.y, ...(line.high ?? [])]).filter((v) => v !== null);
  const most = Math.max(...all), least = scaled(percent)(lowerQuarter([curves]));
  const best = study.arms.map((arm) => `${name(arm.arm)}: best ${reward(arm.best?.reward, percent)}`);
  const show = (value: number) => reward(percent ? value / 100 : value, percent);
  const xTitle = alongs[along];
  const common = { xTitle, show, time: along === 'time', json: `${base}&points=5000` };
  const means = present.map((arm) => meanLine(curves[arm]!, name(arm), armColours[arm], percent, armDashes[arm]?.slice()));
  const repeats = present.map((arm) =>
    shareLine(curves[arm]!, 3, `repeats, ${name(arm)}`, armColours[arm], armDashes[arm]?.slice()));
  return (
    <>
      <Waiting answer={answer} />
      <PlotPanel {...common} title="Rewards" lines={lines} view="x" file={`${study.id}-rewards`} csv={csv}
        yTitle={percent ? 'reward, %' : 'reward'}
        label={`Reward of each trial and best so far. ${best.join('; ')}. Arrow keys pan, plus and minus zoom.`}
        yRange={near && most > least ? [least, most + 0.05 * (most - least)] : undefined}
        onOpen={(line, i) => {
          const arm = present[line];
          const row = arm && curves[arm]!.rewards[i];
          if (row) go(`/study/${study.id}/trial/${arm}/${row[5]}`);
        }}
        tools={
          <>
            <label>
              along{' '}
              <select value={along}
                onChange={(event) => go(withQuery({ along: event.currentTarget.value, x: null, mean: null, repeats: null }), true)}>
                {Object.entries(alongs).map(([name, title]) => <option value={name} key={name}>{title}</option>)}
              </select>
            </label>
            <label>
              <input type="checkbox" checked={near}
                onChange={() => go(withQuery({ near: near ? null : '1' }), true)} /> near the best
            </label>
          </>
        }>
        <p class="quiet">
          Lines: the best so far, in the band of its 95 % interval. Dots: the trials
          {present.some((arm) => curves[arm]!.rewards.some((r) => r[4] > 1)) && ', several as their mean'}
          {near && '; a quarter of them lie below'}. A click on a dot opens its trial.
        </p>
        <PlotHelp />
      </PlotPanel>
      <div class="two">
        <PlotPanel {...common} title={`Mean of the latest ${curves.search.window} trials`} lines={means} view="mean" height={240}
          file={`${study.id}-mean`} yTitle={percent ? 'mean reward, %' : 'mean reward'}
          label={`Mean reward of the latest ${curves.search.window} trials of each arm, with its 95 % interval.`} />
        <PlotPanel {...common} title={`Repeats among the latest ${curves.search.window}`} lines={repeats} view="repeats" height={240}
          file={`${study.id}-repeats`} yTitle="repeats, %" yRange={[0, 100]} show={(v) => v.toFixed(0) + ' %'}
          label="Share of trials that repeat an earlier candidate." />
      </div>
    </>
  );
}
