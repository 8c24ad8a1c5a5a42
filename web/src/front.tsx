// Of a study with several goals: the hypervolume of both arms, and the members of their fronts.

import { useApi, type Detail, type Front as FrontObject } from './api';
import { field, save } from './files';
import { armColours, armDashes, arms } from './lines';
import { Panel, Waiting } from './parts';
import { PlotPanel } from './plot_panel';
import type { Line } from './plot';
import { armName, columnName, count, measurement } from './words';

const volume = (value: number) => Number(value.toPrecision(6)).toString();

export function Front({ study }: { study: Detail }) {
  const base = `/api/v1/studies/${study.id}/front`;
  const answer = useApi<FrontObject>(study.goals.length ? `${base}?points=1000` : null, true);
  if (study.goals.length === 0) return null;
  const front = answer.data;
  if (!front) return <Waiting answer={answer} />;
  const present = arms.filter((arm) => front[arm]);
  const name = (arm: string) => armName(arm, study.strategy);
  const lines: Line[] = present.map((arm) => ({
    label: name(arm), colour: armColours[arm], kind: 'step', end: front[arm]!.end,
    // From the first trial on there is a hypervolume, were it 0.
    x: front[arm]!.end > 0 ? [0, ...front[arm]!.history.map((step) => step[0])] : [],
    y: front[arm]!.end > 0 ? [0, ...front[arm]!.history.map((step) => step[1])] : [],
    ...(armDashes[arm] ? { dash: armDashes[arm]!.slice() } : {}),
  }));
  const goals = front.goals;
  const words = goals.map((goal) => `${columnName(goal.measurement)} (${goal.maximize ? 'more' : 'less'} is better, reference ${measurement(goal.measurement, goal.reference)})`);
  const rows = present.flatMap((arm) => front[arm]!.members.map((member) => ({ arm, ...member })));
  const csv = () => {
    const text = [['arm', 'trial', ...goals.map((goal) => goal.measurement)].map(field).join(',')];
    for (const row of rows) text.push([row.arm, row.number, ...row.values].map(field).join(','));
    save(`${study.id}-front.csv`, 'text/csv', text.join('\n') + '\n');
  };
  const scatter = `/study/${study.id}/scatter`;
  return (
    <>
      <Waiting answer={answer} />
      <PlotPanel title="Hypervolume of the front" lines={lines} view="volume" height={260} xTitle="trials"
        yTitle="hypervolume" show={volume} file={`${study.id}-hypervolume`} json={`${base}?points=5000`}
        label={`Hypervolume of the fronts, trial by trial. ${present.map((arm) => `${name(arm)}: ${volume(front[arm]!.hypervolume)}`).join('; ')}. Arrow keys pan, plus and minus zoom.`}>
        <p class="quiet">
          Goals: {words.join('; ')}. One run of each arm: that alone does not say that one is better.{' '}
          <a href={scatter}>The fronts among all trials</a>
        </p>
      </PlotPanel>
      <Panel title="Members of the fronts" aside={
        <span class="files">
          <button type="button" onClick={csv}>CSV</button>
          <a class="button" download={`${study.id}-front.json`} href={`${base}?points=5000`}>JSON</a>
        </span>
      }>
        <p class="quiet">
          {present.map((arm) => `${name(arm)}: ${count(front[arm]!.members.length)}, hypervolume ${volume(front[arm]!.hypervolume)}`).join('; ')}
        </p>
        {rows.length > 0 && (
          <details open={rows.length <= 24}>
            <summary>The members</summary>
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Trial</th>
                  {goals.map((goal) => <th scope="col" key={goal.measurement}>{columnName(goal.measurement)}</th>)}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.arm + row.number}>
                    <th scope="row">
                      <a href={`/study/${study.id}/trial/${row.arm}/${row.number}`}>{name(row.arm)} {row.number}</a>
                    </th>
                    {goals.map((goal, k) => (
                      <td data-name={columnName(goal.measurement)} key={goal.measurement}>
                        {measurement(goal.measurement, row.values[k]!)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        )}
      </Panel>
    </>
  );
}
