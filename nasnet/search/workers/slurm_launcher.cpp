#include "nasnet/search/workers/slurm_launcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <set>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "nasnet/search/workers/slurm_script.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNote = "slurm";
/// Slurm's own limit on an array, where its administrator has not set another.
constexpr int64_t kLargestArray = 1000;

std::chrono::steady_clock::duration duration(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(seconds));
}

/// A name that no other study's jobs have, of letters that need no quoting anywhere. `store`: a
/// file, or "STUDY in DATABASE".
std::string new_name(const std::string& store) {
  const std::string study = store.substr(0, store.find(" in postgres"));
  std::string name = "nasnet-";
  for (const char c : fs::path(study).stem().string().substr(0, 40))
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  std::random_device random;
  return fmt::format("{}-{:08x}", name, random());
}

/// A program's complaint, in one line.
std::string complaint_of(const ProgramEnd& end, double limit) {
  if (!end.in_time) return fmt::format("no answer in {:.0f} s", limit);
  std::string complaint;
  for (const std::string& line : lines_of(end.error))
    complaint += (complaint.empty() ? "" : "; ") + line;
  return complaint.empty() ? fmt::format("exit status {}", end.status) : complaint;
}

std::string job_of(const std::string& task) {
  return task.substr(0, task.find('_'));
}

}  // namespace

SlurmLauncher::SlurmLauncher(Store& store, SlurmSettings settings,
                             const std::vector<std::string>& command, const fs::path& folder,
                             SlurmPatience patience)
    : store_(store),
      settings_(std::move(settings)),
      patience_(patience),
      folder_(fs::absolute(folder)),
      heard_(Clock::now()) {
  check_settings(settings_);
  for (const char* program : {"sbatch", "squeue", "scancel"})
    if (find_program(program).empty())
      throw SystemError(
          fmt::format("--launch slurm needs Slurm's command {}, which is not in "
                      "PATH; run this on a machine of the cluster",
                      program));
  const bool own = !settings_.slurm_template.empty();
  script_ = fill_template(own ? read_file(settings_.slurm_template) : slurm_template(), command,
                          own ? settings_.slurm_template : "the built-in template");
}

SlurmLauncher::~SlurmLauncher() = default;

/// One question to squeue at a time, never waited for: a controller that is slow or gone for
/// minutes must not hold up the driver, whose beat keeps idle workers waiting.
void SlurmLauncher::tend() {
  if (name_.empty()) name_jobs();
  if (!question_) {
    if (Clock::now() < next_question_) return;
    question_ = std::make_unique<Program>(squeue_words(name_), patience_.command);
  }
  if (!question_->poll()) return;
  const ProgramEnd answer = *question_->poll();
  question_.reset();
  next_question_ = Clock::now() + duration(patience_.look);
  hear(answer);
}

/// The name is stored before the first job is submitted, so that none can be lost.
void SlurmLauncher::name_jobs() {
  const std::string note = store_.note(kNote);
  if (!note.empty()) {
    name_ = nlohmann::json::parse(note).at("name");
    return;
  }
  name_ = new_name(store_.name());
  store_.set_note(kNote, nlohmann::json{{"name", name_}, {"jobs", nlohmann::json::array()}}.dump());
}

void SlurmLauncher::hear(const ProgramEnd& answer) {
  if (answer.status != 0) {
    no_answer("squeue", answer);
    return;
  }
  note_ends(parse_queue(answer.output));
  heard_ = Clock::now();
  has_answered_ = true;
  replace();
}

void SlurmLauncher::no_answer(const std::string& program, const ProgramEnd& end) {
  const double silence = std::chrono::duration<double>(Clock::now() - heard_).count();
  // A controller may be down for a while, but one that has never been there is a fault to tell.
  if (has_answered_ && silence < patience_.no_answer) return;
  throw SystemError(
      fmt::format("Slurm does not answer {}: {}", program, complaint_of(end, patience_.command)));
}

/// A job that squeue does not name any more has ended; Slurm forgets ended ones after a few minutes
/// (MinJobAge), and the driver may have looked too late.
void SlurmLauncher::note_ends(const std::vector<SlurmTask>& tasks) {
  std::map<std::string, SlurmTask> living, ended;
  for (const SlurmTask& task : tasks) (task.lives() ? living : ended)[task.id] = task;
  for (const auto& [id, known] : tasks_) {
    if (living.contains(id)) continue;
    SlurmTask end = known;
    end.state = "COMPLETED";  // as far as anybody knows: Slurm has forgotten it already
    // An array that was cancelled as it waited is told of as one job.
    for (const std::string& name : {job_of(id), id})
      if (ended.contains(name)) end = ended[name];
    note_end(end);
  }
  tasks_ = std::move(living);
}

/// Jobs that die at once would be replaced without end: after each round of them the pause before
/// the next doubles, and after patience_.rounds of them the launcher gives up and tells the cause.
void SlurmLauncher::note_end(const SlurmTask& task) {
  if (!task.ended_itself() || task.seconds >= patience_.at_once) return;
  if (died_at_once_) return;
  died_at_once_ = true;
  ++rounds_;
  next_submission_ =
      Clock::now() + duration(std::min(patience_.longest, patience_.pause * (1 << (rounds_ - 1))));
  // Where others run well it is a bad machine, and no reason to end the search.
  const bool others_do = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    return entry.second.runs() && entry.second.seconds >= patience_.at_once;
  });
  if (rounds_ >= patience_.rounds && !others_do) complain(task);
  rounds_ = std::min(rounds_, 20);
}

void SlurmLauncher::complain(const SlurmTask& task) const {
  const fs::path log = folder_ / "logs" / (task.id + ".log");
  std::string words;
  try {
    words = last_line(read_file(log, size_t{1} << 26));
  } catch (const Error&) {
    // There may be none; what Slurm says must do.
  }
  throw Error(fmt::format(
      "Slurm's jobs end at once, {} times one after another; the last one, {} "
      "on {}, ended after {:.0f} s: {} ({}); its log {} {}",
      rounds_, task.id, task.node.empty() ? "no node" : task.node, task.seconds, task.state,
      task.reason, log.string(), words.empty() ? "is empty" : "ends: " + words));
}

/// Submits what is missing.
void SlurmLauncher::replace() {
  for (const auto& [id, task] : tasks_)
    if (job_of(id) == job_ && task.runs() && task.seconds >= patience_.at_once) rounds_ = 0;
  if (Clock::now() < next_submission_) return;
  const int64_t wanted = std::min<int64_t>(settings_.jobs, expected_);
  while (static_cast<int64_t>(tasks_.size()) < wanted) {
    const int64_t missing = wanted - static_cast<int64_t>(tasks_.size());
    if (!submit(static_cast<int>(std::min(missing, kLargestArray)))) return;
  }
}

/// False where Slurm could not be reached, and is asked again later.
bool SlurmLauncher::submit(int count) {
  NASNET_CHECK(!name_.empty() && count > 0, "jobs have the study's name before there are any");
  const fs::path script = folder_ / "slurm-worker.sh", logs = folder_ / "logs";
  std::error_code error;
  fs::create_directories(logs, error);
  if (error)
    throw SystemError(fmt::format("cannot make the folder {}: {}", logs.string(), error.message()));
  write_file(script, script_);
  // The command may hold the store's password.
  fs::permissions(script, fs::perms::owner_all, error);

  const ProgramEnd end =
      run_program(sbatch_words(settings_, name_, count, logs, script), patience_.command);
  if (end.status != 0) {
    const std::string complaint = complaint_of(end, patience_.command);
    if (end.in_time && !may_pass(complaint))
      throw InputError(fmt::format("Slurm refuses the jobs: {}", complaint));
    no_answer("sbatch", end);
    return false;
  }
  // "12", or "12;cluster" where there are several.
  job_ = last_line(end.output);
  job_ = job_.substr(0, job_.find(';'));
  if (job_.empty() || job_.find_first_not_of("0123456789") != std::string::npos)
    throw Error(fmt::format("sbatch has answered \"{}\" and not with a job's number",
                            last_line(end.output)));
  for (int k = 0; k < count; ++k) {
    const std::string id = fmt::format("{}_{}", job_, k);
    // Otherwise replace() would find jobs missing, and submit more, without end.
    if (!tasks_.insert({id, {id, "PENDING", "", "", 0}}).second)
      throw Error(fmt::format(
          "sbatch has answered with the number of job {}, which has not ended; is the sbatch in "
          "PATH Slurm's own?",
          id));
  }
  died_at_once_ = false;
  std::set<std::string> jobs;
  for (const auto& [id, task] : tasks_) jobs.insert(job_of(id));
  store_.set_note(kNote, nlohmann::json{{"name", name_}, {"jobs", jobs}}.dump());
  return true;
}

std::string SlurmLauncher::status() const {
  const auto running = std::count_if(tasks_.begin(), tasks_.end(),
                                     [](const auto& entry) { return entry.second.runs(); });
  std::set<std::string> reasons;
  for (const auto& [id, task] : tasks_)
    if (!task.runs() && !task.reason.empty() && task.reason != "None") reasons.insert(task.reason);
  std::string text = fmt::format("{} of {} jobs run", running, settings_.jobs);
  const auto waiting = static_cast<int64_t>(tasks_.size()) - running;
  if (waiting > 0) text += fmt::format(", {} wait", waiting);
  if (!reasons.empty()) text += fmt::format(" ({})", fmt::join(reasons, ", "));
  return text;
}

void SlurmLauncher::stop() {
  question_.reset();
  // A process that has not tended the study's jobs does not drive it, and has none to end.
  if (name_.empty()) return;
  const ProgramEnd end = run_program({"scancel", "--name=" + name_}, patience_.command);
  tasks_.clear();
  if (end.status != 0)
    throw SystemError(
        fmt::format("Slurm did not end the jobs: {}; end them with 'scancel "
                    "--name={}'",
                    complaint_of(end, patience_.command), name_));
}

}  // namespace nasnet::search
