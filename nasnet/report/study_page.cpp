#include "nasnet/report/study_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nasnet/version.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "nasnet/base/quantity.h"
#include "nasnet/base/text.h"
#include "nasnet/report/front_chart.h"
#include "nasnet/report/html.h"
#include "nasnet/report/no_result.h"
#include "nasnet/report/page_style.h"
#include "nasnet/report/repeat_command.h"
#include "nasnet/report/reward_text.h"
#include "nasnet/report/study_chart.h"
#include "nasnet/report/study_limits.h"
#include "nasnet/report/verdicts.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/draw.h"

// The report's sections, in the order of a reader's questions: what came out and how sure is that,
// how do the cells look, what did it cost, what went wrong, how was it made, how is it repeated,
// and what does it not tell.

namespace nasnet::report {
namespace {

using search::Trial;

std::string study_name(const StudyReport& report) {
  const std::string& name = report.study.settings.study_file;
  return report.study.settings.store.empty() ? std::filesystem::path(name).filename().string()
                                             : name;
}

std::string strategy_of(const StudyReport& report) {
  return to_text(report.study.settings.study.strategy);
}

std::string section(const char* id, const char* title, const std::string& body) {
  return fmt::format("<section>\n<h2 id=\"{}\">{}</h2>\n{}</section>\n", id, title, body);
}

/// A single reward, with its interval where one is known.
std::string reward_of(const Trial& trial, const search::Objective& objective) {
  const RewardText rewards(objective);
  const search::Interval interval = search::reward_interval(trial, objective);
  if (interval.low == interval.high) return rewards.value(trial.reward);
  return fmt::format("{} (95 % interval {})", rewards.value(trial.reward), rewards.range(interval));
}

/// The sentences that a hurried reader should not miss.
std::string lead(const StudyReport& report) {
  const search::Objective& objective = report.result.objective;
  std::string text = html_paragraph(state_text(report));
  if (report.best.empty()) {
    text += html_paragraph("No trial of the search is done within its limits: there is no result.",
                           "verdict");
  } else {
    const Trial& best = report.best[0].trial;
    text += html_paragraph(fmt::format("The best {} of the search: {}, of trial {}.",
                                       measure_name(objective), reward_of(best, objective),
                                       best.number));
  }
  text += html_paragraph(chance_verdict(report.study.settings, report.result), "verdict");
  if (const std::string longer = retrained_verdict(strategy_of(report), objective, report.findings);
      !longer.empty())
    text +=
        html_paragraph("The best cells of both, trained again and longer: " + longer, "verdict");
  for (const std::string& verdict :
       yardstick_verdicts(report.study.settings, report.result, report.findings))
    text += html_paragraph(verdict, "verdict");
  return "<div class=\"lead\">\n" + text + "</div>\n";
}

std::string capital(std::string sentence) {
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') sentence[0] -= 'a' - 'A';
  return sentence;
}

std::string arms_table(const StudyReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const ArmRow& row : arm_rows(report.study.settings, report.result))
    rows.push_back(
        {row.name, row.best, row.interval, row.mean, thousands(row.trials), thousands(row.failed)});
  return html_table({measure_name(report.result.objective), "best", "95 % interval",
                     "mean +- std. error", "trials", "failed"},
                    rows, 1);
}

std::string retrained(const StudyReport& report) {
  const search::Objective& objective = report.result.objective;
  std::vector<std::vector<std::string>> rows;
  for (const RetrainedRow& row : retrained_rows(strategy_of(report), objective, report.findings))
    rows.push_back({row.name, row.trial, row.proxy, row.longer, thousands(row.seeds)});
  if (rows.empty()) return "";
  return "<h3>The best cells trained again, longer</h3>\n" +
         html_table({"of", "trial", "short training", "longer, mean", "trainings"}, rows, 1) +
         html_paragraph(capital(retrained_means(strategy_of(report), objective, report.findings))) +
         html_paragraph(retrained_verdict(strategy_of(report), objective, report.findings),
                        "verdict");
}

/// Both fronts as a picture, and the same as tables.
std::string fronts_of(const StudyReport& report) {
  const search::SearchSettings& settings = report.study.settings;
  const search::FrontFindings fronts = search::find_fronts(report.result);
  const FrontChart chart = draw_fronts(settings, report.result, fronts);
  if (chart.svg.empty()) return "";
  const FrontTable table = front_table(settings, report.result, fronts);
  return fmt::format(
      "<figure class=\"chart\">\n{}<figcaption>{}</figcaption>\n</figure>\n"
      "<details open=\"open\">\n<summary>The members of the fronts, and the hypervolume, as "
      "tables</summary>\n"
      "{}{}</details>\n",
      inline_svg(chart.svg,
                 "Fronts and hypervolume of the search and of random search; the tables below say "
                 "the same"),
      html_text(chart.caption), html_table(table.header, table.members, 2),
      html_table(table.volume_header, table.volumes, 0));
}

std::string results(const StudyReport& report) {
  const search::SearchSettings& settings = report.study.settings;
  std::string text = arms_table(report) + html_paragraph(objective_text(settings, report.result)) +
                     html_paragraph(undrawn_text(settings, report.result)) +
                     html_paragraph(front_verdict(settings, report.result)) + fronts_of(report) +
                     html_paragraph(chance_verdict(settings, report.result), "verdict") +
                     html_paragraph(score_verdict(settings, report.result)) +
                     html_paragraph(earlier_verdict(settings, *report.space, report.result));
  if (const auto& explain = search::evaluator_kind(settings).explain)
    text += html_paragraph(explain(search::evaluator_settings(settings)), "soft");
  text += retrained(report);
  for (const std::string& verdict : yardstick_verdicts(settings, report.result, report.findings))
    text += html_paragraph(verdict, "verdict");
  if (const std::string chart = draw_study(settings, report.result); !chart.empty())
    text += "<figure class=\"chart\">\n" +
            inline_svg(chart, "Rewards of the search and of random search, and the best so far") +
            "</figure>\n";
  return text;
}

std::string cells_of(const StudyReport& report, const std::vector<Saved>& cells,
                     const std::string& whose) {
  std::string text;
  for (size_t rank = 0; rank < cells.size(); ++rank) {
    const Trial& trial = cells[rank].trial;
    std::string line = fmt::format("{}, number {}: trial {}, {}", whose, rank + 1, trial.number,
                                   reward_of(trial, report.result.objective));
    std::vector<std::string> values;
    for (const char* name : {"parameters", "multiply_adds"})
      if (const auto found = trial.measurements.find(name); found != trial.measurements.end())
        values.push_back(
            fmt::format("{} {}", thousands(std::llround(found->second)),
                        name == std::string("parameters") ? "parameters" : "multiply-adds"));
    if (!values.empty()) line += fmt::format("; {} of the child", fmt::join(values, ", "));
    if (cells[rank].genotype) {
      text += fmt::format(
          "<figure>\n<figcaption>{}</figcaption>\n<div class=\"cells\">\n{}</div>\n"
          "</figure>\n",
          html_text(line),
          inline_svg(space::draw_svg(*cells[rank].genotype),
                     "Normal and reduction cell of " + line));
    } else {
      text += html_paragraph(line) +
              fmt::format("<pre>{}</pre>\n", html_text(report.space->describe(trial.choices)));
    }
  }
  return text;
}

std::string cells(const StudyReport& report) {
  std::string text = cells_of(report, report.best, strategy_of(report));
  text += cells_of(report, report.random, "random search");
  return text.empty() ? html_paragraph("No cells yet: no trial is done.") : text;
}

std::string ranking(const StudyReport& report) {
  const std::string measured = ranking_text(report.findings);
  if (!measured.empty()) return html_paragraph(measured + " " + kRankingScale);
  return html_paragraph(
      report.findings.sampled > 0
          ? fmt::format("Not known yet: {} candidates of the sample are done, 3 are needed.",
                        report.findings.sampled)
          : "Not measured: no candidates were trained longer to compare (--sample).");
}

std::string hours(double seconds) {
  return seconds > 0 ? fmt::format("{:.3g}", seconds / 3600) : "0";
}

std::string cost(const StudyReport& report) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& name, const search::Cost& cost) {
    rows.push_back({name, hours(cost.core_seconds), hours(cost.gpu_seconds),
                    cost.joules > 0 ? fmt::format("{:.4g}", cost.joules / 1000) : "not measured"});
  };
  const auto add_arm = [&](const std::string& name, const std::vector<Trial>& trials) {
    search::Cost sum;
    for (const Trial& trial : trials) sum += trial.cost;
    if (!trials.empty()) add(name, sum);
  };
  add_arm(strategy_of(report), report.result.search);
  add_arm("random, same budget", report.result.baseline);
  add_arm("best cells trained again", report.result.retrain);
  add_arm("sample trained longer", report.result.sample);
  add("all, with retries", report.result.cost);
  for (const search::Yardstick& yardstick : report.result.yardsticks)
    add_arm("beside it: yardstick " + yardstick.name, yardstick.trials);
  return html_table({"arm", "core-hours", "GPU-hours", "energy, kJ"}, rows, 1) +
         html_paragraph(cost_text(report.study.settings, report.result)) +
         html_paragraph(spent_text(report.result), "warn");
}

std::string failures(const StudyReport& report) {
  std::string text;
  for (const search::Alarm& alarm : report.alarms)
    text += html_paragraph("Alarm: " + alarm.text + ".", "warn");
  if (report.failures.empty()) return text + html_paragraph("No trial failed.");
  std::vector<std::vector<std::string>> rows;
  std::string logs;
  for (const auto& [row, log] : report.failures) {
    rows.push_back({row.cause, thousands(row.count), row.example});
    if (!log.empty())
      logs += fmt::format("<h3>The end of the log of {} trial {}</h3>\n<pre>{}</pre>\n", row.arm,
                          row.trial, html_lines(log));
  }
  return text + html_table({"cause", "trials", "the first of them"}, rows, 3) + logs +
         html_paragraph(
             "To try them again: " + failure_remedy(report.study.settings, report.result) +
             "; then the same command with --retry-failed.");
}

/// The number of candidates, in powers of ten where nobody counts that far.
std::string space_size(const space::SearchSpace& space) {
  double digits = 0;
  for (const space::Decision& decision : space.decisions()) digits += std::log10(decision.choices);
  return digits < 9 ? thousands(std::llround(std::pow(10, digits)))
                    : fmt::format("about 10^{:.0f}", digits);
}

std::string method(const StudyReport& report) {
  search::SearchSettings shown = report.study.settings;
  shown.store = search::without_password(shown.store);
  std::string text = html_paragraph(fmt::format(
      "The strategy {} proposed candidates of the space {}: {} decisions each, {} candidates. Each "
      "was judged by the evaluator {} on {}; the objective is {}.",
      strategy_of(report), shown.space, report.space->decisions().size(), space_size(*report.space),
      search::evaluator_kind(shown).name, shown.data, shown.study.objective));
  // Spaces and evaluators add to topics that are there.
  std::vector<std::pair<std::string, std::string>> topics;
  for (const Setting& setting : search::list_used_settings(shown)) {
    auto topic =
        std::ranges::find(topics, setting.topic, [](const auto& one) { return one.first; });
    if (topic == topics.end()) topic = topics.emplace(topic, setting.topic, "");
    const std::string value = value_text(setting);
    topic->second += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_text(setting.name),
                                 html_text(value.empty() ? "-" : value));
  }
  for (const auto& [topic, list] : topics)
    text += fmt::format("<h3>{}</h3>\n<dl class=\"settings\">\n{}</dl>\n", html_text(topic), list);
  return text;
}

std::string repeat(const StudyReport& report) {
  const std::string command = repeat_command(report.study.settings, report.study.seed);
  std::vector<std::vector<std::string>> rows = {
      {"seed", fmt::format("{}", report.study.seed)},
      {"device", std::string(to_text(report.study.device))},
      {"version that wrote this report", fmt::format("nasnet {}", NASNET_VERSION)}};
  for (const auto& [name, value] : report.study.identity.items())
    rows.push_back({name == "data_digest" ? "digest of the data" : name,
                    value.is_string() ? value.get<std::string>() : value.dump()});
  return html_paragraph(
             "The same command with the same data gives the same trials and rewards, "
             "with any number of workers:") +
         fmt::format("<pre>{}</pre>\n", html_text(command)) +
         html_table({"depends on", "value"}, rows, 2);
}

}  // namespace

std::string study_page(const StudyReport& report, const std::string& made) {
  const std::string name = html_text(study_name(report));
  std::string body = fmt::format("<h1><bdi>{}</bdi></h1>\n", name);
  body += html_paragraph(fmt::format("A search of cells by nasnet {}{}{}", NASNET_VERSION,
                                     made.empty() ? "" : "; this report was made ", made),
                         "soft");
  struct Section {
    const char *id, *title;
    std::string (*body)(const StudyReport&);
  };
  static constexpr Section kSections[] = {
      {"results", "Results", results},
      {"cells", "The best cells", cells},
      {"ranking", kRankingQuestion, ranking},
      {"cost", "Cost", cost},
      {"failures", "Failures and alarms", failures},
      {"method", "Space, strategy and recipe", method},
      {"repeat", "To repeat it", repeat},
      {"limits", "Limits", [](const StudyReport& of) { return html_list(study_limits(of)); }}};
  body += lead(report) + "<nav>\n";
  for (const Section& one : kSections)
    body += fmt::format("<a href=\"#{}\">{}</a>\n", one.id, one.title);
  body += "</nav>\n";
  for (const Section& one : kSections) body += section(one.id, one.title, one.body(report));
  // The policy binds whoever may change this file later: it loads nothing.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{} - nasnet report</title>\n<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      name, kPageStyle, body);
}

}  // namespace nasnet::report
