import { useApi, type Overview, type StudyList } from './api';
import { Progress, StateMark, Waiting } from './parts';
import { armNames, count, duration, range, reward } from './words';

function Row({ study }: { study: Overview }) {
  const search = study.arms?.[0];
  const chance = study.arms?.[1];
  const asked = (study.arms ?? []).reduce((sum, arm) => sum + arm.asked, 0);
  const finished = (study.arms ?? []).reduce((sum, arm) => sum + arm.finished, 0);
  const failed = (study.arms ?? []).reduce((sum, arm) => sum + arm.failed, 0);
  const percent = study.is_accuracy ?? false;
  return (
    <tr>
      <th scope="row"><a href={'/study/' + study.id}>{study.name}</a></th>
      <td data-name="State">
        <StateMark study={study} />
        {study.problem && <div class="problem">{study.problem}</div>}
      </td>
      <td data-name="Strategy">{study.strategy ?? '–'}{study.space && `, ${study.space}`}</td>
      <td data-name="Trials">
        {study.arms && (
          <>
            <Progress done={finished} all={asked} label={`trials of ${study.name}`} />
            {count(finished)} of {count(asked)}
            {failed > 0 && <span class="warn">, {count(failed)} failed</span>}
            {study.trials_per_hour && (
              <div class="quiet">
                {count(Math.round(study.trials_per_hour))} an hour
                {study.seconds_to_go ? `, ${duration(study.seconds_to_go)} to go` : ''}
              </div>
            )}
          </>
        )}
      </td>
      {[search, chance].map((arm, k) => (
        <td data-name={k === 0 ? 'Best' : 'Best at random'} key={k}>
          {arm?.best ? (
            <>
              <a href={`/study/${study.id}/trial/${arm.arm}/${arm.best.number}`}
                aria-label={`${reward(arm.best.reward, percent)}, ${armNames[arm.arm]} trial ${arm.best.number}`}>
                {reward(arm.best.reward, percent)}
              </a>
              <div class="quiet">{range(arm.best.interval, percent)}</div>
            </>
          ) : '–'}
        </td>
      ))}
      <td data-name="Spent">
        {study.core_seconds !== undefined && duration(study.core_seconds) + ' of cores'}
        <div class="quiet">{study.seconds ? duration(study.seconds) + ' by the clock' : ''}</div>
      </td>
    </tr>
  );
}

export function Studies() {
  const answer = useApi<StudyList>('/api/v1/studies');
  const list = answer.data;
  return (
    <>
      <h1>Studies</h1>
      <Waiting answer={answer} />
      {list?.problem && <p class="problem" role="alert">{list.problem}</p>}
      {list && list.studies.length === 0 && (
        <p class="quiet">
          No study here yet. <code>nasnet search --data PHOTOS</code> makes one, and it appears by
          itself.
        </p>
      )}
      {list && list.studies.length > 0 && (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Study</th><th scope="col">State</th><th scope="col">Strategy</th>
              <th scope="col">Trials</th><th scope="col">Best (95 % interval)</th>
              <th scope="col">Best at random</th><th scope="col">Spent</th>
            </tr>
          </thead>
          <tbody>{list.studies.map((study) => <Row study={study} key={study.id} />)}</tbody>
        </table>
      )}
    </>
  );
}
