#include "nasnet/report/best_cells.h"

#include <fmt/format.h>

#include <filesystem>

#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/search/study/front_findings.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/json.h"

// The best cells of a search as files beside the study, best-1.json and so on, that `nasnet train`
// and `draw` take; of several goals the members of the front, front-1-12.3M-multiply_adds.json, by
// the cost at which each is the best. Each cell is there once: trials that repeat an earlier one
// are left out.

namespace nasnet::report {

namespace fs = std::filesystem;
using search::Trial;

namespace {

std::vector<Trial> chosen_trials(const search::SearchSettings& settings,
                                 const search::StudyResult& result) {
  if (!result.objective.goals().empty()) return search::find_fronts(result).search.members;
  std::vector<Trial> trials = result.search;
  std::erase_if(trials, [](const Trial& trial) { return trial.repeats >= 0; });
  return search::best_trials(trials, settings.top, result.objective);
}

}  // namespace

std::string saved_name(const search::Objective& objective, const Trial& trial, size_t rank) {
  if (objective.goals().empty()) return fmt::format("best-{}", rank);
  std::string stem = fmt::format("front-{}", rank);
  for (size_t i = 1; i < objective.goals().size(); ++i) {
    const std::string& name = objective.goals()[i].measurement;
    stem += fmt::format("-{}-{}", search::amount_text(trial.measurements.at(name)), name);
  }
  return stem;
}

std::vector<Saved> save_best(const search::SearchSettings& settings,
                             const space::SearchSpace& space, const search::StudyResult& result,
                             bool write) {
  // mine.db: mine-cells.
  fs::path folder = settings.study_file;
  folder.replace_extension();
  folder += "-cells";
  std::vector<Saved> saved;
  for (const Trial& trial : chosen_trials(settings, result)) {
    Saved entry{trial, space.genotype(trial.choices), "", ""};
    const std::string stem = saved_name(result.objective, trial, saved.size() + 1);
    if (entry.genotype) {
      // The name goes into the model's folder and into titles: it says where the cell came from.
      entry.genotype->name = fmt::format(
          "{}-trial-{}", printable(fs::path(settings.study_file).stem().string()), trial.number);
      entry.json_file = (folder / (stem + ".json")).string();
      entry.svg_file = (folder / (stem + ".svg")).string();
      if (write) {
        write_file(entry.json_file, space::format_genotype(*entry.genotype));
        write_file(entry.svg_file, space::draw_svg(*entry.genotype));
      }
    }
    saved.push_back(std::move(entry));
  }
  return saved;
}

}  // namespace nasnet::report
