import { useApi, type Arm, type Curves, type Detail } from './api';
import { RewardChart } from './chart';
import { Copy, field, Panel, Progress, save, Waiting } from './parts';
import { go, usePlace, withQuery } from './route';
import { armNames, count, duration, range, reward } from './words';

function ArmRow({ study, arm }: { study: Detail; arm: Arm }) {
  const percent = study.is_accuracy ?? false;
  return (
    <tr>
      <th scope="row">{arm.arm === 'search' ? study.strategy : armNames[arm.arm]}</th>
      <td data-name="Trials">
        <Progress done={arm.finished} all={arm.asked} label={`trials of ${arm.arm}`} />
        {count(arm.finished)} of {count(arm.asked)}
      </td>
      <td data-name="Best">
        {arm.best ? (
          <a href={`/study/${study.id}/trial/${arm.arm}/${arm.best.number}`}>
            {reward(arm.best.reward, percent)}
          </a>
        ) : '–'}
        <div class="quiet">{arm.best && range(arm.best.interval, percent)}</div>
      </td>
      <td data-name="Mean">
        {arm.mean.trials > 0 ? reward(arm.mean.value, percent) : '–'}
        {arm.mean.trials > 1 && (
          <div class="quiet">± {reward(1.96 * arm.mean.standard_error, percent)}</div>
        )}
      </td>
      <td data-name="Repeats">{count(arm.repeats)}</td>
      <td data-name="Failed">
        {count(arm.failed)}
        {Object.entries(arm.failed_by_cause).map(([cause, number]) => (
          <div class="quiet" key={cause}>{cause}: {count(number)}</div>
        ))}
      </td>
    </tr>
  );
}

const findingNames: Record<string, string> = {
  retrained_search: 'Best cells of the search, trained again',
  retrained_baseline: 'Best random cells, trained again',
  difference: 'Difference',
  kendall: 'Rank correlation of short and longer training (Kendall)',
  spearman: 'Rank correlation of short and longer training (Spearman)',
};

function Findings({ study }: { study: Detail }) {
  const percent = study.is_accuracy ?? false;
  const entries = Object.entries(study.findings);
  return (
    <Panel title="Findings">
      {study.alarms.map((alarm) => (
        <p class="alarm" key={alarm.name}><strong>Alarm:</strong> {alarm.text}.</p>
      ))}
      {study.comparison && <p>{study.comparison}</p>}
      {entries.length > 0 && (
        <table>
          <tbody>
            {entries.map(([name, estimate]) => {
              const share = percent && !['kendall', 'spearman'].includes(name);
              return (
                <tr key={name}>
                  <th scope="row">{findingNames[name] ?? name}</th>
                  <td>{reward(estimate.value, share)}</td>
                  <td class="quiet">{range(estimate.interval, share)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {!study.comparison && entries.length === 0 && study.alarms.length === 0 && (
        <p class="quiet">Nothing can be said yet.</p>
      )}
    </Panel>
  );
}

function Rewards({ study }: { study: Detail }) {
  const place = usePlace();
  const along = place.query.get('along') === 'core_hours' ? 'core_hours' : 'trials';
  const near = place.query.has('near');
  const answer = useApi<Curves>(`/api/v1/studies/${study.id}/curve?along=${along}&points=2000`);
  const percent = study.is_accuracy ?? false;
  const csv = () => {
    const lines = ['arm,x,least,greatest,mean,trials,best_trial'];
    for (const arm of ['search', 'baseline'] as const)
      for (const row of answer.data?.[arm]?.rewards ?? [])
        lines.push([arm, ...row].map(field).join(','));
    save(`${study.id}-rewards.csv`, 'text/csv', lines.join('\n') + '\n');
  };
  const png = () =>
    document.querySelector<HTMLCanvasElement>('.chart canvas')
      ?.toBlob((blob) => blob && save(`${study.id}-rewards.png`, 'image/png', blob));
  const best = study.arms.map((arm) =>
    `${arm.arm === 'search' ? study.strategy : 'random'}: best ${reward(arm.best?.reward, percent)}`);
  return (
    <Panel
      title="Rewards"
      aside={
        <>
          <label>
            along{' '}
            <select value={along}
              onChange={(event) => go(withQuery({ along: event.currentTarget.value }), true)}>
              <option value="trials">trials</option>
              <option value="core_hours">core-hours</option>
            </select>
          </label>
          <label>
            <input type="checkbox" checked={near}
              onChange={() => go(withQuery({ near: near ? null : '1' }), true)} /> near the best
          </label>
          <button type="button" onClick={csv}>CSV</button>
          <button type="button" onClick={png}>PNG</button>
          <a class="button" download={`${study.id}-rewards.json`}
            href={`/api/v1/studies/${study.id}/curve?along=${along}&points=5000`}>JSON</a>
        </>
      }
    >
      <Waiting answer={answer} />
      {answer.data && (
        <RewardChart near={near} curves={answer.data} percent={percent} study={study.id}
          label={`Reward of each trial and best so far. ${best.join('; ')}.`} />
      )}
      <p class="quiet">
        Lines: the best so far, in the band of its 95 % interval. Dots: the trials
        {answer.data?.search.rewards.some((r) => r[4] > 1) && ', several as their mean'}{near && '; a quarter of them lie below'}. Drag to
        look closer, double-click to open a trial or go back.
      </p>
    </Panel>
  );
}

export function Study({ study }: { study: Detail }) {
  return (
    <>
      {study.problem && <p class="problem" role="alert">{study.problem}</p>}
      <Panel title="Arms">
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Arm</th><th scope="col">Trials</th>
              <th scope="col">Best (95 % interval)</th><th scope="col">Mean</th>
              <th scope="col">Repeats</th><th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>{study.arms.map((arm) => <ArmRow study={study} arm={arm} key={arm.arm} />)}</tbody>
        </table>
        <p class="quiet">
          Rewards are of short trainings, measured on validation images: no test accuracies. Spent:{' '}
          {duration(study.core_seconds ?? 0)} of cores
          {(study.gpu_seconds ?? 0) > 0 && `, ${duration(study.gpu_seconds!)} of GPUs`}
          {(study.joules ?? 0) > 0 && `, ${(study.joules! / 1000).toFixed(1)} kJ`},{' '}
          {duration(study.seconds ?? 0)} by the clock.
        </p>
      </Panel>
      <Rewards study={study} />
      <Findings study={study} />
      <Panel title="Workers">
        <p>{study.driver}</p>
        {study.workers.length === 0 ? (
          <p class="quiet">Nobody works on a trial now.</p>
        ) : (
          <table>
            <tbody>
              {study.workers.map((worker) => (
                <tr key={worker.owner}>
                  <th scope="row">{worker.owner}</th>
                  <td>{count(worker.trials)} {worker.trials === 1 ? 'trial' : 'trials'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title="Settings">
        <Copy text={study.command} />
        <details>
          <summary>All settings</summary>
          <table class="settings">
            <tbody>
              {Object.entries(study.settings).map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{Array.isArray(value) ? value.join(', ') : String(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      </Panel>
    </>
  );
}
