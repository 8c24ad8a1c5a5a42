#include "nasnet/report/best_cells.h"

#include <fmt/format.h>

#include <filesystem>

#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/space/draw.h"
#include "nasnet/space/json.h"

// The best cells of a search as files beside the study, best-1.json and so on, that `nasnet train`
// and `draw` take. Each cell is there once: trials that repeat an earlier one are left out.

namespace nasnet::report {

namespace fs = std::filesystem;
using search::Trial;

std::vector<Saved> save_best(const search::SearchSettings& settings,
                             const space::SearchSpace& space, const search::StudyResult& result,
                             bool write) {
  // mine.db: mine-cells.
  fs::path folder = settings.study_file;
  folder.replace_extension();
  folder += "-cells";
  std::vector<Trial> trials = result.search;
  std::erase_if(trials, [](const Trial& trial) { return trial.repeats >= 0; });
  std::vector<Saved> saved;
  for (const Trial& trial : search::best_trials(trials, settings.top, result.objective)) {
    Saved entry{trial, space.genotype(trial.choices), "", ""};
    const size_t rank = saved.size() + 1;
    if (entry.genotype) {
      // The name goes into the model's folder and into titles: it says where the cell came from.
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

}  // namespace nasnet::report
