#include "cli/search_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/search_end.h"
#include "cli/suggest.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/shell.h"
#include "nasnet/search/study/findings.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/json.h"
#include "nasnet/space/nasbench201.h"

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using search::Estimate;
using search::Interval;
using search::StudyResult;
using search::Trial;
using search::TrialState;

std::optional<space::Genotype> genotype_of(const space::SearchSpace& space,
                                           const space::Choices& choices) {
  const auto* cells = dynamic_cast<const space::NasnetSpace*>(&space);
  if (!cells) return std::nullopt;
  return cells->decode(choices);
}

/// The share of a genotype's operations that have no weights.
double weightless(const space::Genotype& genotype) {
  double all = 0, without = 0;
  for (const space::Cell* cell : {&genotype.normal, &genotype.reduction})
    for (const space::Block& block : cell->blocks)
      for (const space::Operation operation : {block.left_op, block.right_op}) {
        const auto family = space::info(operation).family;
        all += 1;
        without += family == space::OperationFamily::kIdentity ||
                   family == space::OperationFamily::kAvgPool ||
                   family == space::OperationFamily::kMaxPool;
      }
  return all > 0 ? without / all : 0;
}

/// The same of a cell of NAS-Bench-201.
double weightless(const space::Choices& choices) {
  using Cells = space::Nasbench201Space;
  const auto without = std::count_if(choices.begin(), choices.end(), [](int choice) {
    return choice != Cells::kConv1x1 && choice != Cells::kConv3x3;
  });
  return static_cast<double>(without) / static_cast<double>(choices.size());
}

int64_t count_failed(const std::vector<Trial>& trials) {
  return std::count_if(trials.begin(), trials.end(),
                       [](const Trial& trial) { return trial.state == TrialState::kFailed; });
}

void print_arm(const std::string& name, const std::vector<Trial>& trials) {
  const auto best = search::best_trials(trials, 1);
  const search::Mean mean = search::mean_reward(trials);
  std::string accuracy = "-", interval = "-";
  if (!best.empty()) {
    const Interval range = search::reward_interval(best[0]);
    accuracy = fmt::format("{:.2f} %", 100 * best[0].reward);
    interval = fmt::format("{:.2f} to {:.2f} %", 100 * range.low, 100 * range.high);
  }
  fmt::print("{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", name, accuracy, interval,
             fmt::format("{:.2f} +- {:.2f} %", 100 * mean.mean, 100 * mean.standard_error),
             mean.count, count_failed(trials));
}

std::string percent(const Estimate& estimate) {
  return fmt::format("{:.2f} % ({:.2f} to {:.2f} %)", 100 * estimate.value,
                     100 * estimate.interval.low, 100 * estimate.interval.high);
}

std::string number(const Estimate& estimate) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

void print_retrained(const std::string& name, const std::vector<search::Retrained>& cells) {
  for (const search::Retrained& cell : cells)
    fmt::print("  {:<22} trial {:>6}   short {:>6.2f} %   longer {:>6.2f} %  ({} seeds)\n", name,
               cell.trial, 100 * cell.proxy, 100 * mean_of(cell.rewards), cell.rewards.size());
}

/// What the trainings at the end say, where there were any.
void print_findings(const std::string& strategy, const search::Findings& findings) {
  if (!findings.search.empty()) {
    fmt::print(
        "\nThe best cells trained again, longer (validation accuracy, not test accuracy):\n");
    print_retrained(strategy, findings.search);
    print_retrained("random", findings.baseline);
    if (findings.search_mean) {
      fmt::print("  mean of {}'s: {}", strategy, percent(*findings.search_mean));
      if (findings.baseline_mean)
        fmt::print("; of random search's: {}", percent(*findings.baseline_mean));
      fmt::print("\n");
    } else {
      fmt::print("  One training decides nothing: ask for more --seeds or --retrain.\n");
    }
    if (findings.difference) {
      const Interval& range = findings.difference->interval;
      const std::string difference = percent(*findings.difference);
      if (range.low > 0) {
        fmt::print("  {}'s best cells are above random search's, by {}.\n", strategy, difference);
      } else if (range.high < 0) {
        fmt::print("  {}'s best cells are below random search's, by {}.\n", strategy, difference);
      } else {
        fmt::print("  The two cannot be told apart: their difference is {}, 0 among it.\n",
                   difference);
      }
    }
  }
  if (findings.kendall)
    fmt::print(
        "\nDoes the short training rank as the longer one does? On {} candidates: Kendall's "
        "tau {},\nSpearman's rho {}. 1: the same order, 0: none.\n",
        findings.sampled, number(*findings.kendall), number(*findings.spearman));
}

std::string next_command(const SearchSettings& settings, const Saved& best) {
  std::vector<std::string> words = {"train",     as_argument(best.json_file),
                                    "--data",    as_argument(settings.data),
                                    "--cells",   "1",
                                    "--filters", "16",
                                    "--epochs",  "5"};
  if (settings.child.image_size > 0)
    words.insert(words.end(), {"--image-size", std::to_string(settings.child.image_size)});
  if (settings.child.preparation != data::Preparation{})
    words.insert(words.end(), {"--resize", settings.child.preparation.resize});
  return suggested_command(words);
}

std::string seconds(double value) {
  return fmt::format("{:.{}f}", value, value >= 10 ? 0 : value >= 0.1 ? 1 : 3);
}

void print_cost(const SearchSettings& settings, const StudyResult& result) {
  const auto sum = [](const std::vector<Trial>& trials) {
    double seconds = 0;
    for (const Trial& trial : trials) seconds += trial.cost.core_seconds;
    return seconds;
  };
  fmt::print("Cost: {} core-seconds ({} {}, random {}", seconds(result.cost.core_seconds),
             settings.study.strategy, seconds(sum(result.search)), seconds(sum(result.baseline)));
  const double extra = sum(result.retrain) + sum(result.sample);
  if (extra > 0) fmt::print(", trained again {}", seconds(extra));
  fmt::print("); {} s of wall-clock time", seconds(result.seconds));
  if (result.cost.gpu_seconds > 0) fmt::print("; {} s of GPUs", seconds(result.cost.gpu_seconds));
  if (result.cost.joules > 0) fmt::print("; {} kJ", seconds(result.cost.joules / 1000));
  fmt::print(".\n");
}

/// How many failed for which reason, and one example each.
void print_failures(const SearchSettings& settings, const StudyResult& result) {
  std::map<std::string, std::pair<int64_t, std::string>> causes;
  for (const auto* trials : {&result.search, &result.baseline, &result.retrain, &result.sample})
    for (const Trial& trial : *trials) {
      if (trial.state != TrialState::kFailed) continue;
      auto& [count, example] = causes[search::to_text(trial.cause)];
      ++count;
      if (example.empty())
        example = fmt::format("{} trial {}: {}", trial.arm, trial.number, trial.message);
    }
  for (const auto& [cause, entry] : causes)
    fmt::print("Failed, {}: {} ({})\n", cause, entry.first, entry.second);
  if (!causes.empty())
    fmt::print("To try them again: {}; then the same command with --retry-failed.\n",
               failure_remedy(settings, result));
}

void print_proxy(const SearchSettings& settings) {
  if (settings.space == "nasbench201") {
    fmt::print(
        "Accuracies of {} as {} has them: they rank cells; the test accuracies above are what\n"
        "the cells reach. The best of many is flattered by having been chosen.\n",
        settings.table_settings.reward, settings.table);
    return;
  }
  fmt::print(
      "Accuracies of short trainings (N={} F={}, {} epoch{}) on {} validation images: a "
      "ranking of\ncells, not what the best one reaches when it is trained fully. The best "
      "of many is also\nflattered by having been chosen.\n",
      settings.child.cells, settings.child.filters, settings.child.training.epochs,
      settings.child.training.epochs == 1 ? "" : "s", settings.child.validation_images);
}

ordered_json interval_json(const Estimate& estimate) {
  return {{"value", estimate.value}, {"interval", {estimate.interval.low, estimate.interval.high}}};
}

ordered_json trials_json(const space::SearchSpace& space, const std::vector<Trial>& trials) {
  ordered_json list = ordered_json::array();
  for (const Trial& trial : trials) {
    ordered_json entry = {{"number", trial.number}, {"state", search::to_text(trial.state)}};
    const bool done = trial.state == TrialState::kDone;
    entry["reward"] = done ? ordered_json(trial.reward) : ordered_json(nullptr);
    const auto genotype = genotype_of(space, trial.choices);
    if (genotype) {
      entry["genotype"] = space::genotype_to_ordered_json(*genotype);
    } else {
      entry["genotype"] = space.describe(trial.choices);
    }
    if (done) {
      const Interval interval = search::reward_interval(trial);
      entry["interval"] = {interval.low, interval.high};
      entry["measurements"] = trial.measurements;
    }
    if (trial.repeats >= 0) entry["repeats"] = trial.repeats;
    if (trial.rungs.size() > 1) entry["rungs"] = trial.rungs;
    if (trial.state == TrialState::kFailed) {
      entry["cause"] = search::to_text(trial.cause);
      entry["message"] = trial.message;
    }
    if (!trial.failures.empty()) entry["failures"] = trial.failures;
    entry["core_seconds"] = trial.cost.core_seconds;
    if (trial.cost.peak_bytes > 0) entry["peak_bytes"] = trial.cost.peak_bytes;
    list.push_back(std::move(entry));
  }
  return list;
}

ordered_json findings_json(const search::Findings& findings) {
  ordered_json object = ordered_json::object();
  const auto add = [&](const char* name, const std::optional<Estimate>& estimate) {
    if (estimate) object[name] = interval_json(*estimate);
  };
  add("retrained_search", findings.search_mean);
  add("retrained_baseline", findings.baseline_mean);
  add("difference", findings.difference);
  add("kendall", findings.kendall);
  add("spearman", findings.spearman);
  return object;
}

ordered_json alarms_json(const std::vector<search::Alarm>& alarms) {
  ordered_json list = ordered_json::array();
  for (const search::Alarm& alarm : alarms) list.push_back(alarm.text);
  return list;
}

}  // namespace

std::vector<search::Alarm> alarms_of(const space::SearchSpace& space, const StudyResult& result) {
  return search::alarms(result, [&](const space::Choices& choices) {
    const auto genotype = genotype_of(space, choices);
    return genotype ? weightless(*genotype) : weightless(choices);
  });
}

std::vector<Saved> save_best(const SearchSettings& settings, const space::SearchSpace& space,
                             const StudyResult& result, bool write) {
  fs::path folder = settings.study_file;
  folder.replace_extension();
  folder += "-cells";
  std::vector<Trial> trials = result.search;
  std::erase_if(trials, [](const Trial& trial) { return trial.repeats >= 0; });
  std::vector<Saved> saved;
  for (const Trial& trial : search::best_trials(trials, static_cast<size_t>(settings.top))) {
    Saved entry{trial, genotype_of(space, trial.choices), "", ""};
    const size_t rank = saved.size() + 1;
    if (entry.genotype) {
      entry.genotype->name = fmt::format(
          "{}-trial-{}", printable(fs::path(settings.study_file).stem().string()), trial.number);
      entry.json_file = (folder / fmt::format("best-{}.json", rank)).string();
      entry.svg_file = (folder / fmt::format("best-{}.svg", rank)).string();
      if (write) {
        write_file(entry.json_file, space::format_genotype(*entry.genotype));
        write_file(entry.svg_file, space::draw_svg(*entry.genotype));
      }
    }
    saved.push_back(std::move(entry));
  }
  return saved;
}

void print_report(const SearchSettings& settings, const space::SearchSpace& space,
                  const StudyResult& result, const std::vector<Saved>& saved) {
  const std::string& strategy = settings.study.strategy;
  const Saved& best = saved[0];
  fmt::print("\nThe best cells found (trial {} of {}):\n\n", best.trial.number,
             result.search.size());
  if (best.genotype) fmt::print("{}\n", space::draw_terminal(*best.genotype));
  for (const Saved& entry : saved) {
    if (entry.genotype) {
      fmt::print("  {:.2f} %  {}  {}\n", 100 * entry.trial.reward, entry.json_file, entry.svg_file);
    } else {
      fmt::print("  {:.2f} %  {}  test {:.2f} %\n", 100 * entry.trial.reward,
                 space.describe(entry.trial.choices),
                 100 * entry.trial.measurements.at("test_accuracy"));
    }
  }

  fmt::print("\n{:<22} {:>9} {:>18} {:>18} {:>7} {:>7}\n", "validation accuracy", "best",
             "95 % interval", "mean +- std. error", "trials", "failed");
  print_arm(strategy, result.search);
  if (!result.baseline.empty()) print_arm("random, same budget", result.baseline);
  print_proxy(settings);
  const auto rival = search::best_trials(result.baseline, 1);
  if (!rival.empty()) {
    fmt::print("{}\n", search::compare_bests(strategy, best.trial, "random search", rival[0]));
  } else if (strategy != "random") {
    fmt::print("No random baseline was run (--no-baseline): nothing says that {} beats chance.\n",
               strategy);
  }
  print_findings(strategy, search::find(result));
  for (const search::Alarm& alarm : alarms_of(space, result))
    fmt::print("Alarm: {}.\n", alarm.text);
  print_failures(settings, result);
  print_cost(settings, result);
  if (!result.ended_by.empty())
    fmt::print(
        "The budget of {} is spent before all trials were finished; a larger --{} goes on.\n",
        result.ended_by, result.ended_by);
  if (best.genotype)
    fmt::print("\nNext, train the best cell:\n  {}\n", next_command(settings, best));
}

void print_json(const SearchSettings& settings, uint64_t seed, const space::SearchSpace& space,
                const ordered_json& left_out, const StudyResult& result,
                const std::vector<Saved>& saved) {
  ordered_json best = ordered_json::array();
  for (const Saved& entry : saved) {
    ordered_json one = {{"number", entry.trial.number}, {"reward", entry.trial.reward}};
    if (entry.genotype) {
      one["json"] = printable(entry.json_file);
      one["svg"] = printable(entry.svg_file);
    } else {
      one["genotype"] = space.describe(entry.trial.choices);
    }
    best.push_back(std::move(one));
  }
  SearchSettings shown = settings;
  shown.store = search::without_password(settings.store);
  ordered_json object = {{"study", printable(settings.study_file)},
                         {"seed", seed},
                         {"settings", settings_to_json(shown)},
                         {"complete", result.complete},
                         {"core_seconds", result.cost.core_seconds},
                         {"gpu_seconds", result.cost.gpu_seconds},
                         {"joules", result.cost.joules},
                         {"seconds", result.seconds},
                         {"best", best},
                         {"findings", findings_json(search::find(result))},
                         {"alarms", alarms_json(alarms_of(space, result))},
                         {"trials", trials_json(space, result.search)},
                         {"baseline", trials_json(space, result.baseline)}};
  object.update(left_out);
  if (!result.retrain.empty()) object["retrain"] = trials_json(space, result.retrain);
  if (!result.sample.empty()) object["sample"] = trials_json(space, result.sample);
  if (!result.ended_by.empty()) object["ended_by"] = result.ended_by;
  fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace nasnet::cli
