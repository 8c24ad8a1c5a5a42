// Several studies on one chart, with what the library says of them.

import { useApi, type Comparison, type StudyList } from './api';
import { alongs, bestLine, readAlong } from './lines';
import type { Line } from './plot';
import { Panel, StateMark, Waiting } from './parts';
import { PlotHelp, PlotPanel } from './plot_panel';
import { go, usePlace, withQuery } from './route';
import { count, duration, range, reward } from './words';

const kMost = 8;
const kDashes = [undefined, [10, 4], [3, 3], [12, 4, 3, 4], [6, 6], [2, 5], [14, 3], [8, 3, 2, 3, 2, 3]];

/** The last part of a file's name is enough where no two share it. */
function shortNames(names: string[]): string[] {
  const lasts = names.map((name) => name.split('/').at(-1)!);
  return names.map((name, k) => (lasts.indexOf(lasts[k]!) === lasts.lastIndexOf(lasts[k]!) ? lasts[k]! : name));
}

export function Compare() {
  const { query } = usePlace();
  const list = useApi<StudyList>('/api/v1/studies');
  const along = readAlong(query.get('along'));
  const random = !query.has('norandom');
  const chosen = (query.get('studies') ?? '').split(',').filter(Boolean).slice(0, kMost);
  const address = `/api/v1/compare?studies=${chosen.map(encodeURIComponent).join(',')}&along=${along}`;
  const answer = useApi<Comparison>(chosen.length ? address : null, true);
  const studies = answer.data?.studies ?? [];
  const names = shortNames(studies.map((one) => one.name));
  const percent = studies.length > 0 && studies.every((one) => one.is_accuracy);
  const choose = (id: string) => go(withQuery({ x: null,
    studies: (chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]).join(',') || null }), true);
  const lines: Line[] = studies.flatMap((study, k) => {
    const dash = kDashes[k];
    const { search, baseline } = study.curve;
    return [
      bestLine(search, names[k]!, `--c${k}`, percent, dash?.slice()),
      ...(random && baseline ? [{
        ...bestLine(baseline, `${names[k]}, random`, `--c${k}`, percent, dash?.slice()), faint: true }] : []),
    ];
  });
  return (
    <>
      <h1>Compare studies</h1>
      <Waiting answer={list} />
      <Panel title="Studies" aside={<span class="quiet">at most {kMost}</span>}>
        <div class="boxes">
          {list.data?.studies.filter((one) => one.arms).map((one) => (
            <label key={one.id}>
              <input type="checkbox" checked={chosen.includes(one.id)}
                disabled={!chosen.includes(one.id) && chosen.length >= kMost} onChange={() => choose(one.id)} />{' '}
              {one.name} <span class="quiet">{one.strategy}</span>
            </label>
          ))}
        </div>
      </Panel>
      {chosen.length === 0
        ? <p class="quiet">Choose studies to hold them beside each other.</p>
        : <Waiting answer={answer} />}
      {answer.data && chosen.length > 0 && (
        <>
          <PlotPanel title="Best so far" lines={lines} view="x" file="compared" json={address} time={along === 'time'}
            xTitle={alongs[along]} yTitle={percent ? 'best reward, %' : 'best reward'}
            show={(value) => reward(percent ? value / 100 : value, percent)}
            label={`Best reward so far of ${names.join(', ')}, each in the band of its 95 % interval.`}
            tools={
              <>
                <label>
                  along{' '}
                  <select value={along} onChange={(event) => go(withQuery({ along: event.currentTarget.value, x: null }), true)}>
                    {Object.entries(alongs).map(([name, title]) => <option value={name} key={name}>{title}</option>)}
                  </select>
                </label>
                <label>
                  <input type="checkbox" checked={random}
                    onChange={() => go(withQuery({ norandom: random ? '1' : null }), true)} /> random arms
                </label>
              </>
            }>
            <p class="quiet">
              Lines: the best so far, in the band of its 95 % interval{random && '; thin lines: the random arm of the same study'}.
            </p>
            <PlotHelp />
          </PlotPanel>
          <Panel title="Verdicts">
            {answer.data.sentences.map((one) => <p key={one}>{one}</p>)}
            {answer.data.sentences.length === 0 &&
              <p class="quiet">Choose a second study in which a trial is finished.</p>}
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Study</th><th scope="col">State</th><th scope="col">Strategy</th>
                  <th scope="col">Trials</th><th scope="col">Best (95 % interval)</th>
                  <th scope="col">Best at random</th><th scope="col">Cost</th>
                </tr>
              </thead>
              <tbody>
                {studies.map((study, k) => (
                  <tr key={study.id}>
                    <th scope="row">
                      <svg width="26" height="10" aria-hidden="true" class={`key c${k}`}>
                        <path d="M0 5h26" stroke-dasharray={kDashes[k]?.join(' ')} />
                      </svg>{' '}
                      <a href={`/study/${study.id}`}>{names[k]}</a>
                    </th>
                    <td data-name="State"><StateMark study={study} /></td>
                    <td data-name="Strategy">{study.strategy}, {study.space}</td>
                    <td data-name="Trials">{count(study.arms?.[0]?.finished ?? 0)} of {count(study.arms?.[0]?.asked ?? 0)}</td>
                    {[0, 1].map((arm) => {
                      const best = study.arms?.[arm]?.best;
                      return (
                        <td data-name={arm === 0 ? 'Best' : 'Best at random'} key={arm}>
                          {best ? (
                            <>
                              <a href={`/study/${study.id}/trial/${study.arms![arm]!.arm}/${best.number}`}>
                                {reward(best.reward, study.is_accuracy ?? false)}
                              </a>
                              <div class="quiet">{range(best.interval, study.is_accuracy ?? false)}</div>
                            </>
                          ) : '–'}
                        </td>
                      );
                    })}
                    <td data-name="Cost">
                      {duration(study.core_seconds ?? 0)} of cores
                      {(study.gpu_seconds ?? 0) > 0 && `, ${duration(study.gpu_seconds!)} of GPUs`}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        </>
      )}
    </>
  );
}
