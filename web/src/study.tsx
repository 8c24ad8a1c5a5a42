import type { Arm, Detail } from './api';
import { Front } from './front';
import { Copy, Panel, Progress } from './parts';
import { Rewards } from './rewards';
import { armName, armNames, count, duration, range, reward } from './words';

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
      <td data-name="Mean ± std. error">
        {arm.mean.trials > 0 ? reward(arm.mean.value, percent) : '–'}
        {arm.mean.trials > 1 && (
          <div class="quiet">± {reward(arm.mean.standard_error, percent)}</div>
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

/** Which causes, as bars beside each other. */
function Failures({ study }: { study: Detail }) {
  const rows = study.arms.flatMap((arm) =>
    Object.entries(arm.failed_by_cause).map(([cause, number]) => ({ arm, cause, number })));
  if (rows.length === 0) return null;
  return (
    <Panel title="Failures by cause">
      <table class="list">
        <thead>
          <tr><th scope="col">Cause</th><th scope="col">Arm</th><th scope="col">Of its finished trials</th></tr>
        </thead>
        <tbody>
          {rows.sort((a, b) => b.number - a.number).map(({ arm, cause, number }) => (
            <tr key={arm.arm + cause}>
              <th scope="row">{cause}</th>
              <td data-name="Arm">{armName(arm.arm, study.strategy)}</td>
              <td data-name="Failed">
                <Progress done={number} all={arm.finished} label={`${cause}, ${arm.arm}`} />
                {count(number)} of {count(arm.finished)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Ledger({ study }: { study: Detail }) {
  const { arms, budget } = study.ledger;
  const columns = ([['core_seconds', 'Cores'], ['gpu_seconds', 'GPUs'], ['joules', 'Energy']] as const)
    .filter(([key]) => key === 'core_seconds' || arms.some((arm) => arm[key] > 0) || budget[key] !== null);
  const show = (key: string, value: number) =>
    key === 'joules' ? `${(value / 1000).toFixed(1)} kJ` : duration(value);
  const sum = (key: 'core_seconds' | 'gpu_seconds' | 'joules') => arms.reduce((all, arm) => all + arm[key], 0);
  const of = (spent: number, most: number | null, label: string) =>
    most !== null && <Progress done={spent} all={most} label={label} />;
  return (
    <Panel title="Ledger">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Spent by</th><th scope="col">Trials</th>
            {columns.map(([key, title]) => <th scope="col" key={key}>{title}</th>)}
          </tr>
        </thead>
        <tbody>
          {arms.map((arm) => (
            <tr key={arm.arm}>
              <th scope="row">{armName(arm.arm, study.strategy)}</th>
              <td data-name="Trials">{count(arm.trials)}</td>
              {columns.map(([key, title]) => <td data-name={title} key={key}>{show(key, arm[key])}</td>)}
            </tr>
          ))}
          <tr>
            <th scope="row">All</th>
            <td data-name="Trials">{count(arms.reduce((all, arm) => all + arm.trials, 0))}</td>
            {columns.map(([key, title]) => (
              <td data-name={title} key={key}>
                {show(key, sum(key))}
                {budget[key] !== null && ` of ${show(key, budget[key]!)} `}
                {of(sum(key), budget[key], `budget of ${title}`)}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
      <p class="quiet">
        {duration(study.seconds ?? 0)} by the clock{budget.seconds !== null && ` of at most ${duration(budget.seconds)}`}
        {study.trials_per_hour ? `, ${count(Math.round(study.trials_per_hour))} trials an hour` : ''}
        {study.seconds_to_go ? `; at that rate ${duration(study.seconds_to_go)} to go` : ''}.
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
              <th scope="col">Best (95 % interval)</th><th scope="col">Mean ± std. error</th>
              <th scope="col">Repeats</th><th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>{study.arms.map((arm) => <ArmRow study={study} arm={arm} key={arm.arm} />)}</tbody>
        </table>
        <p class="quiet">
          Rewards are of short trainings, measured on validation images: no test accuracies.
        </p>
      </Panel>
      <Rewards study={study} />
      <Front study={study} />
      <Findings study={study} />
      <Failures study={study} />
      <Ledger study={study} />
      <Panel title="Workers">
        <p>{study.driver}</p>
        {study.workers.length === 0 ? (
          <p class="quiet">Nobody works on a trial now.</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">Crew</th><th scope="col">In work</th><th scope="col">Trials an hour</th>
                <th scope="col">Cores busy</th>
              </tr>
            </thead>
            <tbody>
              {study.workers.map((worker) => (
                <tr key={worker.owner}>
                  <th scope="row">{worker.owner}</th>
                  <td data-name="In work">{worker.trials === 0 ? 'idle' : count(worker.trials)}</td>
                  <td data-name="Trials an hour">{worker.trials_per_hour === null ? '–' : count(Math.round(worker.trials_per_hour))}</td>
                  <td data-name="Cores busy">{worker.cores_busy === null ? '–' : worker.cores_busy.toFixed(1)}</td>
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
