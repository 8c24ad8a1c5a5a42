import { useApi, type Detail, type TrialList, type TrialPage } from './api';
import { save } from './files';
import { Copy, Panel, Waiting } from './parts';
import { PlotPanel } from './plot_panel';
import { go, usePlace, withQuery } from './route';
import { armNames, bytes, count, duration, measurement, range, reward } from './words';

const kRows = 50;

export function Trials({ study }: { study: Detail }) {
  const place = usePlace();
  const arm = place.query.get('arm') ?? 'search';
  const first = Math.max(0, Number(place.query.get('first')) || 0);
  const answer = useApi<TrialList>(
    `/api/v1/studies/${study.id}/trials?arm=${encodeURIComponent(arm)}&first=${first}&count=${kRows}`);
  const list = answer.data;
  const percent = study.is_accuracy ?? false;
  const size = list?.size ?? 0;
  return (
    <Panel
      title="Trials"
      aside={
        <label>
          of{' '}
          <select value={arm}
            onChange={(event) => go(withQuery({ arm: event.currentTarget.value, first: null }), true)}>
            {Object.entries(armNames).map(([value, name]) => (
              <option value={value} key={value}>{name}</option>
            ))}
          </select>
        </label>
      }
    >
      <Waiting answer={answer} />
      {list && size === 0 && <p class="quiet">This arm has no trial yet.</p>}
      {list && size > 0 && (
        <>
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Trial</th><th scope="col">State</th><th scope="col">Reward</th>
                <th scope="col">95 % interval</th><th scope="col">Cost</th><th scope="col">Notes</th>
              </tr>
            </thead>
            <tbody>
              {list.trials.map((trial) => (
                <tr key={trial.number}>
                  <th scope="row">
                    <a href={`/study/${study.id}/trial/${arm}/${trial.number}`}>{trial.number}</a>
                  </th>
                  <td data-name="State">{trial.state}</td>
                  <td data-name="Reward">{reward(trial.reward, percent)}</td>
                  <td data-name="Interval">{range(trial.interval, percent)}</td>
                  <td data-name="Cost">{duration(trial.core_seconds)}</td>
                  <td data-name="Notes">
                    {trial.repeats !== undefined && `repeats trial ${trial.repeats}`}
                    {trial.cause && `${trial.cause}: ${trial.message}`}
                    {trial.within_limits === false && 'beyond the limits'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <nav class="pages" aria-label="pages of trials">
            <button type="button" disabled={first === 0}
              onClick={() => go(withQuery({ first: String(Math.max(0, first - kRows)) }))}>
              Earlier
            </button>
            <span>{count(first)} to {count(first + list.trials.length - 1)} of {count(size)}</span>
            <button type="button" disabled={first + kRows >= size}
              onClick={() => go(withQuery({ first: String(first + kRows) }))}>
              Later
            </button>
          </nav>
        </>
      )}
    </Panel>
  );
}

/** Loss and, where there is one, accuracy of each epoch. */
function Learning({ study, trial }: { study: Detail; trial: TrialPage }) {
  const epochs = trial.curve.map((one) => one.epoch);
  const file = `${study.id}-${trial.arm}-${trial.number}`;
  const common = { xTitle: 'epochs', height: 240,
    json: `/api/v1/studies/${study.id}/trials/${trial.arm}/${trial.number}` };
  return (
    <div class="two">
      <PlotPanel {...common} title="Training loss" view="loss" file={`${file}-loss`} yTitle="loss" show={(v) => v.toFixed(4)}
        label={`Training loss over ${epochs.length} epochs, at last ${trial.curve.at(-1)!.loss.toFixed(4)}.`}
        lines={[{ label: 'loss', colour: '--search', kind: epochs.length > 1 ? 'line' : 'dots', x: epochs,
          y: trial.curve.map((one) => one.loss) }]} />
      {trial.curve.some((one) => one.accuracy > 0) && (
        <PlotPanel {...common} title="Training accuracy" view="accuracy" file={`${file}-accuracy`} yTitle="accuracy, %"
          show={(v) => v.toFixed(2) + ' %'}
          label={`Accuracy on training images over ${epochs.length} epochs.`}
          lines={[{ label: 'accuracy', colour: '--search', kind: epochs.length > 1 ? 'line' : 'dots', x: epochs,
            y: trial.curve.map((one) => 100 * one.accuracy) }]} />
      )}
    </div>
  );
}

export function Trial({ study, arm, number }: { study: Detail; arm: string; number: string }) {
  const answer = useApi<TrialPage>(
    `/api/v1/studies/${study.id}/trials/${encodeURIComponent(arm)}/${encodeURIComponent(number)}`);
  const trial = answer.data;
  const percent = study.is_accuracy ?? false;
  if (!trial) return <Waiting answer={answer} />;
  const file = `trial-${trial.number}.json`;
  const drawing = `/api/v1/studies/${study.id}/trials/${arm}/${trial.number}/cells.svg`;
  return (
    <>
      <Panel title={`Trial ${trial.number} of ${armNames[arm] ?? arm}`}>
        <table>
          <tbody>
            <tr><th scope="row">State</th><td>{trial.state}</td></tr>
            <tr>
              <th scope="row">Reward</th>
              <td>{reward(trial.reward, percent)} <span class="quiet">{range(trial.interval, percent)}</span></td>
            </tr>
            {trial.repeats !== undefined && (
              <tr>
                <th scope="row">Repeats</th>
                <td><a href={`/study/${study.id}/trial/${arm}/${trial.repeats}`}>trial {trial.repeats}</a>,
                  and has its result</td>
              </tr>
            )}
            {trial.rungs && (
              <tr><th scope="row">Rewards at rungs</th>
                <td>{trial.rungs.map((one) => reward(one, percent)).join(', ')}</td></tr>
            )}
            {trial.cause && (
              <tr><th scope="row">Failed</th><td class="problem">{trial.cause}: {trial.message}</td></tr>
            )}
            {trial.finished && (
              <tr><th scope="row">Finished</th><td>{new Date(1000 * trial.finished).toLocaleString()}</td></tr>
            )}
            {trial.failures && (
              <tr><th scope="row">Failed attempts</th>
                <td>{Object.entries(trial.failures).map(([cause, n]) => `${cause}: ${n}`).join(', ')}</td></tr>
            )}
            <tr>
              <th scope="row">Cost</th>
              <td>
                {duration(trial.core_seconds)} of cores
                {trial.gpu_seconds > 0 && `, ${duration(trial.gpu_seconds)} of GPUs`}
                {trial.joules > 0 && `, ${trial.joules.toFixed(0)} J`}
                {trial.peak_bytes && `, at most ${bytes(trial.peak_bytes)} of memory`}
              </td>
            </tr>
            {Object.entries(trial.measurements ?? {}).map(([name, value]) => (
              <tr key={name}><th scope="row">{name.replaceAll('_', ' ')}</th><td>{measurement(name, value)}</td></tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {trial.curve.length > 0 && <Learning study={study} trial={trial} />}
      {trial.log && (
        <Panel title="The end of its log" aside={
          <button type="button" onClick={() => save(`trial-${trial.number}.log`, 'text/plain', trial.log)}>Save</button>
        }>
          <pre class="log" tabIndex={0} aria-label="log">{trial.log}</pre>
        </Panel>
      )}
      <Panel
        title={study.has_cells ? 'Cells' : 'Candidate'}
        aside={study.has_cells && (
          <>
            <a class="button" download={`trial-${trial.number}.svg`} href={drawing}>SVG</a>
            <button type="button" onClick={() =>
              save(file, 'application/json', JSON.stringify(trial.genotype, null, 1) + '\n')}>
              Genotype
            </button>
          </>
        )}
      >
        {study.has_cells
          ? <img class="cell" src={drawing} alt={'cells: ' + trial.line} />
          : <p>{trial.line}</p>}
        {study.has_cells && (
          <>
            <p class="quiet">With the genotype saved as {file}:</p>
            <Copy text={`nasnet describe ${file}`} />
            <Copy text={`nasnet draw ${file}`} />
            <Copy text={`nasnet train ${file} --data ${String(study.settings.data ?? 'DATA')}`} />
          </>
        )}
      </Panel>
    </>
  );
}
